// SPDX-License-Identifier: Apache-2.0
// Plans a forward graph with losses for training, runs it on random inputs, and gives losses and
// gradients: the whole path from graph to kernels, for tests of autodiff, plan and executor.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/device/cpu/worker_pool.h"
#include "runtime/device/guarded/guarded_device.h"
#include "runtime/exec/open_device.h"
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
    bool compute_copies = false;
    bool initialize = true;  // false: the store begins with what foreign memory holds
    std::vector<exec::ForeignBlock> foreign;
    std::string device = "cpu";
    int64_t delay_us_max = 0;  // of a guarded device
  };

  GraphRunner(const graph::Graph& forward, const Options& options) : device_(open(options)) {
    graph::Graph graph = forward;
    if (options.train) {
      graph = graph::differentiate(
                  forward, {.recompute_blocks = options.recompute, .frozen = options.frozen})
                  .value();
    }
    plan::PlanOptions plan_options;
    plan_options.with_update = options.train;
    plan_options.disabled_kernels = options.disabled_kernels;
    plan_options.state.compute_copies = options.compute_copies;
    program_ = std::make_unique<plan::Program>(
        plan::plan_program(std::move(graph), device_->caps(), plan_options).value());
    exec::StateOptions state = program_->state;
    state.optimizer = program_->graph.is_differentiated();  // gradients without an update too
    store_ = std::make_unique<exec::StateStore>(
        exec::StateStore::create(program_->graph, state, *device_, options.foreign).value());
    if (options.initialize) {
      EXPECT_TRUE(exec::initialize(*store_, options.seed, device_->pool()).is_ok());
    }
    rebind();
  }

  // After the store was told to update otherwise.
  void rebind() {
    executor_.reset();
    executor_ = exec::StepExecutor::create(*program_, *store_, 0.1f, *device_).value();
  }

  exec::StepExecutor& executor() { return *executor_; }
  exec::StateStore& store() { return *store_; }
  const plan::Program& program() const { return *program_; }
  device::Device& device() { return *device_; }
  const exec::StepReport& report() {
    EXPECT_TRUE(executor_->finish().is_ok());
    return executor_->report();
  }

  template <class T>
  void set_input(const std::string& name, const std::vector<T>& values) {
    const exec::Port port = executor_->port(name);
    ASSERT_EQ(port.bytes(), values.size() * sizeof(T)) << name;
    ASSERT_TRUE(executor_->write(port, std::span(values)).is_ok());
  }
  template <class T>
  std::vector<T> output(const std::string& name) {
    const exec::Port port = executor_->port(name);
    std::vector<T> values(port.bytes() / sizeof(T));
    EXPECT_TRUE(executor_->read(port, std::span(values)).is_ok());
    return values;
  }
  // Coefficient-weighted sum of the losses of the last run.
  double loss() {
    double total = 0;
    const std::vector<double>& values = report().losses;
    const auto losses = program_->graph.losses();
    for (size_t i = 0; i < losses.size(); ++i) {
      total += losses[i].coefficient * values[i];
    }
    return total;
  }
  std::vector<float> gradient(int32_t parameter) {
    if (!store_->has(parameter, exec::Role::kGradient)) return {};
    return values(parameter, exec::Role::kGradient);
  }
  std::vector<float> values(int32_t parameter, exec::Role role) {
    EXPECT_TRUE(executor_->finish().is_ok());
    const int64_t elements = store_->parameters()[static_cast<size_t>(parameter)].elements();
    std::vector<float> values(static_cast<size_t>(elements));
    EXPECT_TRUE(store_->read(parameter, role, 0, values).is_ok());
    return values;
  }

 private:
  static std::unique_ptr<device::Device> open(const Options& options) {
    if (options.device == "guarded") {
      return device::GuardedDevice::create(
                 device::guarded_caps(options.threads),
                 {.seed = options.seed, .delay_us_max = options.delay_us_max})
          .value();
    }
    return exec::open_device({.threads = options.threads, .name = options.device}).value();
  }

  std::unique_ptr<device::Device> device_;
  std::unique_ptr<plan::Program> program_;
  std::unique_ptr<exec::StateStore> store_;
  std::unique_ptr<exec::StepExecutor> executor_;
};

}  // namespace raddle::test
