// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/cpu/attention/forward.h"
#include "kernels/ops/attention.h"
#include "runtime/device/cpu/worker_pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention/forward.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/attention/forward-inl.h"

#if HWY_ONCE
namespace raddle::kernels {
namespace {

HWY_EXPORT(attend_block);

size_t scratch_bytes(const AttentionArgs& a, const DeviceCaps& caps) {
  ScratchCursor cursor(nullptr);
  cursor.take<Block>(a.rows);
  return cursor.bytes() + static_cast<size_t>(caps.threads) * forward_tile_bytes(a.head_dim);
}

AttendBlock block_of_head(const AttentionArgs& a, const Block& block, int64_t head) {
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const int64_t kv_head = head / (a.heads / a.kv_heads);
  const int64_t keys = block.sequence_end - block.sequence_begin;
  const float* k = a.qkv + block.sequence_begin * width + (a.heads + kv_head) * a.head_dim;
  AttendBlock t;
  t.q = a.qkv + block.begin * width + head * a.head_dim;
  t.k = k;
  t.v = k + a.kv_heads * a.head_dim;
  t.q_stride = t.k_stride = t.v_stride = width;
  t.queries = block.end - block.begin;
  t.keys = keys;
  t.visible = a.causal ? block.begin - block.sequence_begin : keys;
  t.head_dim = a.head_dim;
  t.scale = a.scale;
  t.out = a.out + (block.begin * a.heads + head) * a.head_dim;
  t.out_stride = a.heads * a.head_dim;
  t.lse = a.lse + block.begin * a.heads + head;
  t.lse_stride = a.heads;
  return t;
}

// One task is a block of queries of one head. Tasks of a head follow each other, so that its keys
// and values stay in cache, the longest first.
Status attention(const AttentionArgs& a, const Launch& launch) {
  ScratchCursor cursor(launch.scratch.data());
  Block* blocks = cursor.take<Block>(a.rows);
  const int64_t block_count = cut_into_blocks(a.cu_seqlens, a.rows, blocks);
  std::byte* tiles = launch.scratch.data() + cursor.bytes();
  const size_t tile_bytes = forward_tile_bytes(a.head_dim);
  launch.stream.pool().run(block_count * a.heads, [&](int64_t task, int worker) {
    const Block& block = blocks[block_count - 1 - task % block_count];
    ScratchCursor mine(tiles + static_cast<size_t>(worker) * tile_bytes);
    const ForwardTile tile(mine, a.head_dim);
    HWY_DYNAMIC_DISPATCH(attend_block)(block_of_head(a, block, task / block_count), tile);
  });
  const int64_t valid = a.cu_seqlens[a.rows];
  std::fill_n(a.out + valid * a.heads * a.head_dim, (a.rows - valid) * a.heads * a.head_dim, 0.0f);
  std::fill_n(a.lse + valid * a.heads, (a.rows - valid) * a.heads, 0.0f);
  return {};
}

}  // namespace

constinit const Kernel<AttentionArgs> kAttentionCpu = {"attention:cpu", accept_any<AttentionArgs>,
                                                       scratch_bytes, attention};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
