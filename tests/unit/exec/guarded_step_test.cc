// SPDX-License-Identifier: Apache-2.0
// Steps on a device with memory of its own, against the same kernels on the CPU: the same bits,
// however slow one of its streams is, and a fault where the host follows one of its pointers.
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "runtime/graph/text.h"
#include "tests/support/graph_runner.h"
#include "tests/support/kernel_runner.h"
#include "tests/support/op_case.h"
#include "tests/support/small_training.h"

namespace raddle {
namespace {

using test::GraphRunner;
using test::scalars;
using test::train;
using test::Trained;

const std::vector<std::string> kTuned = {"*:cpu", "*:onednn", "*:openblas"};

TEST(GuardedStep, GivesTheBitsOfTheSameKernelsOnTheCpuWhateverIsSlow) {
  for (const auto& options : {test::SmallGraphOptions{}, test::SmallGraphOptions{2, 4}}) {
    const graph::Graph graph = test::small_graph(options);
    GraphRunner cpu(graph, {.disabled_kernels = kTuned});
    const Trained expected = train(cpu, 5);
    for (const int64_t delay : {0, 50, 200}) {
      GraphRunner guarded(graph, {.device = "guarded", .delay_us_max = delay});
      EXPECT_EQ(train(guarded, 5), expected) << delay;
    }
  }
}

TEST(GuardedStep, RecomputationToo) {
  const graph::Graph graph = test::small_graph({2, 4});
  GraphRunner cpu(graph, {.recompute = true, .disabled_kernels = kTuned});
  GraphRunner guarded(graph, {.recompute = true, .device = "guarded", .delay_us_max = 50});
  EXPECT_EQ(train(guarded, 3), train(cpu, 3));
}

// What every device test rests on: this is how a host access would show.
TEST(GuardedStepDeathTest, AHostThatTakesDeviceMemoryForItsOwnFaults) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a fork has not the streams' threads
  GraphRunner runner(test::small_graph(), {.device = "guarded"});
  set_small_batch(runner);
  ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
  ASSERT_TRUE(runner.executor().finish().is_ok());
  exec::StateStore& store = runner.store();
  const auto* gradient = reinterpret_cast<const float*>(store.address(0, exec::Role::kGradient));
  EXPECT_DEATH(EXPECT_EQ(*gradient, 0), "");
  EXPECT_DEATH(EXPECT_EQ(runner.executor().arena()[0], std::byte{0}), "");
  EXPECT_DEATH(EXPECT_EQ(store.values(0, exec::Role::kMaster)[0], 0), "");
  GTEST_FLAG_SET(death_test_style, "fast");
}

TEST(GuardedStep, ACancelledStepLeavesTheStateAndGoesOn) {
  const graph::Graph graph = test::small_graph();
  GraphRunner cpu(graph, {.disabled_kernels = kTuned}), guarded(graph, {.device = "guarded"});
  StopToken stop;
  stop.cancel();
  guarded.executor().set_stop(&stop);
  set_small_batch(guarded);
  EXPECT_EQ(guarded.executor().run_micro_batch(true).code(), Code::kCancelled);
  guarded.executor().set_stop(nullptr);
  EXPECT_EQ(train(guarded, 3), train(cpu, 3));
}

std::vector<float> gradients_now(GraphRunner& runner) {
  std::vector<float> all;
  for (size_t p = 0; p < runner.store().parameters().size(); ++p) {
    std::vector<float> one(static_cast<size_t>(runner.store().parameters()[p].elements()));
    const auto parameter = static_cast<int32_t>(p);
    EXPECT_TRUE(runner.store().read(parameter, exec::Role::kGradient, 0, one).is_ok());
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

// However far it had come: nothing of it is under way any more, which would read the inputs of the
// next step.
TEST(GuardedStep, AStepThatIsCancelledOnItsWayHasNoPartInTheNext) {
  const graph::Graph graph = test::small_graph();
  GraphRunner cpu(graph, {.disabled_kernels = kTuned});
  const Trained expected = train(cpu, 1);
  int on_the_way = 0;
  for (int round = 0; round < 40; ++round) {
    GraphRunner guarded(graph, {.device = "guarded", .delay_us_max = 100});
    StopToken stop;
    guarded.executor().set_stop(&stop);
    set_small_batch(guarded, 9);
    std::atomic<bool> ready{false}, go{false};
    std::thread canceller([&] {
      ready = true;
      while (!go) continue;
      const auto when = std::chrono::steady_clock::now() + std::chrono::microseconds(round);
      while (std::chrono::steady_clock::now() < when) continue;
      stop.cancel();
    });
    while (!ready) std::this_thread::yield();
    go = true;
    const bool cancelled = guarded.executor().run_micro_batch(true).code() == Code::kCancelled;
    on_the_way += cancelled;
    canceller.join();
    guarded.executor().set_stop(nullptr);
    if (cancelled) {
      const std::vector<float> left = gradients_now(guarded);
      ASSERT_TRUE(guarded.executor().finish().is_ok());
      ASSERT_EQ(gradients_now(guarded), left) << "round " << round;
    }
    ASSERT_EQ(train(guarded, 1), expected) << round;
  }
  if (on_the_way == 0) GTEST_SKIP() << "no cancel came while the step was queued";
}

TEST(GuardedStep, PhasesAreSetInTheStreamsOrder) {
  GraphRunner runner(test::small_graph(), {.device = "guarded", .delay_us_max = 100});
  device::TagWord tag;
  runner.executor().set_tag(&tag, 7);
  set_small_batch(runner);
  ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
  ASSERT_TRUE(runner.executor().run_update(scalars(1)).is_ok());
  ASSERT_TRUE(runner.executor().finish().is_ok());
  EXPECT_EQ(tag.step(), 7);
  EXPECT_EQ(tag.phase(), device::StepPhase::kOptimizerBegun);
}

// Every op of the table, alone: what it computes there is what it computes on the CPU.
class GuardedOp : public testing::TestWithParam<graph::OpKind> {};
std::vector<graph::OpKind> all_kinds() {
  std::vector<graph::OpKind> kinds;
  for (const graph::OpInfo& op : graph::all_ops()) kinds.push_back(op.kind);
  return kinds;
}
INSTANTIATE_TEST_SUITE_P(All, GuardedOp, testing::ValuesIn(all_kinds()), [](const auto& kind) {
  return std::string(graph::op_info(kind.param).name);
});

TEST_P(GuardedOp, ComputesWhatTheCpuComputes) {
  const std::string text = test::make_op_case(graph::op_info(GetParam())).text();
  const graph::Graph graph = graph::parse_text(text).value();
  const auto run = [&](const std::string& device) {
    GraphRunner runner(graph, {.train = false, .disabled_kernels = kTuned, .device = device});
    for (const graph::Tensor& tensor : graph.tensors()) {
      if (tensor.kind != graph::TensorKind::kInput) continue;
      const auto count = static_cast<size_t>(tensor.shape.elements());
      if (tensor.dtype == DType::kF32) {
        runner.set_input(tensor.name, test::random_floats(tensor.shape.elements(), 7));
      } else {
        std::vector<int32_t> values(count, 0);
        if (tensor.name == "in.cu_seqlens") std::fill(values.begin() + 1, values.end(), 4);
        runner.set_input(tensor.name, values);
      }
    }
    EXPECT_TRUE(runner.executor().run_micro_batch(true).is_ok());
    std::vector<std::vector<std::byte>> out;
    for (size_t p = 0; p < graph.parameters().size(); ++p) {
      const std::vector<float> sum = runner.gradient(static_cast<int32_t>(p));
      const auto bytes = std::as_bytes(std::span(sum));
      out.emplace_back(bytes.begin(), bytes.end());
    }
    for (const graph::TensorId id : graph.outputs()) {
      const exec::Port port = runner.executor().port(graph.tensor(id).name);
      if (!port.present()) continue;
      out.emplace_back(port.bytes());
      EXPECT_TRUE(runner.executor().read(port, std::span(out.back())).is_ok());
    }
    return out;
  };
  const auto expected = run("cpu");
  EXPECT_EQ(run("guarded"), expected);
}

}  // namespace
}  // namespace raddle
