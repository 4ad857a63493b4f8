// SPDX-License-Identifier: Apache-2.0
// The lower bound, computed again from its definition with every number of ranks tried; bytes on
// the wire, counted hop by hop; chunks of the ring.
#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/balance/hybrid.h"
#include "runtime/base/random.h"
#include "runtime/simulate/length_sets.h"

namespace raddle::balance {
namespace {

// The mean of the least work per rank, and the longest time that a sequence cannot avoid.
double bound_by_trying(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
                       int64_t capacity) {
  double work = 0, longest = 0, tokens = 0;
  for (const int64_t length : lengths) {
    double least = 1e30, fastest = 1e30;
    for (int64_t degree = (length + capacity - 1) / capacity; degree <= ranks; ++degree) {
      const auto& link = costs.best_link(degree);
      const auto time = static_cast<double>(costs.split_ps(length, degree, link));
      least = std::min(least, time * static_cast<double>(degree));
      fastest = std::min(fastest, time);
    }
    work += least;
    tokens += static_cast<double>(length);
    longest = std::max(longest, fastest + static_cast<double>(costs.micro_batch_ps));
  }
  const double micro_batches = std::ceil(tokens / static_cast<double>(capacity));
  work += micro_batches * static_cast<double>(costs.micro_batch_ps);
  return std::max(work / static_cast<double>(ranks), longest);
}

TEST(LowerBound, IsThatOfItsDefinition) {
  const CostModel costs;
  for (const auto set : {simulate::LengthSet::kByted, simulate::LengthSet::kGithub}) {
    for (const int64_t ranks : {48, 300}) {
      const auto lengths = simulate::draw_lengths(set, ranks * 4096, ranks * 40'000, 3);
      const auto bound = static_cast<double>(lower_bound_ps(costs, lengths, ranks, 8192));
      const double tried = bound_by_trying(costs, lengths, ranks, 8192);
      // Parts are whole tokens, which the bound leaves out.
      EXPECT_LE(bound, tried + 1);
      EXPECT_GE(bound, tried * 0.9995);
    }
  }
}

TEST(LowerBound, OfOneLongSequenceIsItsBestTime) {
  const CostModel costs;
  const std::vector<int64_t> lengths = {1'000'000, 5, 5};
  const double bound = bound_by_trying(costs, lengths, 1024, 8192);
  EXPECT_EQ(static_cast<double>(lower_bound_ps(costs, lengths, 1024, 8192)), bound);
  EXPECT_GT(bound, static_cast<double>(costs.whole_ps(1'000'000)) / 1024);
}

TEST(KvBytes, ClosedFormIsWhatTheHopsOfTheRingSend) {
  CostModel costs;
  costs.kv_bytes_per_token = 3;
  const auto lengths = simulate::draw_lengths(simulate::LengthSet::kByted, 100'000, 1'000'000, 5);
  const auto plan = plan_hybrid(costs, lengths, 37, 4001);
  ASSERT_TRUE(plan.is_ok()) << plan.status().to_string();
  int64_t bytes = 0;
  for (const Group& group : plan->groups) {
    for (int32_t part = 0; part < group.degree; ++part) {
      const auto chunks =
          part_tokens(lengths[static_cast<size_t>(group.sequence)], group.degree, part);
      for (int32_t hop = 1; hop < group.degree; ++hop) {
        bytes += (chunks[0].count() + chunks[1].count()) * 3;
      }
    }
  }
  EXPECT_GT(bytes, 0);
  EXPECT_EQ(plan->kv_bytes, bytes);
}

TEST(KvBytes, AStaticMeshHasTheSmallestEqualGroupsThatHoldTheLongest) {
  const CostModel costs;
  const std::vector<int64_t> lengths = {100, 41, 7};
  EXPECT_EQ(static_degree(lengths, 12, 25), 4);
  EXPECT_EQ(static_degree(lengths, 12, 24), 6);  // 5 needed, 5 does not divide 12
  EXPECT_EQ(static_degree(lengths, 13, 24), 13);
  EXPECT_EQ(static_kv_bytes(costs, lengths, 12, 24), 148 * 5 * 4096);
  EXPECT_EQ(static_kv_bytes(costs, lengths, 12, 100), 0);
}

TEST(PartTokens, CoverEachTokenOnceInEvenShares) {
  for (int64_t degree = 2; degree <= 11; ++degree) {
    for (int64_t tokens = degree; tokens <= 70; ++tokens) {
      std::vector<int> seen(static_cast<size_t>(tokens), 0);
      int64_t least = tokens, most = 0;
      for (int64_t part = 0; part < degree; ++part) {
        const auto chunks = part_tokens(tokens, degree, part);
        EXPECT_LE(chunks[0].end, chunks[1].begin);
        EXPECT_LE(std::abs(chunks[0].count() - chunks[1].count()), 1);
        for (const TokenRange& chunk : chunks) {
          for (int64_t t = chunk.begin; t < chunk.end; ++t) ++seen.at(static_cast<size_t>(t));
        }
        least = std::min(least, chunks[0].count() + chunks[1].count());
        most = std::max(most, chunks[0].count() + chunks[1].count());
      }
      EXPECT_EQ(std::ranges::count(seen, 1), tokens) << tokens << " over " << degree;
      EXPECT_EQ(most, (tokens + degree - 1) / degree);
      EXPECT_EQ(least, tokens / degree);
    }
  }
}

// Of the causal mask: a token attends to itself and all before it.
TEST(PartTokens, HaveEvenSharesOfTheMask) {
  for (const int64_t degree : {2, 3, 5, 6, 96}) {
    const int64_t tokens = 100 * degree + degree / 2;
    for (int64_t part = 0; part < degree; ++part) {
      int64_t area = 0;
      for (const TokenRange& chunk : part_tokens(tokens, degree, part)) {
        area += (chunk.begin + 1 + chunk.end) * chunk.count() / 2;
      }
      const int64_t mean = tokens * (tokens + 1) / 2 / degree;
      EXPECT_LE(std::abs(area - mean), tokens + tokens / 50) << part << " of " << degree;
    }
  }
}

}  // namespace
}  // namespace raddle::balance
