// SPDX-License-Identifier: Apache-2.0
// The plan of one step of hybrid data parallelism (ByteScale): which rank computes which sequences,
// in which micro-batches. A sequence is whole on one rank or cut over a group of any number of
// ranks; ranks may have different numbers of micro-batches. The loss is weighted by tokens, so any
// plan of the same sequences has the same gradient.
//
// A group is a list of ranks and no communicator. Groups are listed in the order in which they
// run; each rank meets its groups in that order, so sends and receives cannot wait for each other
// in a ring.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/balance/cost_model.h"

namespace raddle::balance {

struct Group {
  int32_t sequence = 0;    // index into the step's lengths
  int32_t degree = 0;      // ranks, at least 2
  int64_t first_rank = 0;  // into group_ranks: part p is on group_ranks[first_rank + p]
  friend bool operator==(const Group&, const Group&) = default;
};

// What a micro-batch holds of a sequence: all of it (group -1), or part `part` of its group.
struct Piece {
  int32_t sequence = 0;
  int32_t group = -1;
  int32_t part = 0;
  friend bool operator==(const Piece&, const Piece&) = default;
};

struct HybridPlan {
  int64_t ranks = 0, capacity = 0;
  std::vector<Group> groups;
  std::vector<int32_t> group_ranks;
  std::vector<int32_t> rank_begin;         // ranks + 1, into micro-batches
  std::vector<int32_t> micro_batch_begin;  // micro-batches + 1, into pieces
  std::vector<Piece> pieces;

  int64_t makespan_ps = 0, lower_bound_ps = 0;
  int64_t kv_bytes = 0, static_kv_bytes = 0;
  uint64_t hash = 0;  // of all above but the last four, of the costs and the lengths

  int64_t micro_batches() const { return static_cast<int64_t>(micro_batch_begin.size()) - 1; }
  std::span<const int32_t> ranks_of(const Group& group) const {
    return std::span(group_ranks)
        .subspan(static_cast<size_t>(group.first_rank), static_cast<size_t>(group.degree));
  }
  std::span<const Piece> pieces_of(int64_t micro_batch) const {
    const auto i = static_cast<size_t>(micro_batch);
    const auto begin = static_cast<size_t>(micro_batch_begin[i]);
    return std::span(pieces).subspan(begin, static_cast<size_t>(micro_batch_begin[i + 1]) - begin);
  }
};

struct TokenRange {
  int64_t begin = 0, end = 0;
  int64_t count() const { return end - begin; }
  friend bool operator==(const TokenRange&, const TokenRange&) = default;
};

// The tokens of part `part` of `degree`: chunks part and 2 degree - 1 - part of the 2 degree that
// the sequence is cut into, so each part has its share of the tokens and of the causal mask's area.
// Parts differ by one token at most and none has more than tokens / degree, rounded up.
std::array<TokenRange, 2> part_tokens(int64_t tokens, int64_t degree, int64_t part);

// Bytes of keys and values that all ranks send in one layer's forward pass. In a ring of D each of
// D shards makes D - 1 hops: tokens (D - 1) kv_bytes_per_token. The backward pass sends them again
// and their gradients with them.
int64_t kv_bytes(const CostModel& costs, const HybridPlan& plan, std::span<const int64_t> lengths);
// The same on a mesh that is made once: groups of one size, the smallest divisor of `ranks` that
// holds the longest sequence, and every micro-batch is spread over its whole group, short sequences
// too.
int64_t static_degree(std::span<const int64_t> lengths, int64_t ranks, int64_t capacity);
int64_t static_kv_bytes(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
                        int64_t capacity);

uint64_t plan_hash(const CostModel& costs, const HybridPlan& plan,
                   std::span<const int64_t> lengths);

// When the last rank is done. A group's micro-batch begins when the last of its ranks gets there.
int64_t makespan_ps(const CostModel& costs, const HybridPlan& plan,
                    std::span<const int64_t> lengths);

// No plan is faster: the mean of the least work per rank, or the longest sequence on the number of
// ranks that suits it best, whichever is more. Uses the lengths alone.
int64_t lower_bound_ps(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
                       int64_t capacity);

// Every token placed once, no micro-batch over capacity, each rank's groups in their order.
Status verify_plan(const HybridPlan& plan, std::span<const int64_t> lengths);

}  // namespace raddle::balance
