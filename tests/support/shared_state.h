// SPDX-License-Identifier: Apache-2.0
// The state of a small model that ranks share. They lie in one process, and what ranks exchange in
// a step is copied by hand: the sums of blocks, and the weights that each has updated.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "kernels/ops/optimizer.h"
#include "runtime/exec/open_device.h"
#include "runtime/exec/state_store.h"
#include "runtime/graph/autodiff.h"
#include "runtime/graph/builder.h"
#include "tests/support/kernel_runner.h"

namespace raddle::test {

// What is trained is 410,900 elements, so 7 blocks of the update, whose borders lie inside of wte,
// mid and head; norm and wide are frozen.
inline graph::Graph graph_of_blocks() {
  using graph::Init;
  graph::Builder b;
  const auto ids = b.input("tokens", DType::kI32, {4});
  const auto targets = b.input("targets", DType::kI32, {4});
  const auto weights = b.input("weights", DType::kF32, {4});
  const auto scale = b.input("loss_scale", DType::kF32, {1});
  const auto wte = b.parameter("wte", {301, 700}, Init::normal(0.3));
  const auto norm = b.parameter("norm", {700}, Init::normal(0.5), false);
  const auto mid = b.parameter("mid", {200, 700}, Init::normal(0.3));
  const auto bias = b.parameter("bias", {200}, Init::normal(0.1), false);
  const auto wide = b.parameter("wide", {400, 200}, Init::normal(0.3));
  const auto head = b.parameter("head", {150, 400}, Init::normal(0.3));
  auto x = b.op(graph::OpKind::kEmbedding, {wte, ids});
  x = b.op(graph::OpKind::kRmsNorm, {x, norm}, {{"eps", 1e-5}});
  x = b.op(graph::OpKind::kLinear, {x, mid, bias});
  x = b.op(graph::OpKind::kLinear, {x, wide});
  b.add_loss(
      b.op(graph::OpKind::kLinearCrossEntropy, {x, head, targets, weights, scale}, {}, "loss"));
  return graph::differentiate(b.finish().value(), {.frozen = {0, 1, 0, 0, 1, 0}}).value();
}

class SharedState {
 public:
  using Role = exec::Role;
  struct Options {
    bool compute_copies = false, shard_gradients = false;
    bool tuned = true;  // kernels
  };

  SharedState(int64_t ranks, const Options& options) : options_(options) {
    for (int64_t rank = 0; rank < ranks; ++rank) {
      const exec::StateOptions state{.optimizer = true,
                                     .compute_copies = options.compute_copies,
                                     .rank = rank,
                                     .ranks = ranks,
                                     .shard_gradients = options.shard_gradients};
      stores_.push_back(std::make_unique<exec::StateStore>(
          exec::StateStore::create(graph_of_blocks(), state, *device_).value()));
      EXPECT_TRUE(exec::initialize(*stores_.back(), 5, device_->pool()).is_ok());
    }
  }
  explicit SharedState(int64_t ranks) : SharedState(ranks, Options()) {}

  size_t ranks() const { return stores_.size(); }
  exec::StateStore& store(size_t rank) { return *stores_[rank]; }
  int32_t parameters() const { return static_cast<int32_t>(stores_[0]->parameters().size()); }

  // Step `t` from 1 on, with the same gradients whatever the number of ranks.
  void update(int t) {
    for (const auto& store : stores_) set_gradients(*store, t);
    kernels::StepScalars scalars{};
    scalars.learning_rate = 0.01f;
    scalars.beta1 = 0.9f;
    scalars.beta2 = 0.95f;
    scalars.eps = 1e-8f;
    scalars.bias_correction1 = static_cast<float>(1 - std::pow(0.9, t));
    scalars.bias_correction2 = static_cast<float>(1 - std::pow(0.95, t));
    scalars.max_norm = 1.0f;
    const kernels::StepVerdict verdict = judge(scalars);
    norms_squared_.push_back(verdict.norm_squared);
    ASSERT_LT(verdict.clip, 1.0f) << "the norm must matter";
    for (const auto& store : stores_) {
      const auto slices = store->slices(0.1f);
      ASSERT_TRUE(
          runner_.run(pick(kernels::adamw_kernels()), {slices, &scalars, &verdict}).is_ok());
    }
    exchange_weights();
  }

