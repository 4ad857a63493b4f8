// SPDX-License-Identifier: Apache-2.0
// How the ranks of a sequence compute its attention together: in a ring, or by heads (Ulysses).
// Pure, so that all of them say the same.
#pragma once

#include <span>

#include "runtime/balance/cost_model.h"

namespace raddle::balance {

enum class AttentionBy : uint8_t { kCost, kRing, kHeads };

struct SharedAttention {
  AttentionBy by = AttentionBy::kCost;
  int64_t heads = 1, kv_heads = 1;
  friend bool operator==(const SharedAttention&, const SharedAttention&) = default;

  // Whether a sequence on these ranks, at least two, is computed by heads. Where their number does
  // not divide the heads, never.
  bool is_by_heads(const CostModel& costs, int64_t tokens, std::span<const int32_t> ranks) const;
};

}  // namespace raddle::balance
