// SPDX-License-Identifier: Apache-2.0
// Ways to place a step's sequences on ranks, as work that can be run.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/simulate/work.h"

namespace raddle::simulate {

// What is placed; checked before (balance::check_step).
struct Placing {
  const Profile* profile = nullptr;
  std::span<const int64_t> lengths;
  int64_t ranks = 0, capacity = 0;
  int64_t context = 0;  // the longest sequence of any step
};

// Groups of one size that hold the context. Sequences are packed into the micro-batches of
// such a group as they come; one that does not fit is cut and its rest opens the next.
// Micro-batches go to groups in turn. Attention as the profile has it.
Work static_mesh(const Placing& placing);

// ByteScale's Algorithm 1 without offload: a sequence of more than the capacity gets the fewest
// ranks that hold it, shorter ones are packed by best fit; cut sequences first and then packs are
// given the next ranks in turn, so ranks have the same tokens and not the same work. Rings.
Work naive_hybrid(const Placing& placing);

// The plan of balance::plan_hybrid.
StatusOr<Work> balanced_hybrid(const Placing& placing);

// The plan of balance::plan_groups, for costs with all-to-all. All ranks begin a micro-batch
// together.
StatusOr<Work> flexible_groups(const Placing& placing);

}  // namespace raddle::simulate