  // Of each update.
  const std::vector<double>& norms_squared() const { return norms_squared_; }

  // Of all ranks together, each element of exactly one; for what all ranks have, rank 0's.
  std::vector<float> whole(int32_t parameter, Role role) {
    std::vector<float> all;
    for (const auto& store : stores_) {
      const exec::ElementRange here = store->record(parameter, role).shard;
      if (here.begin != static_cast<int64_t>(all.size())) continue;
      all.resize(static_cast<size_t>(here.end));
      const auto part = std::span(all).subspan(static_cast<size_t>(here.begin));
      EXPECT_TRUE(store->read(parameter, role, here.begin, part).is_ok());
    }
    EXPECT_EQ(std::ssize(all), stores_[0]->parameters()[static_cast<size_t>(parameter)].elements());
    return all;
  }

 private:
  template <class Args>
  const kernels::Kernel<Args>& pick(kernels::KernelList<Args> list) const {
    return options_.tuned ? *kernels_on_cpu(list).front() : *list.back();
  }

  static void set_gradients(exec::StateStore& store, int t) {
    for (size_t p = 0; p < store.parameters().size(); ++p) {
      const auto parameter = static_cast<int32_t>(p);
      if (!store.has(parameter, Role::kGradient)) continue;
      const auto stream = static_cast<uint64_t>(t) * 100 + p;
      const auto all = random_floats(store.parameters()[p].elements(), stream, 0.1f);
      const exec::ElementRange here = store.record(parameter, Role::kGradient).shard;
      const auto part = std::span(all).subspan(static_cast<size_t>(here.begin),
                                               static_cast<size_t>(here.count()));
      EXPECT_TRUE(store.write(parameter, Role::kGradient, here.begin, part).is_ok());
    }
  }

  // On the sums of all ranks' blocks, in their order.
  kernels::StepVerdict judge(const kernels::StepScalars& scalars) {
    std::vector<double> sums;
    for (const auto& store : stores_) {
      const auto slices = store->slices(0.1f);
      double sum = 0;
      std::vector<double> blocks(static_cast<size_t>(kernels::square_sum_blocks(slices)));
      EXPECT_TRUE(
          runner_.run(pick(kernels::square_sum_kernels()), {slices, &sum, blocks.data()}).is_ok());
      sums.insert(sums.end(), blocks.begin(), blocks.end());
    }
    kernels::StepVerdict verdict{};
    EXPECT_TRUE(runner_
                    .run(*kernels_on_cpu(kernels::step_verdict_kernels()).front(),
                         {sums.data(), static_cast<int64_t>(sums.size()), &scalars, &verdict})
                    .is_ok());
    return verdict;
  }

  void exchange_weights() {
    for (int32_t p = 0; p < parameters(); ++p) {
      for (const auto& from : stores_) {
        if (!from->has(p, Role::kMoment1)) continue;
        const exec::ElementRange updated = from->record(p, Role::kMoment1).shard;
        std::vector<float> values(static_cast<size_t>(updated.count()));
        EXPECT_TRUE(from->read(p, Role::kMaster, updated.begin, values).is_ok());
        for (const auto& to : stores_) {
          if (to == from) continue;
          EXPECT_TRUE(to->write(p, Role::kMaster, updated.begin, values).is_ok());
        }
      }
    }
  }

  const Options options_;
  const std::unique_ptr<device::Device> device_ = exec::open_device({.threads = 2}).value();
  KernelRunner runner_{2};
  std::vector<std::unique_ptr<exec::StateStore>> stores_;
  std::vector<double> norms_squared_;
};

}  // namespace raddle::test
