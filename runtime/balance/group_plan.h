// SPDX-License-Identifier: Apache-2.0
// Plans of one step in groups of different sizes (FlexSP): every micro-batch divides the ranks into
// groups, and each group computes its sequences together, exchanging heads for tokens.
// Micro-batches follow each other; a micro-batch takes what its slowest group takes.
//
// Pure: the same costs, lengths, ranks, capacity and sizes give the same plan everywhere.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/balance/cost_model.h"

namespace raddle::balance {

enum class GroupSizes { kPowersOfTwo, kAny };

// Ranks [first_rank, first_rank + degree) of a micro-batch; sequences[first, first + count).
struct FlexGroup {
  int32_t micro_batch = 0, first_rank = 0, degree = 0;
  int32_t first = 0, count = 0;
  int64_t time_ps = 0;
  friend bool operator==(const FlexGroup&, const FlexGroup&) = default;
};

struct GroupPlan {
  int64_t ranks = 0, capacity = 0, micro_batches = 0;
  std::vector<FlexGroup> groups;   // by micro-batch, larger first
  std::vector<int32_t> sequences;  // indices into the lengths
  int64_t time_ps = 0;             // of all micro-batches
  int64_t equal_groups_ps = 0;     // of the best plan whose groups all have one size
  uint64_t hash = 0;
};

// What a group of so many ranks takes for sequences of so many tokens whose whole_ps() add up to
// this.
int64_t group_time_ps(const CostModel& costs, int64_t work_ps, int64_t tokens, int64_t degree);

// The costs have `all_to_all`.
StatusOr<GroupPlan> plan_groups(const CostModel& costs, std::span<const int64_t> lengths,
                                int64_t ranks, int64_t capacity, GroupSizes sizes);

// Every sequence once, no group over its ranks' capacity, no two groups on one rank.
Status verify_groups(const GroupPlan& plan, std::span<const int64_t> lengths);

}  // namespace raddle::balance
