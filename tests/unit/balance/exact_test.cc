// SPDX-License-Identifier: Apache-2.0
// Small steps beside their optimum: every order of the sequences, each on every set of ranks that
// holds it, begun as early as those ranks allow. Without a cost of micro-batches, packing is free.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "runtime/balance/hybrid.h"
#include "runtime/base/random.h"

namespace raddle::balance {
namespace {

class Exhaustive {
 public:
  Exhaustive(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
             int64_t capacity)
      : ranks_(static_cast<size_t>(ranks)), clock_(ranks_, 0), times_(lengths.size()) {
    for (size_t s = 0; s < lengths.size(); ++s) {
      times_[s].assign(size_t{1} << ranks_, -1);  // by set of ranks; -1: does not hold it
      for (uint32_t set = 1; set < times_[s].size(); ++set) {
        const int64_t degree = std::popcount(set);
        if (degree * capacity < lengths[s] || degree > lengths[s]) continue;
        std::vector<int32_t> members;
        for (size_t r = 0; r < ranks_; ++r) {
          if ((set >> r & 1) != 0) members.push_back(static_cast<int32_t>(r));
        }
        times_[s][set] = costs.split_ps(lengths[s], degree, costs.link_of(members));
      }
    }
  }

  int64_t optimum() {
    best_ = int64_t{1} << 62;
    search((uint32_t{1} << times_.size()) - 1, 0);
    return best_;
  }

 private:
  void search(uint32_t left, int64_t latest) {
    if (latest >= best_) return;
    if (left == 0) {
      best_ = latest;
      return;
    }
    for (size_t s = 0; s < times_.size(); ++s) {
      if ((left >> s & 1) == 0) continue;
      for (uint32_t set = 1; set < times_[s].size(); ++set) {
        if (times_[s][set] < 0) continue;
        const std::vector<int64_t> before = clock_;
        int64_t start = 0;
        for (size_t r = 0; r < ranks_; ++r) {
          if ((set >> r & 1) != 0) start = std::max(start, clock_[r]);
        }
        const int64_t end = start + times_[s][set];
        for (size_t r = 0; r < ranks_; ++r) {
          if ((set >> r & 1) != 0) clock_[r] = end;
        }
        search(left & ~(uint32_t{1} << s), std::max(latest, end));
        clock_ = before;
      }
    }
  }

  size_t ranks_;
  std::vector<int64_t> clock_;
  std::vector<std::vector<int64_t>> times_;
  int64_t best_ = 0;
};

struct Gaps {
  double worst = 1, mean = 0;
};

// Of so many random steps, how far plans are from the optimum.
Gaps gaps_of(int64_t ranks, size_t sequences, int rounds) {
  RandomStream random(7, static_cast<uint64_t>(ranks));
  Gaps gaps;
  for (int round = 0; round < rounds; ++round) {
    CostModel costs;
    costs.micro_batch_ps = 0;
    // A hop costs about nothing, as much as its arithmetic, or more.
    const int64_t latency = std::vector<int64_t>{0, 20'000'000, 400'000'000}[round % 3];
    costs.links = {{"pair", 2, latency / 4, 100}, {"all", 0, latency, 200}};
    const int64_t capacity = 2000;
    std::vector<int64_t> lengths(sequences);
    for (int64_t& length : lengths) {
      const int64_t most = random.below(3) == 0 ? ranks * capacity : capacity;
      length = static_cast<int64_t>(100 + random.below(static_cast<uint64_t>(most - 99)));
    }
    const auto plan = plan_hybrid(costs, lengths, ranks, capacity);
    EXPECT_TRUE(plan.is_ok()) << plan.status().to_string();
    if (!plan.is_ok()) return gaps;
    const int64_t optimum = Exhaustive(costs, lengths, ranks, capacity).optimum();
    EXPECT_GE(plan->makespan_ps, optimum) << "round " << round;
    EXPECT_LE(plan->lower_bound_ps, optimum) << "round " << round;
    const double ratio = static_cast<double>(plan->makespan_ps) / static_cast<double>(optimum);
    gaps.worst = std::max(gaps.worst, ratio);
    gaps.mean += ratio / rounds;
  }
  return gaps;
}

TEST(Exact, PlansOfFewSequencesAreNearTheirOptimum) {
  for (const auto& [ranks, sequences] : {std::pair<int64_t, size_t>{2, 6}, {3, 5}, {4, 4}}) {
    const Gaps gaps = gaps_of(ranks, sequences, 60);
    EXPECT_LE(gaps.mean, 1.1);
    EXPECT_LE(gaps.worst, 2.0);
  }
}

}  // namespace
}  // namespace raddle::balance
