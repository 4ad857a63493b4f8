// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/planner.h"

#include <gtest/gtest.h>

#include "runtime/exec/host_device.h"
#include "runtime/graph/autodiff.h"
#include "runtime/plan/explain.h"
#include "runtime/plan/select.h"
#include "tests/support/log_guard.h"
#include "tests/support/small_graphs.h"

namespace raddle::plan {
namespace {

StatusOr<Program> plan_small(const PlanOptions& options, bool recompute = false) {
  graph::Graph graph =
      graph::differentiate(test::small_graph({2, 4}), {.recompute_blocks = recompute}).value();
  return plan_program(std::move(graph), exec::host_caps(2), options);
}

TEST(Planner, TheSameInputsGiveTheSamePlan) {
  const Program a = plan_small({.with_update = true}).value();
  const Program b = plan_small({.with_update = true}).value();
  EXPECT_EQ(explain(a), explain(b));
  EXPECT_EQ(a.hash, b.hash);
  EXPECT_NE(a.hash, plan_small({.with_update = false}).value().hash);
}

TEST(Planner, SegmentsAreContiguousAndTheUpdateIsLast) {
  const Program program = plan_small({.with_update = true}).value();
  for (size_t i = 1; i < program.instructions.size(); ++i) {
    EXPECT_LE(program.instructions[i - 1].segment, program.instructions[i].segment);
  }
  EXPECT_EQ(program.instructions.back().action, Action::kAdamW);
}

TEST(Planner, SaysByHowManyBytesItDoesNotFit) {
  const Program fits = plan_small({.with_update = true}).value();
  PlanOptions options{.with_update = true};
  options.memory_limit_bytes = fits.memory.total() - 1000;
  const Status status = plan_small(options).status();
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_NE(status.message().find("1000 more than the limit"), std::string::npos);
}

TEST(Planner, AnUnwantedReferenceKernelIsAnErrorWhenTunedOnesAreRequired) {
  PlanOptions options{.with_update = true};
  options.disabled_kernels = {"gelu:*"};
  EXPECT_EQ(plan_small(options).status().code(), Code::kUnavailable);
  options.disabled_kernels = {"*:cpu", "*:blas"};
  const StatusOr<Program> by_name = plan_small(options);
  ASSERT_TRUE(by_name.is_ok()) << by_name.status().to_string();
  options.require_tuned = true;
  const Status status = plan_small(options).status();
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_NE(status.message().find("disabled by kernels.disable"), std::string::npos);
}

TEST(Planner, GradientsOfTiedParametersOverwriteOnce) {
  const Program program = plan_small({.with_update = true}).value();
  const auto& graph = program.graph;
  std::vector<int> overwrites(graph.parameters().size(), 0);
  for (size_t i = 0; i < graph.tensors().size(); ++i) {
    if (program.overwrites_gradient[i]) {
      ++overwrites[static_cast<size_t>(graph.tensors()[i].parameter)];
    }
  }
  for (int count : overwrites) EXPECT_EQ(count, 1);
}

TEST(Select, PatternsMatchNames) {
  EXPECT_TRUE(is_disabled("gelu:cpu", {"gelu:cpu"}));
  EXPECT_TRUE(is_disabled("gelu:cpu", {"x", "*:cpu"}));
  EXPECT_TRUE(is_disabled("gelu:cpu", {"gelu:*"}));
  EXPECT_FALSE(is_disabled("gelu:cpu", {"gelu", "*:ref", "swiglu:*"}));
  EXPECT_FALSE(is_disabled("gelu:cpu", {}));
}

}  // namespace
}  // namespace raddle::plan
