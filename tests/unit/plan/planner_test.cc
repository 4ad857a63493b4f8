// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/planner.h"

#include <gtest/gtest.h>

#include "runtime/exec/open_device.h"
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
  return plan_program(std::move(graph), exec::device_caps({.threads = 2}).value(), options);
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
  EXPECT_EQ(program.instructions.back().part, Part::kAdamW);
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
  std::vector<int> overwrites(program.graph.parameters().size(), 0);
  for (const Instruction& instruction : program.instructions) {
    for (const Use& use : instruction.uses) {
      const Buffer& buffer = program.buffer(use.buffer);
      if (use.access != Access::kOverwrite || buffer.space != Space::kState) continue;
      EXPECT_EQ(buffer.role, Role::kGradient);
      ++overwrites[static_cast<size_t>(buffer.parameter)];
    }
  }
  for (int count : overwrites) EXPECT_EQ(count, 1);
}

// What ranks compare does not hang on how many threads one of them has.
TEST(Planner, RanksAgreeWhateverTheirThreads) {
  const auto plan = [](int threads) {
    graph::Graph graph = graph::differentiate(test::small_graph({2, 4}), {}).value();
    device::DeviceCaps caps = exec::device_caps({.threads = threads}).value();
    return plan_program(std::move(graph), caps, {.with_update = true}).value();
  };
  const Program one = plan(1), four = plan(4);
  EXPECT_EQ(one.agreement_hash, four.agreement_hash);
  EXPECT_NE(one.hash, one.agreement_hash);
  const Program other = plan_small({.with_update = true}, true).value();
  EXPECT_NE(one.agreement_hash, other.agreement_hash);
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
                   exec::device_caps({.threads = 1}).value(), {})
          .value();
  const auto offset = [&](const char* name) {
    return program.buffer(program.buffer_of(*program.graph.find(name))).offset;
  };
  EXPECT_NE(offset("dx"), offset("a"));
  EXPECT_TRUE(verify_program(program).is_ok());
}

TEST(Planner, SitesThatShareSomeOfTheirParametersAreRefused) {
  std::string text =
      test::make_op_case(graph::op_info(graph::OpKind::kHyperConnectionReadGrad)).text();
  const size_t begin = text.find("out.dh, "), end = text.find('\n', begin) + 1;
  std::string again = text.substr(begin, end - begin);
  for (size_t at = again.find("out."); at != std::string::npos; at = again.find("out.")) {
    again.replace(at, 4, "again.");
  }
  const auto refused = [&](const std::string& node) {
    std::string both = text;
    both.insert(end, "parameter other F32 [4, 8]\n" + node);
    return plan_program(graph::parse_text(both).value(), exec::device_caps({.threads = 1}).value(),
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
  size_t buffer_of(Space space, size_t number) {
    for (size_t i = 0; i < program.buffers.size(); ++i) {
      if (program.buffers[i].space == space && number-- == 0) return i;
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
          verify_program(plan_program(std::move(graph), exec::device_caps({.threads = 2}).value(),
                                      {.with_update = true})
                             .value());
      EXPECT_TRUE(status.is_ok()) << status.to_string();
    }
  }
}

TEST_F(VerifyProgram, SeesOverlaps) {
  const Program good = program;
  program.buffers[buffer_of(Space::kArena, 1)].offset =
      program.buffers[buffer_of(Space::kPersistent, 0)].offset;
  refuse("stays for ever");
  size_t refused = 0, tried = 0;
  for (size_t i = 0; i < good.buffers.size(); ++i) {
    if (good.buffers[i].space != Space::kArena) continue;
    program = good;
    program.buffers[i].offset = program.arena_bytes - 1;
    refused += !verify_program(program).is_ok();
    ++tried;
  }
  EXPECT_EQ(refused, tried);
  EXPECT_GT(tried, 10u);
}

TEST_F(VerifyProgram, SeesScratchOnOperands) {
  for (Instruction& instruction : program.instructions) {
    if (instruction.uses.size() < 2 || !instruction.scratch.present()) continue;
    const Buffer& first = program.buffer(instruction.uses[0].buffer);
    if (first.space != Space::kArena) continue;
    program.buffers[static_cast<size_t>(instruction.scratch.value)].offset = first.offset;
    return refuse("lie on each other");
  }
  FAIL() << "no instruction with scratch and an operand in the arena";
}

TEST_F(VerifyProgram, SeesWhatNobodyWrote) {
  const Program good = program;
  size_t refused = 0;
  for (size_t i = 0; i < good.instructions.size(); ++i) {
    if (good.instructions[i].segment != Segment::kForward) continue;
    program = good;
    program.instructions.erase(program.instructions.begin() + static_cast<int64_t>(i));
    refused += !verify_program(program).is_ok();
  }
  EXPECT_GT(refused, 10u);
}

TEST_F(VerifyProgram, SeesUsesThatAreNotListed) {
  program.instructions.front().uses.erase(program.instructions.front().uses.begin());
  refuse("is not listed");
}

TEST_F(VerifyProgram, SeesSumsThatAddToNothing) {
  for (Instruction& instruction : program.instructions) {
    for (Use& use : instruction.uses) {
      if (use.access != Access::kOverwrite) continue;
      use.access = Access::kAccumulate;
      return refuse("adds to nothing");
    }
  }
}

// On a device with memory of its own every event is needed: without it two queues meet.
TEST(VerifyOrder, SeesEachMissingEvent) {
  graph::Graph graph = graph::differentiate(test::small_graph({2, 4}), {}).value();
  const device::DeviceCaps caps = exec::device_caps({.threads = 1, .name = "guarded"}).value();
  const Program good = plan_program(std::move(graph), caps, {.with_update = true}).value();
  ASSERT_TRUE(verify_program(good).is_ok()) << verify_program(good).to_string();
  int events = 0;
  for (size_t i = 0; i < good.instructions.size(); ++i) {
    const Instruction& instruction = good.instructions[i];
    if (instruction.action != Action::kWait && instruction.action != Action::kRecord) continue;
    ++events;
    Program program = good;
    program.instructions.erase(program.instructions.begin() + static_cast<int64_t>(i));
    const Status status = verify_order(program);
    EXPECT_EQ(status.code(), Code::kInternal) << i << " " << instruction.name;
    EXPECT_NE(status.message().find("nothing orders it"), std::string::npos) << status.message();
  }
  EXPECT_EQ(events, 8);
}

// The host must not stage the next values while the last are being copied.
TEST(VerifyOrder, SeesAHostThatDoesNotWait) {
  graph::Graph graph = graph::differentiate(test::small_graph(), {}).value();
  const device::DeviceCaps caps = exec::device_caps({.threads = 1, .name = "guarded"}).value();
  Program program = plan_program(std::move(graph), caps, {.with_update = true}).value();
  program.inputs_staged = -1;
  const Status status = verify_order(program);
  EXPECT_NE(status.message().find("the host uses"), std::string::npos) << status.message();
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
