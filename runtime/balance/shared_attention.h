// SPDX-License-Identifier: Apache-2.0
// How the ranks of a sequence compute its attention together: in a ring, or by heads (Ulysses).
// Pure, so that all of them say the same.
#pragma once

#include <span>

#include "runtime/balance/cost_model.h"

namespace raddle::balance {

// Whether each of so many ranks can have a share of the heads, and of their keys.
constexpr bool divides_heads(int64_t degree, int64_t heads, int64_t kv_heads) {
  return heads % degree == 0 && kv_heads % degree == 0;
}

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
