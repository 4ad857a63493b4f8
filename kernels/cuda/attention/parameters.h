// SPDX-License-Identifier: Apache-2.0
// Parameters of the attention kernels, shared by host and device.
#pragma once

#include <cstddef>
#include <cstdint>

namespace raddle::cuda {

// A block holds `rows` rows of one side in shared memory and walks over the other side in tiles of
// `steps` rows, `columns` columns of the head dimension at a time: a longer one is done in chunks.
struct TileShape {
  int rows, steps, columns;
  constexpr int threads() const { return rows / 4 * 16; }
  // Rows are four floats longer than they need be: neighbours then lie in other banks.
  constexpr int stride() const { return columns + 4; }
  constexpr int score_stride() const { return steps + 4; }
  constexpr size_t score_floats() const {
    return static_cast<size_t>(rows) * static_cast<size_t>(score_stride());
  }
  constexpr size_t row_floats() const {
    return static_cast<size_t>(rows) * static_cast<size_t>(stride());
  }
  constexpr size_t step_floats() const {
    return static_cast<size_t>(steps) * static_cast<size_t>(stride());
  }
  constexpr size_t range_bytes() const { return 2 * sizeof(int) * static_cast<size_t>(rows); }
  // Forward: q, then k and v in turns, the probabilities. Backward: two of each side, then one tile
  // for probabilities and gradients of scores in turns.
  constexpr size_t forward_bytes() const {
    return sizeof(float) * (row_floats() + step_floats() + score_floats()) + range_bytes();
  }
  constexpr size_t backward_bytes() const {
    return sizeof(float) * (2 * row_floats() + 2 * step_floats() + score_floats()) + range_bytes();
  }
};

// For head dimensions up to `columns`, the last one for all others as well. No block may want more
// than 99 KiB of shared memory: that is what compute capability 8.6, 8.9 and 12.0 have.
constexpr TileShape kForward64 = {64, 64, 64}, kForward80 = {64, 64, 80}, kForward96 = {64, 64, 96},
                    kForward128 = {64, 64, 128};
constexpr TileShape kBackward64 = {64, 64, 64}, kBackward80 = {64, 32, 80},
                    kBackward96 = {64, 32, 96}, kBackward128 = {32, 32, 128};

// Queries against packed rows, or against a cache (cache_rows is not null): then query i sees the
// first cache_rows[0] + i + 1 keys.
template <class T>
struct AttentionParametersOf {
  const T *q, *k, *v;
  const int32_t* cu_seqlens;
  const int32_t* cache_rows;
  T* out;      // (rows, heads head_dim)
  float* lse;  // (rows, heads), or null
  int64_t q_stride, kv_stride;
  int rows, heads, group, head_dim, chunks, tiles;  // group: query heads of a key head
  float scale2;                                     // for powers of two
  bool causal;
  bool vectors;  // rows of all matrices begin on 16 bytes
};

template <class T>
struct AttentionGradParametersOf {
  const T *q, *k, *v, *dout, *out;
  const float* lse;
  const int32_t* cu_seqlens;
  T *dq, *dk, *dv;
  float* delta;    // (heads, rows) scratch: sum of dout times out
  float* lse2;     // (heads, rows) scratch: lse for powers of two
  int64_t stride;  // of q, k, v and their gradients
  int rows, heads, group, head_dim, chunks, tiles;
  float scale, scale2;
  bool causal, vectors;
};

using AttentionParameters = AttentionParametersOf<float>;
using AttentionGradParameters = AttentionGradParametersOf<float>;

// The same for BF16 and matrix instructions: a warp holds sixteen rows. Tiles of the other side
// come in `stages`, so that the next one can be on its way. A block makes `out_columns` of the
// result.
struct WarpShape {
  int rows, steps, columns, stages, out_columns;
  constexpr int threads() const { return rows / 16 * 32; }
  // Eight longer than it need be: rows that are loaded together then lie in other banks.
  constexpr int stride() const { return columns + 8; }
  constexpr size_t row_bytes() const { return 2 * static_cast<size_t>(rows * stride()); }
  constexpr size_t step_bytes() const { return 2 * static_cast<size_t>(stages * steps * stride()); }
  constexpr size_t range_bytes() const { return 2 * sizeof(int) * static_cast<size_t>(rows); }
  constexpr size_t forward_bytes() const { return row_bytes() + 2 * step_bytes() + range_bytes(); }
  // With the log-sum-exp and delta of each step.
  constexpr size_t backward_bytes() const {
    return 2 * row_bytes() + 2 * step_bytes() + range_bytes() +
           2 * sizeof(float) * static_cast<size_t>(stages * steps);
  }
};

constexpr WarpShape kForwardBf64 = {64, 64, 64, 2, 64}, kForwardBf80 = {64, 64, 80, 2, 80},
                    kForwardBf96 = {64, 64, 96, 2, 96}, kForwardBf128 = {64, 64, 128, 2, 128},
                    kForwardBf256 = {64, 32, 256, 1, 256};
constexpr WarpShape kKeysBf64 = {64, 64, 64, 2, 64}, kKeysBf80 = {64, 32, 80, 2, 80},
                    kKeysBf96 = {64, 32, 96, 2, 96}, kKeysBf128 = {64, 32, 128, 2, 128},
                    kKeysBf256 = {64, 16, 256, 1, 128};
constexpr WarpShape kQueriesBf64 = {64, 64, 64, 2, 64}, kQueriesBf80 = {64, 64, 80, 2, 80},
                    kQueriesBf96 = {64, 32, 96, 2, 96}, kQueriesBf128 = {64, 32, 128, 2, 128},
                    kQueriesBf256 = {64, 16, 256, 1, 256};

constexpr int kDeltaThreads = 256;  // a warp a row and head

// Decoding. A block does one split of the keys for one row and up to kSplitHeads query heads of one
// key head, so that these read the cache once.
constexpr int kSplitKeys = 256, kSplitHeads = 4, kSplitThreads = 128;

template <class T>
struct AppendParametersOf {
  const T* qkv;
  const int32_t* cache_rows;
  T *k_cache, *v_cache;
  int64_t rows, stride, q_width, kv_width;
};
constexpr int kAppendThreads = 256;

template <class T>
struct DecodeParametersOf {
  const T *q, *k, *v;
  const int32_t* cache_rows;
  T* out;
  // Of each row, head and split: (head_dim) output with its own largest score, not yet divided;
  // then the largest score and the sum.
  float *partial, *largest, *total;
  int64_t q_stride, kv_stride;
  int rows, heads, kv_heads, group, parts, head_dim, splits;  // parts: of a group
  float scale2;
};

}  // namespace raddle::cuda
