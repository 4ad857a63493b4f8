// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/post_balance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "runtime/base/random.h"
#include "runtime/simulate/length_sets.h"

namespace raddle::balance {
namespace {

using testing::HasSubstr;

BalancedBatch batch_of(std::span<const int64_t> lengths, int64_t ranks, int64_t cap) {
  auto batch = post_balance(CostModel(), lengths, ranks, cap);
  EXPECT_TRUE(batch.is_ok()) << batch.status().to_string();
  return batch.is_ok() ? std::move(batch).value() : BalancedBatch();
}

TEST(PostBalance, EachSampleIsOnOneRankUnderTheCap) {
  RandomStream random(3, 0);
  const CostModel costs;
  for (int round = 0; round < 100; ++round) {
    const auto ranks = static_cast<int64_t>(1 + random.below(20));
    std::vector<int64_t> lengths(1 + random.below(200));
    int64_t tokens = 0;
    for (int64_t& length : lengths) {
      length = static_cast<int64_t>(1 + random.below(1000));
      tokens += length;
    }
    const int64_t cap = tokens / ranks + 1000;  // the last sample always finds room
    const BalancedBatch batch = batch_of(lengths, ranks, cap);
    std::vector<int> seen(lengths.size(), 0);
    int64_t most_work = 0, most_tokens = 0;
    for (int64_t rank = 0; rank < ranks; ++rank) {
      int64_t own_work = 0, own_tokens = 0;
      for (const int32_t sample : batch.samples_of(rank)) {
        ++seen.at(static_cast<size_t>(sample));
        own_tokens += lengths[static_cast<size_t>(sample)];
        own_work += costs.whole_ps(lengths[static_cast<size_t>(sample)]);
      }
      EXPECT_LE(own_tokens, cap);
      most_work = std::max(most_work, own_work);
      most_tokens = std::max(most_tokens, own_tokens);
    }
    EXPECT_EQ(std::ranges::count(seen, 1), static_cast<std::ptrdiff_t>(seen.size()));
    EXPECT_EQ(batch.most_work_ps, most_work);
    EXPECT_EQ(batch.most_tokens, most_tokens);
    EXPECT_GE(batch.most_work_ps, batch.lower_bound_ps);
  }
}

TEST(PostBalance, StaysWithinAPercentOfTheBoundUnderACapOfAFifthMore) {
  const CostModel costs;
  for (const auto set : {simulate::LengthSet::kByted, simulate::LengthSet::kGithub,
                         simulate::LengthSet::kWikipedia}) {
    for (const int64_t context : {8192, 32'768}) {
      const auto lengths = simulate::draw_lengths(set, context, 64 * 4 * context, 1);
      const BalancedBatch batch = batch_of(lengths, 64, 64 * 4 * context / 64 * 6 / 5);
      EXPECT_LE(static_cast<double>(batch.most_work_ps),
                1.01 * static_cast<double>(batch.lower_bound_ps))
          << simulate::length_set_name(set) << " " << context;
    }
  }
}

// The least work of the busiest of three ranks, of all ways to deal; -1: none keeps to the cap.
int64_t optimum_of(std::span<const int64_t> lengths, int64_t cap) {
  const CostModel costs;
  int64_t optimum = -1;
  int deals = 1;
  for (size_t i = 0; i < lengths.size(); ++i) deals *= 3;
  for (int deal = 0; deal < deals; ++deal) {
    std::array<int64_t, 3> work = {}, tokens = {};
    int rest = deal;
    for (const int64_t length : lengths) {
      work[static_cast<size_t>(rest % 3)] += costs.whole_ps(length);
      tokens[static_cast<size_t>(rest % 3)] += length;
      rest /= 3;
    }
    const int64_t most = *std::ranges::max_element(work);
    if (*std::ranges::max_element(tokens) <= cap && (optimum < 0 || most < optimum)) optimum = most;
  }
  return optimum;
}

// Longest first is within 4/3 of the best (Graham). The bound holds with and without a cap.
TEST(PostBalance, SmallBatchesAreNearTheirOptimum) {
  RandomStream random(4, 0);
  int capped = 0;
  for (int round = 0; round < 100; ++round) {
    std::vector<int64_t> lengths(7);
    for (int64_t& length : lengths) {
      length = static_cast<int64_t>(1 + random.below(random.below(3) == 0 ? 60'000 : 20'000));
    }
    const BalancedBatch batch = batch_of(lengths, 3, 1 << 20);
    const int64_t optimum = optimum_of(lengths, 1 << 20);
    EXPECT_GE(batch.most_work_ps, optimum);
    EXPECT_LE(batch.most_work_ps, optimum * 4 / 3);
    EXPECT_LE(batch.lower_bound_ps, optimum);

    const int64_t cap = std::accumulate(lengths.begin(), lengths.end(), int64_t{0}) * 2 / 5;
    const auto under_cap = post_balance(CostModel(), lengths, 3, cap);
    if (!under_cap.is_ok()) continue;
    ++capped;
    EXPECT_GE(under_cap->most_work_ps, optimum_of(lengths, cap));
    EXPECT_LE(under_cap->lower_bound_ps, optimum_of(lengths, cap));
  }
  EXPECT_GE(capped, 50);
}

TEST(PostBalance, TheCapBindsWhereWorkWouldNot) {
  // One long sample is as much work as many short ones, which one rank may then not hold alone.
  std::vector<int64_t> lengths(100, 1000);
  lengths.push_back(50'000);
  const BalancedBatch batch = batch_of(lengths, 2, 90'000);
  EXPECT_LE(batch.most_tokens, 90'000);
  const BalancedBatch loose = batch_of(lengths, 2, 150'000);
  EXPECT_GT(loose.most_tokens, 90'000);
  EXPECT_LT(loose.most_work_ps, batch.most_work_ps);
}

TEST(PostBalance, IsDeterministicAndHashedWithItsInputs) {
  const auto lengths = simulate::draw_lengths(simulate::LengthSet::kGithub, 8192, 16 * 32'768, 1);
  const BalancedBatch batch = batch_of(lengths, 16, 40'000);
  EXPECT_EQ(batch_of(lengths, 16, 40'000).samples, batch.samples);
  EXPECT_EQ(batch_of(lengths, 16, 40'000).hash, batch.hash);
  EXPECT_NE(batch_of(lengths, 16, 40'001).hash, batch.hash);
}

TEST(PostBalance, RefusesWhatDoesNotFit) {
  const auto refusal = [](std::vector<int64_t> lengths, int64_t ranks, int64_t cap) {
    const auto batch = post_balance(CostModel(), lengths, ranks, cap);
    return batch.is_ok() ? "dealt" : batch.status().to_string();
  };
  EXPECT_THAT(refusal({5, 101}, 2, 100), HasSubstr("sample 2 has 101 tokens, and no rank of 2 has "
                                                   "room for more than 100 of its cap of 100"));
  EXPECT_THAT(refusal({60, 60, 60}, 2, 100), HasSubstr("room for more than 40"));
  EXPECT_THAT(refusal({5}, 2, 0), HasSubstr("token_cap is 0"));
  EXPECT_THAT(refusal({0}, 2, 5), HasSubstr("sequence 1 has 0 tokens"));
  EXPECT_THAT(refusal({5}, 0, 5), HasSubstr("ranks is 0"));
}

}  // namespace
}  // namespace raddle::balance
