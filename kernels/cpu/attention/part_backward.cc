// SPDX-License-Identifier: Apache-2.0
// Gradients of one run of queries and one run of keys. Tasks are as in the whole of attention
// (backward.cc): a chunk of key blocks for one key/value head, whose blocks run in order. The first
// chunk writes dq, each other one a partial, and the partials are added in order at the end.
#include <algorithm>

#include "kernels/cpu/attention/backward.h"
#include "kernels/ops/attention_part.h"
#include "runtime/device/cpu/worker_pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention/part_backward.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/attention/backward-inl.h"

#if HWY_ONCE
namespace raddle::kernels {
namespace {

HWY_EXPORT(output_dots);
HWY_EXPORT(key_block_gradient);
HWY_EXPORT(add_rows);

constexpr int64_t kRowsPerTask = 32;

int64_t chunks_of(const AttentionPartGradArgs& a) {
  return key_chunks(a.pair.keys, a.pair.kv_heads);
}
int64_t q_width(const AttentionPartGradArgs& a) { return a.pair.heads * a.pair.head_dim; }

struct Scratch {
  float* partials;  // (chunks - 1, queries, heads head_dim)
  size_t shared_bytes;
  Scratch(std::byte* base, const AttentionPartGradArgs& a) {
    ScratchCursor cursor(base);
    partials = cursor.take<float>((chunks_of(a) - 1) * a.pair.queries * q_width(a));
    shared_bytes = cursor.bytes();
  }
  float* partial(const AttentionPartGradArgs& a, int64_t chunk) const {
    return partials + (chunk - 1) * a.pair.queries * q_width(a);
  }
};

size_t scratch_bytes(const AttentionPartGradArgs& a, const DeviceCaps& caps) {
  return Scratch(nullptr, a).shared_bytes +
         static_cast<size_t>(caps.threads) * backward_tile_bytes(a.pair.head_dim);
}

// Query i sees keys up to this + i.
int64_t visible(const AttentionPairOf<float>& pair) {
  return pair.causal ? pair.first_query - pair.first_key : kSeesAll;
}

void run_chunk(const AttentionPartGradArgs& a, const Scratch& s, int64_t chunk, int64_t kv_head,
               const BackwardTile& tile) {
  const AttentionPairOf<float>& pair = a.pair;
  const int64_t group = pair.heads / pair.kv_heads, kv_at = kv_head * pair.head_dim;
  GradientBlock t;
  t.q = pair.q;
  t.k = pair.k + kv_at;
  t.v = pair.v + kv_at;
  t.dout = a.dout;
  t.lse = a.lse;
  t.dots = a.dots;
  t.dq = chunk == 0 ? a.dq : s.partial(a, chunk);
  t.dk = a.dk + kv_at;
  t.dv = a.dv + kv_at;
  t.q_stride = pair.q_stride;
  t.kv_stride = pair.kv_stride;
  t.dq_stride = chunk == 0 ? a.dq_stride : q_width(a);
  t.dkv_stride = a.dkv_stride;
  t.heads = pair.heads;
  t.head_dim = pair.head_dim;
  t.head_begin = kv_head * group;
  t.head_end = (kv_head + 1) * group;
  t.query_begin = pair.blind();
  t.query_end = pair.queries;
  t.visible = visible(pair);
  t.scale = pair.scale;
  t.first = chunk > 0 || !a.add_dq;
  t.add_dkv = a.add_dkv;
  for (int64_t begin = chunk * kTile; begin < pair.keys; begin += chunks_of(a) * kTile) {
    t.key_begin = begin;
    t.key_end = std::min(begin + kTile, pair.keys);
    HWY_DYNAMIC_DISPATCH(key_block_gradient)(t, tile);
    t.first = false;
  }
}

// dq of queries [begin, end): adds the partials. Chunk c wrote the queries that see its first key.
void add_partials(const AttentionPartGradArgs& a, const Scratch& s, int64_t begin, int64_t end) {
  const int64_t width = q_width(a);
  for (int64_t chunk = 1; chunk < chunks_of(a); ++chunk) {
    const int64_t from = std::max(begin, chunk * kTile - visible(a.pair));
    if (from >= end) continue;
    HWY_DYNAMIC_DISPATCH(add_rows)
    (s.partial(a, chunk) + from * width, width, end - from, width, true, a.dq + from * a.dq_stride,
     a.dq_stride);
  }
}

Status attention_part_grad(const AttentionPartGradArgs& a, const Launch& launch) {
  const AttentionPairOf<float>& pair = a.pair;
  device::WorkerPool& pool = launch.stream.pool();
  const Scratch s(launch.scratch.data(), a);
  std::byte* tiles = launch.scratch.data() + s.shared_bytes;
  pool.run(chunks_of(a) * pair.kv_heads, [&](int64_t task, int worker) {
    ScratchCursor mine(tiles + static_cast<size_t>(worker) * backward_tile_bytes(pair.head_dim));
    const BackwardTile tile(mine, pair.head_dim);
    run_chunk(a, s, task / pair.kv_heads, task % pair.kv_heads, tile);
  });
  if (chunks_of(a) > 1) {
    pool.run_chunks(pair.queries, kRowsPerTask,
                    [&](int64_t begin, int64_t end, int) { add_partials(a, s, begin, end); });
  }
  for (int64_t query = 0; query < pair.blind() && !a.add_dq; ++query) {
    std::fill_n(a.dq + query * a.dq_stride, q_width(a), 0.0f);
  }
  return {};
}

Status attention_dots(const AttentionDotsArgs& a, const Launch& launch) {
  launch.stream.pool().run_chunks(a.rows, kRowsPerTask, [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(output_dots)(a.dout, a.out, a.heads, a.head_dim, begin, end, a.dots);
  });
  return {};
}

}  // namespace

constinit const Kernel<AttentionDotsArgs> kAttentionDotsCpu = {
    "attention_dots:cpu", accept_any<AttentionDotsArgs>, no_scratch<AttentionDotsArgs>,
    attention_dots};
constinit const Kernel<AttentionPartGradArgs> kAttentionPartGradCpu = {
    "attention_part_grad:cpu", accept_any<AttentionPartGradArgs>, scratch_bytes,
    attention_part_grad};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
