// SPDX-License-Identifier: Apache-2.0
// One micro-batch of plan_groups: which group sizes, and which sequence is in which group.
// Internal to runtime/balance.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "runtime/balance/group_plan.h"

namespace raddle::balance {

struct FlexItem {
  int32_t sequence = 0;
  int64_t tokens = 0, work_ps = 0;
};

// What is to be divided; items are the longest first.
struct Division {
  const CostModel* costs = nullptr;
  std::span<const FlexItem> items;
  int64_t ranks = 0, capacity = 0;
  GroupSizes sizes = GroupSizes::kPowersOfTwo;

  int64_t time_ps(int64_t work_ps, int64_t tokens, int64_t degree) const {
    return tokens == 0 ? 0 : group_time_ps(*costs, work_ps, tokens, degree);
  }
};

using Degrees = std::vector<int32_t>;  // of groups, largest first; their sum is the ranks

struct Divided {
  Degrees degrees;
  std::vector<int32_t> group_of;  // by item
  int64_t time_ps = 0;            // of the slowest group
};

// Each item, longest first, to the group that is then done first. Nothing: some item had no room.
std::optional<Divided> deal(const Division& division, const Degrees& degrees);
// Moves and exchanges items of the slowest group while that helps.
void improve(const Division& division, Divided* divided);

// Sizes to try. All that there are where they are few; else those that come out when groups are
// filled up to a limit of time, and equal ones.
std::vector<Degrees> candidate_degrees(const Division& division);
// Sizes that differ from these by one step: a group halved, two merged, ranks passed on.
std::vector<Degrees> neighbours(const Division& division, const Degrees& degrees);

}  // namespace raddle::balance
