// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/planner.h"

#include <gtest/gtest.h>

#include "runtime/exec/host_device.h"
#include "runtime/graph/autodiff.h"
#include "runtime/graph/text.h"
#include "runtime/plan/explain.h"
#include "runtime/plan/select.h"
#include "runtime/plan/verify_program.h"
#include "tests/support/log_guard.h"
#include "tests/support/op_case.h"
#include "tests/support/small_graphs.h"

namespace raddle::plan {
namespace {

StatusOr<Program> plan_small(const PlanOptions& options, bool recompute = false) {
  graph::Graph graph =
      graph::differentiate(test::small_graph({2, 4}), {.recompute_blocks = recompute}).value();
  return plan_program(std::move(graph), exec::host_caps({.threads = 2}).value(), options);
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
  options.disabled_kernels = {"*:cpu", "*:onednn", "*:openblas"};
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

TEST(Planner, AnInputThatIsReadTwiceIsNotOverwritten) {
  // layer_norm_grad may write dx over dy, but not when dy is also x.
  const Program program =
      plan_program(graph::parse_text("raddle-graph 1\ninput in F32 [4, 6]\n"
                                     "a = gelu(in)\nn, stats = layer_norm(a, _, _) {eps=1}\n"
                                     "dx, _, _ = layer_norm_grad(a, a, _, stats) {eps=1}\n"
                                     "y = gelu(dx)\noutput y\n"
                                     "differentiated\n")
                       .value(),
                   exec::host_caps({.threads = 1}).value(), {})
          .value();
  const auto offset = [&](const char* name) {
    return program.placements[static_cast<size_t>(program.graph.find(name)->value)].offset;
  };
  EXPECT_NE(offset("dx"), offset("a"));
  EXPECT_TRUE(verify_program(program).is_ok());
}

TEST(Planner, SitesThatShareSomeOfTheirParametersAreRefused) {
  std::string text = test::make_op_case(graph::op_info(graph::OpKind::kGhcReadGrad)).text();
  const size_t begin = text.find("out.dh, "), end = text.find('\n', begin) + 1;
  std::string again = text.substr(begin, end - begin);
  for (size_t at = again.find("out."); at != std::string::npos; at = again.find("out.")) {
    again.replace(at, 4, "again.");
  }
  const auto refused = [&](const std::string& node) {
    std::string both = text;
    both.insert(end, "parameter other F32 [4, 8]\n" + node);
    return plan_program(graph::parse_text(both).value(), exec::host_caps({.threads = 1}).value(),
                        {})
        .status();
  };
  EXPECT_TRUE(refused(again).is_ok()) << refused(again).to_string();
  again.replace(again.find(":of.dc0"), 7, ":other");
  EXPECT_EQ(refused(again).code(), Code::kUnimplemented);
  EXPECT_NE(refused(again).message().find("other and of.ds"), std::string::npos);
}

// A plan as it is made, and every way to spoil one.
class VerifyProgram : public ::testing::Test {
 protected:
  void refuse(const char* part) {
    const Status status = verify_program(program);
    EXPECT_EQ(status.code(), Code::kInternal);
    EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
  }
  size_t tensor_of(Space space, size_t number) {
    for (size_t i = 0; i < program.placements.size(); ++i) {
      const bool is_root =
          program.graph.root({static_cast<int32_t>(i)}).value == static_cast<int32_t>(i);
      if (program.placements[i].space == space && is_root && number-- == 0) return i;
    }
    return 0;
  }
  Program program = plan_small({.with_update = true}).value();
};

TEST_F(VerifyProgram, AcceptsWhatThePlannerMakes) {
  for (const bool recompute : {false, true}) {
    for (const auto& options :
         {test::SmallGraphOptions{}, test::SmallGraphOptions{2, 4},
          test::SmallGraphOptions{2, 4, false}, test::SmallGraphOptions{2, 3, true, false}}) {
      graph::Graph graph =
          graph::differentiate(test::small_graph(options), {.recompute_blocks = recompute}).value();
      const Status status =
          verify_program(plan_program(std::move(graph), exec::host_caps({.threads = 2}).value(),
                                      {.with_update = true})
                             .value());
      EXPECT_TRUE(status.is_ok()) << status.to_string();
    }
  }
}

TEST_F(VerifyProgram, SeesOverlaps) {
  const Program good = program;
  program.placements[tensor_of(Space::kArena, 1)].offset =
      program.placements[tensor_of(Space::kPersistent, 0)].offset;
  refuse("stays for ever");
  program = good;
  size_t refused = 0;
  for (size_t i = 0; i < program.placements.size(); ++i) {
    if (program.placements[i].space != Space::kArena) continue;
    program = good;
    program.placements[i].offset = program.arena_bytes - 1;
    refused += !verify_program(program).is_ok();
  }
  EXPECT_GT(refused, 10u);
}

TEST_F(VerifyProgram, SeesScratchOnOperands) {
  for (Instruction& instruction : program.instructions) {
    if (instruction.node < 0) continue;
    const auto& node = program.graph.nodes()[static_cast<size_t>(instruction.node)];
    const auto& place = program.placements[static_cast<size_t>(node.outputs[0].value)];
    if (place.space != Space::kArena) continue;
    instruction.scratch_offset = place.offset;
    instruction.scratch_bytes = 64;
    return refuse("scratch");
  }
  FAIL() << "no instruction with an output in the arena";
}

TEST_F(VerifyProgram, SeesGradientsThatAddToNothing) {
  for (char& overwrites : program.overwrites_gradient) {
    if (!overwrites) continue;
    overwrites = 0;
    return refuse("adds to nothing");
  }
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
