// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/hybrid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "runtime/base/random.h"
#include "runtime/simulate/length_sets.h"

namespace raddle::balance {
namespace {

using testing::HasSubstr;

HybridPlan plan_of(std::span<const int64_t> lengths, int64_t ranks, int64_t capacity,
                   const CostModel& costs = {}) {
  auto plan = plan_hybrid(costs, lengths, ranks, capacity);
  EXPECT_TRUE(plan.is_ok()) << plan.status().to_string();
  return plan.is_ok() ? std::move(plan).value() : HybridPlan();
}

// Independent of verify_plan: each token of each sequence is counted where the plan puts it.
void expect_placed_once(const HybridPlan& plan, std::span<const int64_t> lengths) {
  std::vector<std::vector<uint8_t>> seen;
  for (const int64_t length : lengths) seen.emplace_back(static_cast<size_t>(length), 0);
  for (int64_t m = 0; m < plan.micro_batches(); ++m) {
    int64_t tokens = 0;
    for (const Piece& piece : plan.pieces_of(m)) {
      auto& own = seen.at(static_cast<size_t>(piece.sequence));
      std::array<TokenRange, 2> chunks = {
          TokenRange{0, lengths[static_cast<size_t>(piece.sequence)]}};
      if (piece.group >= 0) {
        const int32_t degree = plan.groups.at(static_cast<size_t>(piece.group)).degree;
        chunks = part_tokens(static_cast<int64_t>(own.size()), degree, piece.part);
      }
      for (const TokenRange& chunk : chunks) {
        for (int64_t t = chunk.begin; t < chunk.end; ++t) ++own.at(static_cast<size_t>(t));
        tokens += chunk.count();
      }
    }
    EXPECT_GT(tokens, 0);
    EXPECT_LE(tokens, plan.capacity);
  }
  for (size_t s = 0; s < seen.size(); ++s) {
    EXPECT_EQ(std::ranges::count(seen[s], 1), lengths[s]) << "sequence " << s;
  }
}

// What a plan is but for the names of sequences: lengths in place of them.
std::vector<int64_t> shape_of(const HybridPlan& plan, std::span<const int64_t> lengths) {
  std::vector<int64_t> shape(plan.group_ranks.begin(), plan.group_ranks.end());
  for (int64_t m = 0; m < plan.micro_batches(); ++m) {
    for (const Piece& piece : plan.pieces_of(m)) {
      shape.insert(shape.end(),
                   {m, lengths[static_cast<size_t>(piece.sequence)], piece.group, piece.part});
    }
  }
  shape.insert(shape.end(), plan.rank_begin.begin(), plan.rank_begin.end());
  return shape;
}

// A sequence that no number of ranks ends in time is cut where it does not fit on one, and only
// there if hops cost more than they save.
TEST(Hybrid, NoGroupIsOfOneRank) {
  const std::vector<int64_t> lengths = {60, 40, 38, 5, 3, 2};
  const HybridPlan plan = plan_of(lengths, 2, 40);
  EXPECT_TRUE(verify_plan(plan, lengths).is_ok()) << verify_plan(plan, lengths).to_string();
  ASSERT_EQ(plan.groups.size(), 1u);
  EXPECT_EQ(plan.groups[0].sequence, 0);
  expect_placed_once(plan, lengths);
}

TEST(Hybrid, RandomStepsPlaceEachTokenOnceWithinCapacity) {
  RandomStream random(11, 0);
  for (int round = 0; round < 150; ++round) {
    const auto ranks = static_cast<int64_t>(1 + random.below(40));
    const auto capacity = static_cast<int64_t>(1 + random.below(round % 3 == 0 ? 5 : 300));
    CostModel costs;
    costs.attention_fs_per_token2 = static_cast<int64_t>(random.below(2) * 1'000'000);
    costs.micro_batch_ps = static_cast<int64_t>(random.below(3) * 1'000'000);
    costs.links[0].ranks = static_cast<int64_t>(2 + random.below(9));
    if (round % 4 == 0) costs.links.erase(costs.links.begin());
    for (LinkClass& link : costs.links) link.latency_ps /= round % 5 == 0 ? 1 : 1000;
    std::vector<int64_t> lengths(1 + random.below(120));
    for (int64_t& length : lengths) {
      const int64_t most = random.below(4) == 0 ? ranks * capacity : capacity;
      length = static_cast<int64_t>(1 + random.below(static_cast<uint64_t>(most)));
    }
    SCOPED_TRACE(fmt::format("round {}: {} ranks of {}", round, ranks, capacity));
    const HybridPlan plan = plan_of(lengths, ranks, capacity, costs);
    expect_placed_once(plan, lengths);
    const Status verified = verify_plan(plan, lengths);
    EXPECT_TRUE(verified.is_ok()) << verified.to_string();
    EXPECT_GE(plan.makespan_ps, plan.lower_bound_ps);
  }
}

TEST(Hybrid, LongSequencesGetAnyNumberOfRanks) {
  std::vector<int64_t> lengths = {290, 590, 480};  // 3, 6 and 5 ranks of 100
  lengths.insert(lengths.end(), 400, 90);          // so much that the long ones are not the last
  const HybridPlan plan = plan_of(lengths, 14, 100);
  std::multiset<int32_t> degrees;
  for (const Group& group : plan.groups) degrees.insert(group.degree);
  EXPECT_EQ(degrees, (std::multiset<int32_t>{3, 5, 6}));
  expect_placed_once(plan, lengths);
}

TEST(Hybrid, ALoneLongSequenceIsSpreadWhereThatIsFaster) {
  CostModel costs;
  costs.links = {{"all", 0, 0, 0}};
  const HybridPlan plan = plan_of(std::vector<int64_t>{8000}, 7, 4000, costs);
  ASSERT_EQ(plan.groups.size(), 1u);
  EXPECT_EQ(plan.groups[0].degree, 7);
  costs.links[0].latency_ps = int64_t{1} << 39;  // half a second a hop: two ranks are enough
  const HybridPlan near = plan_of(std::vector<int64_t>{8000}, 7, 4000, costs);
  ASSERT_EQ(near.groups.size(), 1u);
  EXPECT_EQ(near.groups[0].degree, 2);
}

TEST(Hybrid, RanksMayHaveDifferentNumbersOfMicroBatches) {
  std::vector<int64_t> lengths(64, 1000);
  lengths.push_back(64'000);  // eight ranks of eight for as long as all others take together
  const HybridPlan plan = plan_of(lengths, 10, 8000);
  std::set<int32_t> counts;
  for (size_t r = 0; r < 10; ++r) counts.insert(plan.rank_begin[r + 1] - plan.rank_begin[r]);
  EXPECT_GT(counts.size(), 1u);
}

TEST(Hybrid, NarrowGroupsStayInsideANode) {
  const auto lengths =
      simulate::draw_lengths(simulate::LengthSet::kByted, 64 << 10, 128 * 32'768, 1);
  const HybridPlan plan = plan_of(lengths, 128, 8192);
  ASSERT_GT(plan.groups.size(), 50u);
  for (const Group& group : plan.groups) {
    if (group.degree > 8) continue;
    for (const int32_t rank : plan.ranks_of(group)) {
      EXPECT_EQ(rank / 8, plan.ranks_of(group).front() / 8);
    }
  }
}

TEST(Hybrid, OrderOfEqualLengthsAndOfAllChangesNothingButNames) {
  auto lengths = simulate::draw_lengths(simulate::LengthSet::kByted, 256 << 10, 64 * 32'768, 2);
  for (int64_t& length : lengths) length = (length + 255) / 256 * 256;  // many equal ones
  const HybridPlan plan = plan_of(lengths, 64, 8192);
  RandomStream random(5, 0);
  for (int round = 0; round < 5; ++round) {
    auto shuffled = lengths;
    for (size_t i = shuffled.size(); i > 1; --i)
      std::swap(shuffled[i - 1], shuffled[random.below(i)]);
    EXPECT_EQ(shape_of(plan_of(shuffled, 64, 8192), shuffled), shape_of(plan, lengths));
  }
}

TEST(Hybrid, HashIsTheSameForTheSameStepAndNoOther) {
  const auto lengths =
      simulate::draw_lengths(simulate::LengthSet::kGithub, 64 << 10, 48 * 32'768, 2);
  const HybridPlan plan = plan_of(lengths, 48, 8192);
  EXPECT_EQ(plan_of(lengths, 48, 8192).hash, plan.hash);
  EXPECT_EQ(plan_of(lengths, 48, 8192).pieces, plan.pieces);
  EXPECT_NE(plan_of(lengths, 47, 8192).hash, plan.hash);
  EXPECT_NE(plan_of(lengths, 48, 8193).hash, plan.hash);
  auto other = lengths;
  ++other[7];
  EXPECT_NE(plan_of(other, 48, 8192).hash, plan.hash);
  CostModel costs;
  ++costs.kv_bytes_per_token;
  EXPECT_NE(plan_of(lengths, 48, 8192, costs).hash, plan.hash);
}

// Pinned, so that a change of plans does not go unseen: ranks of one job may run different builds.
TEST(Hybrid, PlanOfAKnownStepIsTheKnownOne) {
  const std::vector<int64_t> lengths = {100'000, 20'000, 20'000, 9'000, 8'192, 4'000, 3'000, 1};
  EXPECT_EQ(fmt::format("{:016x}", plan_of(lengths, 16, 8192).hash), "9b60fa14dd56d621");
}

// Byted 2M with 32K tokens a rank is left out: there three sequences of 2M may not fit side by
// side.
TEST(Hybrid, StaysCloseToTheLowerBound) {
  for (const int64_t context : {256, 512, 2048}) {
    for (const uint64_t seed : {1, 2}) {
      const auto lengths =
          simulate::draw_lengths(simulate::LengthSet::kByted, context << 10, 512 * 65'536, seed);
      const HybridPlan plan = plan_of(lengths, 512, 8192);
      EXPECT_LE(static_cast<double>(plan.makespan_ps),
                1.03 * static_cast<double>(plan.lower_bound_ps));
      EXPECT_TRUE(verify_plan(plan, lengths).is_ok());
      EXPECT_GE(plan.static_kv_bytes, 3 * plan.kv_bytes);
    }
  }
}

TEST(Hybrid, RefusesWhatCannotBePlanned) {
  const auto refusal = [](std::vector<int64_t> lengths, int64_t ranks, int64_t capacity,
                          const CostModel& costs = {}) {
    const auto plan = plan_hybrid(costs, lengths, ranks, capacity);
    return plan.is_ok() ? "planned" : plan.status().to_string();
  };
  EXPECT_THAT(refusal({}, 4, 100), HasSubstr("there is no sequence"));
  EXPECT_THAT(refusal({5, 0}, 4, 100), HasSubstr("sequence 2 has 0 tokens"));
  EXPECT_THAT(refusal({5, -3}, 4, 100), HasSubstr("sequence 2 has -3 tokens"));
  EXPECT_THAT(refusal({5, int64_t{1} << 40}, 4, 100), HasSubstr("sequence 2 has 1099511627776"));
  EXPECT_THAT(refusal({5}, 0, 100), HasSubstr("ranks is 0, expected 1 to"));
  EXPECT_THAT(refusal({5}, int64_t{1} << 40, 100), HasSubstr("ranks is"));
  EXPECT_THAT(refusal({5}, 4, 0), HasSubstr("capacity is 0"));
  EXPECT_THAT(
      refusal({5, 401}, 4, 100),
      HasSubstr("sequence 2 has 401 tokens, more than the 400 that 4 ranks hold with a "
                "capacity of 100; cut it, or plan for at least 5 ranks or a capacity of 101"));
  CostModel costs;
  costs.activation_bytes_per_token = 1000;
  costs.activation_limit_bytes = 99'999;
  EXPECT_THAT(refusal({5}, 4, 100, costs), HasSubstr("a capacity of at most 99 fits"));
  costs = CostModel();
  costs.linear_ps_per_token = int64_t{1} << 40;
  EXPECT_THAT(refusal(std::vector<int64_t>(3, 1 << 30), 4, 1 << 30, costs),
              HasSubstr("check the unit of the coefficients"));
}

TEST(VerifyPlan, FindsWhatIsDamaged) {
  const std::vector<int64_t> lengths = {290, 590, 480, 30, 20};
  const HybridPlan plan = plan_of(lengths, 14, 100);
  const auto damaged = [&](auto damage) {
    HybridPlan copy = plan;
    damage(&copy);
    return !verify_plan(copy, lengths).is_ok();
  };
  EXPECT_FALSE(damaged([](HybridPlan*) {}));
  EXPECT_TRUE(damaged([](HybridPlan* p) { p->capacity = 98; }));
  EXPECT_TRUE(damaged([](HybridPlan* p) { p->pieces.back().sequence ^= 1; }));
  EXPECT_TRUE(damaged([](HybridPlan* p) { p->pieces.pop_back(); }));
  EXPECT_TRUE(damaged([](HybridPlan* p) { std::swap(p->groups[0], p->groups[1]); }));
  EXPECT_TRUE(damaged([](HybridPlan* p) { p->group_ranks[0] = p->group_ranks[1]; }));
  EXPECT_TRUE(damaged([](HybridPlan* p) { ++p->rank_begin[1]; }));
  EXPECT_TRUE(damaged([](HybridPlan* p) { --p->groups[0].degree; }));
}

}  // namespace
}  // namespace raddle::balance
