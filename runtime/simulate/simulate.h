// SPDX-License-Identifier: Apache-2.0
// A step on simulated ranks, once for each way to place its sequences. Computed, not measured; what
// it leaves out is a list that goes with every result.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/simulate/profile.h"

namespace raddle::simulate {

// Of all ranks.
struct Spread {
  double least_ps = 0, mean_ps = 0, most_ps = 0, deviation_ps = 0;
};

struct Outcome {
  std::string policy;
  int64_t step_ps = 0;  // the last rank's clock and the gradient sync
  int64_t gradient_ps = 0;
  Spread busy;  // computing and exposed transfers, by rank
  // Shares of all ranks' time up to the gradient sync; the rest is computing.
  double exposed_share = 0;         // transfers that hide behind nothing
  double waiting_share = 0;         // for other ranks, at the end too
  double transfer_bound_share = 0;  // attention whose hops take longer than its blocks
  int64_t micro_batches = 0;        // counted on each rank
  int64_t kv_bytes = 0;             // rings: of a layer's forward pass
  double speedup = 1;               // of the static mesh's step
};

// The static mesh first; it is made once, for sequences of `context` tokens. 0: the longest here.
StatusOr<std::vector<Outcome>> simulate(const Profile& profile, std::span<const int64_t> lengths,
                                        int64_t ranks, int64_t capacity, int64_t context);

// What no result says anything about.
std::span<const std::string_view> not_predicted();

}  // namespace raddle::simulate
