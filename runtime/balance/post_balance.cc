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

struct Batch {
  std::span<const int64_t> lengths;
  int64_t ranks = 0, token_cap = 0;
  std::vector<int32_t> order;  // longest first
  std::vector<int64_t> work;   // in this order
  int64_t total_work = 0;
};

// Each sample to the rank with the least load that has room. A rank without room for a sample is
// set aside until one comes that it has room for.
class Dealer {
 public:
  Dealer(int64_t ranks, int64_t token_cap)
      : work_(static_cast<size_t>(ranks), 0),
        load_(static_cast<size_t>(ranks), 0),
        room_(static_cast<size_t>(ranks), token_cap) {
    by_load_.reserve(static_cast<size_t>(ranks));
    for (int32_t rank = 0; rank < ranks; ++rank) by_load_.push({0, rank});
  }

  // The rank, or -1 if none has room.
  int32_t deal(int64_t tokens, int64_t work, int64_t load) {
    while (!aside_.empty() && -aside_.top().time >= tokens) {
      const int32_t rank = aside_.top().index;
      by_load_.push({load_[static_cast<size_t>(rank)], rank});
      aside_.pop();
    }
    while (!by_load_.empty()) {
      const int32_t rank = by_load_.top().index;
      const auto r = static_cast<size_t>(rank);
      if (room_[r] >= tokens) {
        room_[r] -= tokens;
        work_[r] += work;
        load_[r] += load;
        by_load_.replace_top(load_[r]);
        return rank;
      }
      aside_.push({-room_[r], rank});
      by_load_.pop();
    }
    return -1;
  }

  // From here on load is work.
  void load_by_work() {
    by_load_ = TimeHeap();
    aside_ = TimeHeap();
    load_ = work_;
    for (size_t r = 0; r < load_.size(); ++r) by_load_.push({load_[r], static_cast<int32_t>(r)});
  }

  int64_t most_work() const { return *std::ranges::max_element(work_); }
  int64_t least_room() const { return *std::ranges::min_element(room_); }
  int64_t most_room() const { return *std::ranges::max_element(room_); }

 private:
  std::vector<int64_t> work_, load_, room_;
  TimeHeap by_load_;
  TimeHeap aside_;  // most room first
};

// A dealt batch: the rank of each sample.
struct Deal {
  std::vector<int32_t> owner;
  int64_t most_work = -1;  // -1: a sample found no room
  int64_t most_tokens = 0;
  int32_t stuck = -1;  // that sample, and the most room that it found
  int64_t room = 0;
};

// Longest first. The first samples, up to `share` eighths of all work, are dealt by their work
// without `token_ps` for each token, the others by work.
Deal deal_all(const Batch& batch, int64_t token_ps, int64_t share) {
  Dealer dealer(batch.ranks, batch.token_cap);
  Deal deal;
  deal.owner.resize(batch.order.size());
  int64_t left = batch.total_work / 8 * share;
  bool by_work = false;
  for (size_t place = 0; place < batch.order.size(); ++place) {
    const auto s = static_cast<size_t>(batch.order[place]);
    const int64_t tokens = batch.lengths[s], work = batch.work[place];
    if (left <= 0 && !by_work) {
      by_work = true;
      dealer.load_by_work();
    }
    left -= work;
    deal.owner[s] = dealer.deal(tokens, work, by_work ? work : work - token_ps * tokens);
    if (deal.owner[s] >= 0) continue;
    deal.stuck = batch.order[place];
    deal.room = dealer.most_room();
    return deal;
  }
  deal.most_work = dealer.most_work();
  deal.most_tokens = batch.token_cap - dealer.least_room();
  return deal;
}

// By work alone first. That gives ranks with long samples few tokens and fills the others up to the
// cap, who then leave work to them. If long samples are dealt by the square of their length
// instead, and short ones level the work, tokens come out level too.
Deal best_deal(const Batch& batch, int64_t linear_ps, int64_t bound) {
  Deal best = deal_all(batch, 0, 0);
  for (const int64_t quarters : {4, 2}) {
    for (const int64_t share : {4, 6, 7}) {
      if (best.most_work >= 0 && best.most_work <= bound + bound / 512) return best;
      Deal other = deal_all(batch, linear_ps * quarters / 4, share);
      const bool better =
          other.most_work >= 0 && (best.most_work < 0 || other.most_work < best.most_work);
      if (better) best = std::move(other);
    }
  }
  return best;
}

// Whether the cap leaves room for all tokens if no rank works longer than `time`. Two samples that
// each take over half of it are on two ranks, and beside one there is time for so many tokens only.
bool may_fit(const Batch& batch, int64_t linear_ps, int64_t time) {
  int64_t left = std::accumulate(batch.lengths.begin(), batch.lengths.end(), int64_t{0});
  int64_t ranks = batch.ranks;
  for (size_t place = 0; place < batch.order.size() && batch.work[place] > time / 2; ++place) {
    if (ranks-- == 0) return false;
    const int64_t tokens = batch.lengths[static_cast<size_t>(batch.order[place])];
    const int64_t beside =
        linear_ps == 0 ? batch.token_cap : (time - batch.work[place]) / linear_ps;
    left -= std::min(batch.token_cap, tokens + beside);
  }
  return left <= ranks * batch.token_cap;
}

// The mean, the longest sample, or the time in which the cap has room for all, whichever is most.
int64_t lower_bound(const Batch& batch, int64_t linear_ps) {
  int64_t low = std::max(ceil_div(batch.total_work, batch.ranks), batch.work.front());
  if (may_fit(batch, linear_ps, low)) return low;
  int64_t high = batch.total_work;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (may_fit(batch, linear_ps, middle) ? high : low) = middle;
  }
  return high;
}

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
  Batch given = {lengths, ranks, token_cap, falling_order(lengths), {}, 0};
  given.work.reserve(lengths.size());
  for (const int32_t i : given.order) {
    given.work.push_back(costs.whole_ps(lengths[static_cast<size_t>(i)]));
    given.total_work += given.work.back();
  }
  const int64_t bound = lower_bound(given, costs.linear_ps_per_token);
  const Deal deal = best_deal(given, costs.linear_ps_per_token, bound);
  if (deal.most_work < 0) {
    return resource_exhausted(
        "sample {} has {} tokens, and no rank of {} has room for more than {} of its cap of {}; "
        "raise "
        "the cap or take fewer samples",
        deal.stuck + 1, lengths[static_cast<size_t>(deal.stuck)], ranks, deal.room, token_cap);
  }
  BalancedBatch batch = listed_by_rank(deal.owner, ranks);
  batch.most_work_ps = deal.most_work;
  batch.lower_bound_ps = bound;
  batch.most_tokens = deal.most_tokens;
  batch.hash = hash_of(costs, batch, lengths, token_cap);
  return batch;
}

}  // namespace raddle::balance
