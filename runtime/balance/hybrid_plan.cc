// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/hybrid_plan.h"

#include <algorithm>
#include <numeric>

#include "runtime/base/hash.h"

namespace raddle::balance {
namespace {

template <class T>
void add_all(StreamingHash* hash, std::span<const T> values) {
  const auto count = static_cast<int64_t>(values.size());
  hash->update(&count, sizeof(count));
  hash->update(values.data(), values.size_bytes());
}

// Walks each rank through its micro-batches up to its next group, and past it.
class Clocks {
 public:
  Clocks(const CostModel& costs, const HybridPlan& plan, std::span<const int64_t> lengths)
      : costs_(costs),
        plan_(plan),
        lengths_(lengths),
        next_(plan.rank_begin.begin(), plan.rank_begin.end() - 1),
        clock_(static_cast<size_t>(plan.ranks), 0) {}

  void run_group(int32_t index) {
    const Group& group = plan_.groups[static_cast<size_t>(index)];
    const auto ranks = plan_.ranks_of(group);
    int64_t start = 0;
    for (const int32_t rank : ranks) start = std::max(start, advance_to(rank, index));
    const int64_t time = costs_.split_ps(lengths_[static_cast<size_t>(group.sequence)],
                                         group.degree, costs_.link_of(ranks));
    for (const int32_t rank : ranks) {
      const auto r = static_cast<size_t>(rank);
      clock_[r] = start + time + own_ps(next_[r]++);
    }
  }

  int64_t finish() {
    int64_t last = 0;
    for (int32_t rank = 0; rank < plan_.ranks; ++rank) last = std::max(last, advance_to(rank, -1));
    return last;
  }

 private:
  // The time at which the rank has done what comes before its micro-batch with the group.
  int64_t advance_to(int32_t rank, int32_t group) {
    const auto r = static_cast<size_t>(rank);
    while (next_[r] < plan_.rank_begin[r + 1] && !holds_group(next_[r], group)) {
      clock_[r] += own_ps(next_[r]++);
    }
    return clock_[r];
  }
  bool holds_group(int32_t micro_batch, int32_t group) const {
    return group >= 0 && std::ranges::any_of(plan_.pieces_of(micro_batch),
                                             [&](const Piece& p) { return p.group == group; });
  }
  // What a micro-batch takes apart from parts of sequences that are cut.
  int64_t own_ps(int32_t micro_batch) const {
    int64_t time = costs_.micro_batch_ps;
    for (const Piece& piece : plan_.pieces_of(micro_batch)) {
      if (piece.group < 0) time += costs_.whole_ps(lengths_[static_cast<size_t>(piece.sequence)]);
    }
    return time;
  }

  const CostModel& costs_;
  const HybridPlan& plan_;
  std::span<const int64_t> lengths_;
  std::vector<int32_t> next_;
  std::vector<int64_t> clock_;
};

}  // namespace

std::array<TokenRange, 2> part_tokens(int64_t tokens, int64_t degree, int64_t part) {
  // The first `longer` parts have one token more. Of a part, the first chunk has the odd token.
  const int64_t share = tokens / degree, longer = tokens % degree;
  const auto first_chunks =
      [&](int64_t parts) {  // tokens in the first chunks of parts 0 .. parts - 1
        const int64_t with_more = std::min(parts, longer);
        return with_more * ((share + 2) / 2) + (parts - with_more) * ((share + 1) / 2);
      };
  const auto all_chunks = [&](int64_t parts) { return parts * share + std::min(parts, longer); };
  const auto second_end = [&](int64_t parts) {
    return tokens - (all_chunks(parts) - first_chunks(parts));
  };
  return {TokenRange{first_chunks(part), first_chunks(part + 1)},
          TokenRange{second_end(part + 1), second_end(part)}};
}

int64_t kv_bytes(const CostModel& costs, const HybridPlan& plan, std::span<const int64_t> lengths) {
  int64_t token_hops = 0;
  for (const Group& group : plan.groups) {
    token_hops += lengths[static_cast<size_t>(group.sequence)] * (group.degree - 1);
  }
  return token_hops * costs.kv_bytes_per_token;
}

int64_t static_degree(std::span<const int64_t> lengths, int64_t ranks, int64_t capacity) {
  int64_t degree = ceil_div(*std::ranges::max_element(lengths), capacity);
  while (ranks % degree != 0) ++degree;
  return degree;
}

int64_t static_kv_bytes(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
                        int64_t capacity) {
  const int64_t tokens = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  return tokens * (static_degree(lengths, ranks, capacity) - 1) * costs.kv_bytes_per_token;
}

uint64_t plan_hash(const CostModel& costs, const HybridPlan& plan,
                   std::span<const int64_t> lengths) {
  StreamingHash hash;
  const uint64_t of_costs = costs.hash();
  hash.update(&of_costs, sizeof(of_costs));
  hash.update(&plan.ranks, sizeof(plan.ranks));
  hash.update(&plan.capacity, sizeof(plan.capacity));
  add_all(&hash, lengths);
  add_all<Group>(&hash, plan.groups);
  add_all<int32_t>(&hash, plan.group_ranks);
  add_all<int32_t>(&hash, plan.rank_begin);
  add_all<int32_t>(&hash, plan.micro_batch_begin);
  add_all<Piece>(&hash, plan.pieces);
  return hash.digest();
}

int64_t makespan_ps(const CostModel& costs, const HybridPlan& plan,
                    std::span<const int64_t> lengths) {
  Clocks clocks(costs, plan, lengths);
  for (size_t i = 0; i < plan.groups.size(); ++i) clocks.run_group(static_cast<int32_t>(i));
  return clocks.finish();
}

}  // namespace raddle::balance
