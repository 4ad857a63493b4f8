// SPDX-License-Identifier: Apache-2.0
// What one micro-batch takes on each of its ranks: computing, and what transfers add to it.
#pragma once

#include <cstdint>
#include <span>

#include "runtime/simulate/profile.h"

namespace raddle::simulate {

struct ItemTime {
  int64_t compute_ps = 0;
  int64_t exposed_ps = 0;         // of transfers, what is not hidden behind computing
  int64_t transfer_bound_ps = 0;  // of both together: attention whose hops take longer than blocks
  int64_t total_ps() const { return compute_ps + exposed_ps; }
};

int64_t micro_batch_ps(const Profile& profile);  // what a micro-batch takes whatever is in it

// Sequences that are all cut over the same ranks, in one ring: blocks of all of them are computed
// while the keys and values of all pass on. The cost of a micro-batch is in it.
ItemTime ring_time(const Profile& profile, std::span<const int64_t> lengths, int64_t degree,
                   const balance::LinkClass& link);
// The same with heads exchanged for tokens, which hides behind nothing.
ItemTime all_to_all_time(const Profile& profile, std::span<const int64_t> lengths, int64_t degree);

}  // namespace raddle::simulate
