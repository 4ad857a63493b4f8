// SPDX-License-Identifier: Apache-2.0
// The queries of one run of rows over the keys of another: the tiles of forward-inl.h, which go on
// from the result over earlier keys.
#include <algorithm>
#include <limits>

#include "kernels/cpu/attention/forward.h"
#include "kernels/ops/attention_part.h"
#include "runtime/device/cpu/worker_pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention/part_forward.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/attention/forward-inl.h"

#if HWY_ONCE
namespace raddle::kernels {
namespace {

HWY_EXPORT(attend_block);

size_t scratch_bytes(const AttentionPartArgs& a, const DeviceCaps& caps) {
  return static_cast<size_t>(caps.threads) * forward_tile_bytes(a.pair.head_dim);
}

// Queries [first, first + kTile) of one head, of those that see a key.
AttendBlock block_of_head(const AttentionPartArgs& a, int64_t first, int64_t head) {
  const AttentionPairOf<float>& pair = a.pair;
  const int64_t kv_at = head / (pair.heads / pair.kv_heads) * pair.head_dim;
  AttendBlock t;
  t.q = pair.q + first * pair.q_stride + head * pair.head_dim;
  t.k = pair.k + kv_at;
  t.v = pair.v + kv_at;
  t.q_stride = pair.q_stride;
  t.k_stride = t.v_stride = pair.kv_stride;
  t.queries = std::min(kTile, pair.queries - first);
  t.keys = pair.keys;
  t.visible = pair.visible(first) - 1;
  t.head_dim = pair.head_dim;
  t.scale = pair.scale;
  t.out_stride = pair.heads * pair.head_dim;
  t.out = a.out + first * t.out_stride + head * pair.head_dim;
  t.lse = a.lse + first * pair.heads + head;
  t.lse_stride = pair.heads;
  t.merge = a.merge;
  return t;
}

// One task is a block of queries of one head, as in the whole of attention: the order of tasks is
// for the cache, and the longest come first.
Status attention_part(const AttentionPartArgs& a, const Launch& launch) {
  const AttentionPairOf<float>& pair = a.pair;
  const int64_t blind = pair.blind();
  const int64_t blocks = (pair.queries - blind + kTile - 1) / kTile;
  const size_t tile_bytes = forward_tile_bytes(pair.head_dim);
  launch.stream.pool().run(blocks * pair.heads, [&](int64_t task, int worker) {
    const int64_t first = blind + (blocks - 1 - task % blocks) * kTile;
    ScratchCursor mine(launch.scratch.data() + static_cast<size_t>(worker) * tile_bytes);
    const ForwardTile tile(mine, pair.head_dim);
    HWY_DYNAMIC_DISPATCH(attend_block)(block_of_head(a, first, task / blocks), tile);
  });
  if (a.merge) return {};
  std::fill_n(a.out, blind * pair.heads * pair.head_dim, 0.0f);
  std::fill_n(a.lse, blind * pair.heads, -std::numeric_limits<float>::infinity());
  return {};
}

}  // namespace

constinit const Kernel<AttentionPartArgs> kAttentionPartCpu = {
    "attention_part:cpu", accept_any<AttentionPartArgs>, scratch_bytes, attention_part};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
