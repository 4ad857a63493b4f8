// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/shared_attention.h"

namespace raddle::balance {

bool SharedAttention::is_by_heads(const CostModel& costs, int64_t tokens,
                                  std::span<const int32_t> ranks) const {
  const auto degree = static_cast<int64_t>(ranks.size());
  if (by == AttentionBy::kRing || !divides_heads(degree, heads, kv_heads)) return false;
  if (by == AttentionBy::kHeads) return true;
  const LinkClass& link = costs.link_of(ranks);
  return costs.exchanged_ps(tokens, degree, heads / kv_heads, link) <
         costs.split_ps(tokens, degree, link);
}

}  // namespace raddle::balance
