// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/post_balance.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/balance/falling_order.h"
#include "runtime/balance/time_heap.h"
#include "runtime/base/hash.h"

namespace raddle::balance {
namespace {

// Longest first, each sample to the rank with the least work that has room. A rank without room for
// a sample is set aside until one comes that it has room for; samples get shorter, so one does.
class Dealer {
 public:
  Dealer(int64_t ranks, int64_t token_cap)
      : work_(static_cast<size_t>(ranks), 0), room_(static_cast<size_t>(ranks), token_cap) {
    for (int32_t rank = 0; rank < ranks; ++rank) by_work_.push({0, rank});
  }

  // The rank, or -1 if none has room.
  int32_t deal(int64_t tokens, int64_t work) {
    while (!aside_.empty() && -aside_.top().time >= tokens) {
      const int32_t rank = aside_.top().index;
      by_work_.push({work_[static_cast<size_t>(rank)], rank});
      aside_.pop();
    }
    while (!by_work_.empty()) {
      const int32_t rank = by_work_.top().index;
      const auto r = static_cast<size_t>(rank);
      if (room_[r] >= tokens) {
        room_[r] -= tokens;
        work_[r] += work;
        by_work_.replace_top(work_[r]);
        return rank;
      }
      aside_.push({-room_[r], rank});
      by_work_.pop();
    }
    return -1;
  }

  int64_t most_work() const { return *std::ranges::max_element(work_); }
  int64_t least_room() const { return *std::ranges::min_element(room_); }
  int64_t most_room() const { return *std::ranges::max_element(room_); }

 private:
  std::vector<int64_t> work_, room_;
  TimeHeap by_work_;
  TimeHeap aside_;  // most room first
};

BalancedBatch listed_by_rank(const std::vector<int32_t>& owner, int64_t ranks) {
  BalancedBatch batch;
  batch.rank_begin.assign(static_cast<size_t>(ranks) + 1, 0);
  for (const int32_t rank : owner) ++batch.rank_begin[static_cast<size_t>(rank) + 1];
  std::partial_sum(batch.rank_begin.begin(), batch.rank_begin.end(), batch.rank_begin.begin());
  std::vector<int32_t> at(batch.rank_begin.begin(), batch.rank_begin.end() - 1);
  batch.samples.resize(owner.size());
  for (size_t i = 0; i < owner.size(); ++i) {
    batch.samples[static_cast<size_t>(at[static_cast<size_t>(owner[i])]++)] =
        static_cast<int32_t>(i);
  }
  return batch;
}

uint64_t hash_of(const CostModel& costs, const BalancedBatch& batch,
                 std::span<const int64_t> lengths, int64_t token_cap) {
  StreamingHash hash;
  const uint64_t of_costs = costs.hash();
  hash.update(&of_costs, sizeof(of_costs));
  hash.update(&token_cap, sizeof(token_cap));
  hash.update(lengths.data(), lengths.size_bytes());
  hash.update(batch.rank_begin.data(), batch.rank_begin.size() * sizeof(int32_t));
  hash.update(batch.samples.data(), batch.samples.size() * sizeof(int32_t));
  return hash.digest();
}

}  // namespace

StatusOr<BalancedBatch> post_balance(const CostModel& costs, std::span<const int64_t> lengths,
                                     int64_t ranks, int64_t token_cap) {
  if (token_cap < 1 || token_cap > kMaxWorkPs / kMaxRanks) {
    return invalid_argument("token_cap is {}, expected 1 to {}", token_cap, kMaxWorkPs / kMaxRanks);
  }
  // As if a rank held any sequence: none is cut here.
  RADDLE_RETURN_IF_ERROR(check_lengths(costs, lengths, ranks, kMaxTokens));
  Dealer dealer(ranks, token_cap);
  std::vector<int32_t> owner(lengths.size());
  int64_t total = 0, longest = 0;
  for (const int32_t i : falling_order(lengths)) {
    const auto s = static_cast<size_t>(i);
    const int64_t work = costs.whole_ps(lengths[s]);
    owner[s] = dealer.deal(lengths[s], work);
    if (owner[s] < 0) {
      return resource_exhausted(
          "sample {} has {} tokens, and no rank of {} has room for more than {} of its cap of {}; "
          "raise "
          "the cap or take fewer samples",
          i + 1, lengths[s], ranks, dealer.most_room(), token_cap);
    }
    total += work;
    longest = std::max(longest, work);
  }
  BalancedBatch batch = listed_by_rank(owner, ranks);
  batch.most_work_ps = dealer.most_work();
  batch.lower_bound_ps = std::max(ceil_div(total, ranks), longest);
  batch.most_tokens = token_cap - dealer.least_room();
  batch.hash = hash_of(costs, batch, lengths, token_cap);
  return batch;
}

}  // namespace raddle::balance
