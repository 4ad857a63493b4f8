// SPDX-License-Identifier: Apache-2.0
// Post-balancing (OrchMLLM): the samples of a batch that was drawn already are dealt to ranks anew,
// for each phase by that phase's lengths and costs. Legal because the gradient is a sum over all
// ranks. No sample is cut; what a rank may hold is capped in tokens, as work is not in proportion
// to them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/balance/cost_model.h"

namespace raddle::balance {

struct BalancedBatch {
  std::vector<int32_t> rank_begin;  // ranks + 1, into samples
  std::vector<int32_t> samples;     // indices into the lengths, in rising order on each rank
  int64_t most_work_ps = 0;         // of a rank
  // The mean, the longest sample, or what the cap makes of long samples: ranks with one have time
  // for few tokens, and the others have no room for the rest.
  int64_t lower_bound_ps = 0;
  int64_t most_tokens = 0;
  uint64_t hash = 0;

  std::span<const int32_t> samples_of(int64_t rank) const {
    const auto r = static_cast<size_t>(rank);
    const auto begin = static_cast<size_t>(rank_begin[r]);
    return std::span(samples).subspan(begin, static_cast<size_t>(rank_begin[r + 1]) - begin);
  }
};

// Pure, like plan_hybrid(). RESOURCE_EXHAUSTED: the samples were not made to fit under the cap.
StatusOr<BalancedBatch> post_balance(const CostModel& costs, std::span<const int64_t> lengths,
                                     int64_t ranks, int64_t token_cap);

}  // namespace raddle::balance
