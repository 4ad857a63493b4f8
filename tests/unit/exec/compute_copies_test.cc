// SPDX-License-Identifier: Apache-2.0
// A copy in BF16 is what its master says, whoever wrote that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "runtime/base/bf16.h"
#include "runtime/exec/host_tensors.h"
#include "tests/support/graph_runner.h"
#include "tests/support/kernel_runner.h"
#include "tests/support/small_graphs.h"

namespace raddle::exec {
namespace {

using test::GraphRunner;

kernels::StepScalars scalars(int step) {
  kernels::StepScalars s{};
  s.learning_rate = 0.01f;
  s.beta1 = 0.9f;
  s.beta2 = 0.95f;
  s.eps = 1e-8f;
  s.bias_correction1 = static_cast<float>(1 - std::pow(0.9, step));
  s.bias_correction2 = static_cast<float>(1 - std::pow(0.95, step));
  s.max_norm = 1.0f;
  return s;
}

// As they lie there, without the store's own way of reading them, which would round them first.
std::vector<uint16_t> bits_as_they_are(GraphRunner& runner, int32_t parameter) {
  StateStore& store = runner.store();
  std::vector<uint16_t> bits(store.record(parameter, Role::kCompute).bytes() / sizeof(uint16_t));
  EXPECT_TRUE(runner.device()
                  .read(bits.data(), store.address(parameter, Role::kCompute),
                        bits.size() * sizeof(uint16_t))
                  .is_ok());
  return bits;
}

void expect_in_step(GraphRunner& runner, const std::string& after) {
  for (size_t p = 0; p < runner.store().parameters().size(); ++p) {
    const auto parameter = static_cast<int32_t>(p);
    const std::vector<float> masters = runner.values(parameter, Role::kMaster);
    const std::vector<uint16_t> bits = bits_as_they_are(runner, parameter);
    ASSERT_EQ(bits.size(), masters.size());
    for (size_t i = 0; i < bits.size(); ++i) {
      ASSERT_EQ(bits[i], f32_to_bf16(masters[i]))
          << after << ": " << runner.store().parameters()[p].name << " " << i;
    }
  }
}

class ComputeCopies : public testing::TestWithParam<std::string> {
 protected:
  static void step(GraphRunner& runner, int number) {
    set_small_batch(runner, number);
    ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
    ASSERT_TRUE(runner.executor().run_update(scalars(number)).is_ok());
    ASSERT_TRUE(runner.executor().finish().is_ok());
  }
  // The fourth of its parameters is frozen.
  GraphRunner runner(bool copies) const {
    const graph::Graph graph = test::small_graph();
    GraphRunner::Options options{.compute_copies = copies};
    if (GetParam() == "reference") options.disabled_kernels = {"*:cpu", "*:onednn", "*:openblas"};
    if (GetParam() == "guarded") options.device = "guarded";
    options.frozen.assign(graph.parameters().size(), 0);
    options.frozen[3] = 1;
    return GraphRunner(graph, options);
  }
};
INSTANTIATE_TEST_SUITE_P(On, ComputeCopies, testing::Values("tuned", "reference", "guarded"),
                         [](const auto& one) { return one.param; });

TEST_P(ComputeCopies, FollowInitializationAndSteps) {
  GraphRunner with = runner(true), without = runner(false);
  expect_in_step(with, "initialize");
  for (int number = 1; number <= 3; ++number) {
    step(with, number);
    step(without, number);
    expect_in_step(with, "a step");
  }
  for (size_t p = 0; p < with.store().parameters().size(); ++p) {
    const auto parameter = static_cast<int32_t>(p);
    EXPECT_EQ(with.values(parameter, Role::kMaster), without.values(parameter, Role::kMaster));
    EXPECT_FALSE(without.store().has(parameter, Role::kCompute));
  }
  EXPECT_EQ(without.store().bytes(Role::kCompute), 0u);
}

TEST_P(ComputeCopies, FollowWhatIsWrittenByCopy) {
  GraphRunner with = runner(true);
  const std::vector<float> values = {1.00390625f, -3.14159f, 1e-40f};
  ASSERT_TRUE(with.store().write(2, Role::kMaster, 4, values).is_ok());
  expect_in_step(with, "write");
  std::vector<float> read(3);
  ASSERT_TRUE(with.store().read(2, Role::kCompute, 4, read).is_ok());
  EXPECT_EQ(read[0], 1.0f);
  EXPECT_EQ(read[1], bf16_to_f32(f32_to_bf16(-3.14159f)));
}

TEST_P(ComputeCopies, FollowWhatIsFilledForFiles) {
  GraphRunner with = runner(true);
  HostTensors tensors(with.store());
  for (const int32_t parameter : {1, 3}) {
    std::ranges::fill(tensors.fill(parameter, Role::kMaster), 0.3f);
  }
  ASSERT_TRUE(tensors.write_back().is_ok());
  expect_in_step(with, "write_back");
  EXPECT_EQ(with.values(3, Role::kMaster)[0], 0.3f);
}

TEST_P(ComputeCopies, AreLeftAloneByAStepThatIsSkipped) {
  GraphRunner with = runner(true);
  set_small_batch(with);
  ASSERT_TRUE(with.executor().run_micro_batch(true).is_ok());
  ASSERT_TRUE(with.executor().finish().is_ok());
  const float infinite[] = {INFINITY};
  ASSERT_TRUE(with.store().write(2, Role::kGradient, 0, infinite).is_ok());
  const auto before = bits_as_they_are(with, 2);
  ASSERT_TRUE(with.executor().run_update(scalars(1)).is_ok());
  EXPECT_EQ(with.report().verdict.non_finite, 1);
  EXPECT_EQ(bits_as_they_are(with, 2), before);
  expect_in_step(with, "a skipped step");
}

// In memory that the host may write to at any time there is nobody to round along. Before a program
// runs it is done.
TEST(LentMasters, CopiesFollowBeforeTheyAreUsed) {
  GraphRunner runner(test::small_graph(), {.compute_copies = true});
  StateStore& store = runner.store();
  const std::span<float> once = store.values(1, Role::kMaster);
  once[0] = 5.0f;
  set_small_batch(runner);
  ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
  expect_in_step(runner, "values()");
  store.lend(2);
  const std::span<float> lent = store.values(2, Role::kMaster);
  for (const float value : {7.0f, 9.0f}) {
    lent[3] = value;
    EXPECT_NE(bf16_to_f32(bits_as_they_are(runner, 2)[3]), value) << "nobody could know yet";
    ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
    expect_in_step(runner, "a lent master");
    lent[4] = value;
    float read[1];
    ASSERT_TRUE(store.read(2, Role::kCompute, 4, read).is_ok());
    EXPECT_EQ(read[0], value);
    lent[5] = value;
    EXPECT_EQ(bf16_to_f32(store.copy(2).value()[5]), value);
  }
}

TEST(LentMasters, AnUpdateThatKnowsNoCopiesIsRefused) {
  GraphRunner plain(test::small_graph(), {}), copied(test::small_graph(), {.compute_copies = true});
  for (const auto& [program, other] : {std::pair{&plain, &copied}, {&copied, &plain}}) {
    const auto made = StepExecutor::create(program->program(), other->store(), 0, other->device());
    EXPECT_EQ(made.status().code(), Code::kFailedPrecondition);
    EXPECT_THAT(made.status().message(), testing::HasSubstr("copies in BF16"));
  }
}

}  // namespace
}  // namespace raddle::exec
