// SPDX-License-Identifier: Apache-2.0
// Attention with a key/value cache. A prompt (many rows) runs as tiles; a few rows, as in decoding,
// read each key and value once and need no tile.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/cpu/attention/forward.h"
#include "kernels/ops/attention.h"
#include "runtime/device/cpu/worker_pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention/cached.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/attention/forward-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

// exp(scores - largest) in place; returns the sum.
float soften_scores(float* scores, int64_t count, float largest) {
  const FloatTag d;
  const FloatVec shift = hn::Set(d, largest);
  for (int64_t i = count; i < whole_vectors(count); ++i) scores[i] = -HUGE_VALF;
  FloatVec total = hn::Zero(d);
  for (int64_t i = 0; i < count; i += whole_vectors(1)) {
    const FloatVec p = exp_to_88(hn::Sub(hn::LoadU(d, scores + i), shift));
    hn::StoreU(p, d, scores + i);
    total = hn::Add(total, p);
  }
  return sum_lanes(total);
}

// One query over keys rows of k and v. `scores` has room for all keys and one vector more.
void attend_row(const float* q, const float* k, const float* v, int64_t keys, int64_t stride,
                int64_t head_dim, float scale, float* scores, float* out) {
  const FloatTag d;
  float largest = -HUGE_VALF;
  for (int64_t key = 0; key < keys; ++key) {
    const float* row = k + key * stride;
    const float dot = sum_vectors(head_dim, [&](int64_t i, auto at, FloatVec sum) HWY_ATTR {
      return hn::MulAdd(at.load(q + i), at.load(row + i), sum);
    });
    scores[key] = scale * dot;
    largest = HWY_MAX(largest, scores[key]);
  }
  const FloatVec over_total = hn::Set(d, 1.0f / soften_scores(scores, keys, largest));
  each_vector(head_dim, [&](int64_t i, auto at) HWY_ATTR {
    FloatVec even = hn::Zero(d), odd = hn::Zero(d);  // two chains: an addition takes four cycles
    int64_t key = 0;
    for (; key + 2 <= keys; key += 2) {
      even = hn::MulAdd(hn::Set(d, scores[key]), at.load(v + key * stride + i), even);
      odd = hn::MulAdd(hn::Set(d, scores[key + 1]), at.load(v + (key + 1) * stride + i), odd);
    }
    if (key < keys) even = hn::MulAdd(hn::Set(d, scores[key]), at.load(v + key * stride + i), even);
    at.store(hn::Mul(hn::Add(even, odd), over_total), out + i);
  });
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {
namespace {

HWY_EXPORT(attend_block);
HWY_EXPORT(attend_row);

constexpr int64_t kRowsForTiles = 8;

bool uses_tiles(const AttentionCachedArgs& a) { return a.rows >= kRowsForTiles; }

size_t worker_bytes(const AttentionCachedArgs& a) {
  if (uses_tiles(a)) return forward_tile_bytes(a.head_dim);
  return static_cast<size_t>(pad_to(a.capacity, kVectorFloats)) * sizeof(float);
}

void append(const AttentionCachedArgs& a, int64_t cached) {
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const int64_t kv_width = a.kv_heads * a.head_dim;
  for (int64_t row = 0; row < a.rows; ++row) {
    const float* k = a.qkv + row * width + a.heads * a.head_dim;
    std::copy_n(k, kv_width, a.k_cache + (cached + row) * kv_width);
    std::copy_n(k + kv_width, kv_width, a.v_cache + (cached + row) * kv_width);
  }
}

void attend_tile(const AttentionCachedArgs& a, int64_t cached, int64_t first_row, int64_t head,
                 std::byte* scratch) {
  const int64_t kv_at = head / (a.heads / a.kv_heads) * a.head_dim;
  AttendBlock t;
  t.q_stride = (a.heads + 2 * a.kv_heads) * a.head_dim;
  t.k_stride = t.v_stride = a.kv_heads * a.head_dim;
  t.q = a.qkv + first_row * t.q_stride + head * a.head_dim;
  t.k = a.k_cache + kv_at;
  t.v = a.v_cache + kv_at;
  t.queries = std::min(kTile, a.rows - first_row);
  t.keys = cached + a.rows;
  t.visible = cached + first_row;
  t.head_dim = a.head_dim;
  t.scale = a.scale;
  t.out_stride = a.heads * a.head_dim;
  t.out = a.out + first_row * t.out_stride + head * a.head_dim;
  t.lse = nullptr;
  t.lse_stride = 0;
  ScratchCursor cursor(scratch);
  HWY_DYNAMIC_DISPATCH(attend_block)(t, ForwardTile(cursor, a.head_dim));
}

void attend_single(const AttentionCachedArgs& a, int64_t cached, int64_t row, int64_t head,
                   std::byte* scratch) {
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const int64_t kv_at = head / (a.heads / a.kv_heads) * a.head_dim;
  HWY_DYNAMIC_DISPATCH(attend_row)
  (a.qkv + row * width + head * a.head_dim, a.k_cache + kv_at, a.v_cache + kv_at, cached + row + 1,
   a.kv_heads * a.head_dim, a.head_dim, a.scale, reinterpret_cast<float*>(scratch),
   a.out + (row * a.heads + head) * a.head_dim);
}

Status attention_cached(const AttentionCachedArgs& a, const Launch& launch) {
  const int64_t cached = a.cache_rows[0];
  append(a, cached);
  const size_t bytes = worker_bytes(a);
  const int64_t rows_per_task = uses_tiles(a) ? kTile : 1;
  const int64_t pieces = (a.rows + rows_per_task - 1) / rows_per_task;
  launch.stream.pool().run(pieces * a.heads, [&](int64_t task, int worker) {
    std::byte* scratch = launch.scratch.data() + static_cast<size_t>(worker) * bytes;
    const int64_t row = task % pieces * rows_per_task, head = task / pieces;
    if (uses_tiles(a)) {
      attend_tile(a, cached, row, head, scratch);
    } else {
      attend_single(a, cached, row, head, scratch);
    }
  });
  return {};
}

}  // namespace

constinit const Kernel<AttentionCachedArgs> kAttentionCachedCpu = {
    "attention_cached:cpu", accept_any<AttentionCachedArgs>,
    [](const AttentionCachedArgs& a, const DeviceCaps& caps) {
      return static_cast<size_t>(caps.threads) * worker_bytes(a);
    },
    attention_cached};

}  // namespace raddle::kernels
#endif  // HWY_ONCE
