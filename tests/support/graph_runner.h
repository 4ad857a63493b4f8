// SPDX-License-Identifier: Apache-2.0
// Plans a forward graph with losses for training, runs it on random inputs, and gives losses and
// gradients: the whole path from graph to kernels, for tests of autodiff, plan and executor.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/exec/host_device.h"
#include "runtime/exec/state_store.h"
#include "runtime/exec/step_executor.h"
#include "runtime/graph/autodiff.h"
#include "runtime/plan/planner.h"

namespace raddle::test {

class GraphRunner {
 public:
  struct Options {
    bool train = true;
    bool recompute = false;
    int threads = 2;
    uint64_t seed = 1;
    std::vector<std::string> disabled_kernels;
    std::vector<char> frozen;  // by parameter
  };

  GraphRunner(const graph::Graph& forward, const Options& options)
      : pool_(options.threads), seed_(options.seed) {
    graph::Graph graph = forward;
    if (options.train) {
      graph = graph::differentiate(
                  forward, {.recompute_blocks = options.recompute, .frozen = options.frozen})
                  .value();
    }
    plan::PlanOptions plan_options;
    plan_options.with_update = options.train;
    plan_options.disabled_kernels = options.disabled_kernels;
    device::DeviceCaps caps = exec::host_caps({.threads = options.threads}).value();
    program_ = std::make_unique<plan::Program>(
        plan::plan_program(std::move(graph), caps, plan_options).value());
    store_ = std::make_unique<exec::StateStore>(
        exec::StateStore::create(program_->graph, options.train).value());
    exec::initialize(*store_, seed_, pool_);
    executor_ = exec::StepExecutor::create(*program_, *store_, 0.1f, pool_).value();
  }

  // After the store was told to update otherwise.
  void rebind() { executor_ = exec::StepExecutor::create(*program_, *store_, 0.1f, pool_).value(); }

  exec::StepExecutor& executor() { return *executor_; }
  exec::StateStore& store() { return *store_; }
  const plan::Program& program() const { return *program_; }

  template <class T>
  void set_input(const std::string& name, const std::vector<T>& values) {
    const exec::Port port = executor_->port(name);
    ASSERT_EQ(port.bytes(), values.size() * sizeof(T)) << name;
    executor_->write(port, std::span(values));
  }
  template <class T>
  std::vector<T> output(const std::string& name) const {
    const exec::Port port = executor_->port(name);
    std::vector<T> values(port.bytes() / sizeof(T));
    executor_->read(port, std::span(values));
    return values;
  }
  // Coefficient-weighted sum of the losses of the last run.
  double loss() const {
    double total = 0;
    const auto losses = program_->graph.losses();
    for (size_t i = 0; i < losses.size(); ++i) {
      total += losses[i].coefficient * executor_->report().losses[i];
    }
    return total;
  }
  std::vector<float> gradient(int32_t parameter) {
    if (!store_->has(parameter, exec::Role::kGradient)) return {};
    const auto values = store_->values(parameter, exec::Role::kGradient);
    return {values.begin(), values.end()};
  }

 private:
  device::WorkerPool pool_;
  uint64_t seed_;
  std::unique_ptr<plan::Program> program_;
  std::unique_ptr<exec::StateStore> store_;
  std::unique_ptr<exec::StepExecutor> executor_;
};

}  // namespace raddle::test
