// SPDX-License-Identifier: Apache-2.0
// Plans a step of hybrid data parallelism. Pure: the same costs, lengths, ranks and capacity give
// the same plan on every rank and machine; which of two sequences of the same length is where
// follows their order.
#pragma once

#include <span>

#include "runtime/balance/hybrid_plan.h"

namespace raddle::balance {

StatusOr<HybridPlan> plan_hybrid(const CostModel& costs, std::span<const int64_t> lengths,
                                 int64_t ranks, int64_t capacity);

}  // namespace raddle::balance
