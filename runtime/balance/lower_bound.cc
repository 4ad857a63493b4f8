// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "runtime/balance/hybrid_plan.h"

namespace raddle::balance {
namespace {

__extension__ using Int128 = __int128;

// The least work of a sequence on all its ranks together, in any plan. The fewest ranks that hold
// it do the least: the blocks' area is the same on any number, and with each rank more keys and
// values are sent. Rounded down where the cost model rounds up, so that this holds to the last
// picosecond.
int64_t least_work_ps(const CostModel& costs, int64_t tokens, int64_t capacity) {
  const int64_t degree = ceil_div(tokens, capacity);
  const Int128 area = static_cast<Int128>(tokens) * tokens * costs.attention_fs_per_token2 / 1000;
  const Int128 linear = static_cast<Int128>(costs.linear_ps_per_token) * tokens;
  if (degree == 1) return static_cast<int64_t>(area + linear);
  const LinkClass& link = costs.best_link(degree);
  const Int128 block = area / (static_cast<Int128>(degree) * degree);
  const Int128 hop = static_cast<Int128>(link.ps_per_token) * (tokens / degree) +
                     static_cast<Int128>(link.latency_ps);
  return static_cast<int64_t>(degree * (block + (degree - 1) * std::max(block, hop)) + linear);
}

}  // namespace

int64_t lower_bound_ps(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
                       int64_t capacity) {
  int64_t work = 0, tokens = 0, longest = 0;
  for (const int64_t length : lengths) {
    work += least_work_ps(costs, length, capacity);
    tokens += length;
    longest = std::max(longest, length);
  }
  work += ceil_div(tokens, capacity) * costs.micro_batch_ps;
  // A shorter sequence is faster on any number of ranks, and may have fewer.
  int64_t fastest = kMaxWorkPs;
  for (int64_t degree = ceil_div(longest, capacity); degree <= ranks; ++degree) {
    fastest = std::min(fastest, costs.split_ps(longest, degree, costs.best_link(degree)));
  }
  return std::max(ceil_div(work, ranks), fastest + costs.micro_batch_ps);
}

}  // namespace raddle::balance
