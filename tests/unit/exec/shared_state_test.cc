// SPDX-License-Identifier: Apache-2.0
// Ranks that share a state have among them what one rank has alone, bit for bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/exec/step_executor.h"
#include "runtime/plan/planner.h"
#include "tests/support/shared_state.h"

namespace raddle::exec {
namespace {

using test::SharedState;

constexpr Role kSaved[] = {Role::kMaster, Role::kMoment1, Role::kMoment2};

void expect_same(SharedState& actual, SharedState& expected, std::span<const Role> roles) {
  for (const Role role : roles) {
    for (int32_t p = 0; p < expected.parameters(); ++p) {
      if (!expected.store(0).has(p, role)) continue;
      const std::vector<float> a = actual.whole(p, role), b = expected.whole(p, role);
      ASSERT_EQ(a.size(), b.size());
      ASSERT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0)
          << actual.ranks() << " ranks, " << plan::role_name(role) << " "
          << expected.store(0).parameters()[static_cast<size_t>(p)].name;
    }
  }
}

class SharedStateTest : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Kernels, SharedStateTest, testing::Bool(),
                         [](const auto& tuned) { return tuned.param ? "Tuned" : "Reference"; });

TEST_P(SharedStateTest, AnyNumberOfRanksMakesTheSameUpdates) {
  SharedState one(1, {.tuned = GetParam()});
  for (int t = 1; t <= 3; ++t) one.update(t);
  for (const int64_t ranks : {2, 3, 9}) {
    for (const bool shard_gradients : {false, true}) {
      SharedState several(ranks, {.shard_gradients = shard_gradients, .tuned = GetParam()});
      for (int t = 1; t <= 3; ++t) several.update(t);
      EXPECT_EQ(several.norms_squared(), one.norms_squared()) << ranks;
      expect_same(several, one, kSaved);
      if (shard_gradients) expect_same(several, one, std::array{Role::kGradient});
    }
  }
}

// What is not written here is not there: moments of all ranks take the memory of one, but for the
// rounding of each.
TEST(SharedState, AShareTakesItsShareOfMemory) {
  SharedState one(1), three(3, {.shard_gradients = true});
  size_t moments = 0, gradients = 0;
  for (size_t rank = 0; rank < 3; ++rank) {
    moments += three.store(rank).bytes(Role::kMoment1);
    gradients += three.store(rank).bytes(Role::kGradient);
    EXPECT_EQ(three.store(rank).bytes(Role::kMaster), one.store(0).bytes(Role::kMaster));
    EXPECT_LT(three.store(rank).bytes(Role::kMoment2), one.store(0).bytes(Role::kMoment2) / 2);
  }
  constexpr size_t kRounding = 3 * 16384;
  EXPECT_LT(moments, one.store(0).bytes(Role::kMoment1) + kRounding);
  EXPECT_LT(gradients, one.store(0).bytes(Role::kGradient) + kRounding);
}

TEST(SharedState, CopiesAreThoseOfOneRank) {
  SharedState one(1, {.compute_copies = true}), three(3, {.compute_copies = true});
  for (int t = 1; t <= 2; ++t) {
    one.update(t);
    three.update(t);
  }
  for (int32_t p = 0; p < one.parameters(); ++p) {
    const auto expected = one.store(0).copy(p).value();
    for (size_t rank = 0; rank < 3; ++rank) {
      EXPECT_TRUE(std::ranges::equal(three.store(rank).copy(p).value(), expected)) << p;
    }
  }
}

// A slice of AdamW is of this rank's elements alone, in each of its arrays.
TEST(SharedState, SlicesAreOfThisRanksElements) {
  SharedState three(3, {.compute_copies = true});
  const auto count = [](const std::vector<kernels::ParameterSlice>& slices) {
    std::vector<int64_t> counts;
    for (const auto& slice : slices) counts.push_back(slice.count);
    return counts;
  };
  constexpr int64_t kBlock = kernels::kUpdateBlockElements;
  constexpr int64_t kWte = 301 * 700, kMid = 200 * 700, kHead = 150 * 400;
  EXPECT_EQ(count(three.store(0).slices(0)), (std::vector<int64_t>{2 * kBlock}));
  const int64_t of_mid = 4 * kBlock - kWte;
  EXPECT_EQ(count(three.store(1).slices(0)), (std::vector<int64_t>{kWte - 2 * kBlock, of_mid}));
  EXPECT_EQ(count(three.store(2).slices(0)), (std::vector<int64_t>{kMid - of_mid, 200, kHead}));
  StateStore& second = three.store(1);
  const kernels::ParameterSlice slice = second.slices(0)[0];
  EXPECT_EQ(slice.master, second.values(0, Role::kMaster).data() + 2 * kBlock);
  EXPECT_EQ(slice.gradient, second.values(0, Role::kGradient).data() + 2 * kBlock);
  EXPECT_EQ(slice.m, second.values(0, Role::kMoment1).data());
  EXPECT_EQ(slice.compute, second.copy(0).value().data() + 2 * kBlock);
}

TEST(SharedStateDeathTest, ElementsOfOtherRanksCannotBeRead) {
  SharedState three(3);
  std::vector<float> two(2);
  StateStore& second = three.store(1);
  const int64_t begin = second.record(0, Role::kMoment1).shard.begin;
  EXPECT_TRUE(second.read(0, Role::kMoment1, begin, two).is_ok());
  EXPECT_DEATH((void)second.read(0, Role::kMoment1, begin - 1, two), "shard");
  EXPECT_DEATH((void)second.read(0, Role::kMoment1, 301 * 700 - 1, two), "shard");
}

// Kernels know no ranks: a program that needs all of a tensor is not given a part.
TEST(SharedState, AProgramIsRefusedAStateOfOtherRanks) {
  SharedState three(3, {.shard_gradients = true});
  const auto device = open_device({.threads = 1}).value();
  plan::PlanOptions options;
  options.with_update = true;
  const plan::Program update =
      plan::plan_program(test::graph_of_blocks(), device->caps(), options).value();
  const auto updated = StepExecutor::create(update, three.store(2), 0, *device);
  EXPECT_EQ(updated.status().code(), Code::kFailedPrecondition);
  EXPECT_THAT(updated.status().message(), testing::HasSubstr("rank 2 of 3"));
  options.with_update = false;
  const plan::Program backward =
      plan::plan_program(test::graph_of_blocks(), device->caps(), options).value();
  const auto bound = StepExecutor::create(backward, three.store(2), 0, *device);
  EXPECT_EQ(bound.status().code(), Code::kFailedPrecondition);
  EXPECT_THAT(bound.status().message(), testing::HasSubstr("the whole gradient of mid"));
  EXPECT_THAT(bound.status().message(), testing::HasSubstr("[51444, 140000)"));
}

}  // namespace
}  // namespace raddle::exec
