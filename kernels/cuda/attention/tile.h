// SPDX-License-Identifier: Apache-2.0
// Tiles in shared memory and the two products that the attention kernels are made of. Sixteen
// neighbours hold four rows of each result in registers (ranges.h has their columns).
#pragma once

#include "kernels/cuda/language.h"  // ahead of ranges.h, which is written in it

#include "kernels/cuda/attention/parameters.h"
#include "kernels/cuda/attention/ranges.h"
#include "kernels/cuda/bf16_convert.h"

namespace raddle::cuda {

constexpr int kRowsOfThread = 4;
constexpr float kLog2E = 1.4426950408889634f, kLn2 = 0.6931471805599453f;
constexpr float kLowest = -3.402823466e38f;  // finite: its difference to itself is 0

RADDLE_CUDA_DEVICE float to_float(float value) { return value; }
RADDLE_CUDA_DEVICE void from_float(float value, float* target) { *target = value; }
RADDLE_CUDA_DEVICE float4 load_four(const float* at) {
  return *reinterpret_cast<const float4*>(at);
}
RADDLE_CUDA_DEVICE float2 load_two(const float* at) { return *reinterpret_cast<const float2*>(at); }
RADDLE_CUDA_DEVICE void store_four(float4 value, float* at) {
  *reinterpret_cast<float4*>(at) = value;
}

RADDLE_CUDA_DEVICE void from_float(float value, Bf16* target) { target->bits = raddle_bf16(value); }
RADDLE_CUDA_DEVICE void store_four(float4 value, Bf16* at) {
  uint2 pairs;
  pairs.x = raddle_bf16_pair(value.x, value.y);
  pairs.y = raddle_bf16_pair(value.z, value.w);
  *reinterpret_cast<uint2*>(at) = pairs;
}
RADDLE_CUDA_DEVICE float4 load_four(const Bf16* at) {
  struct alignas(8) Four {
    Bf16 of[4];
  };
  const Four four = *reinterpret_cast<const Four*>(at);
  return make_float4(to_float(four.of[0]), to_float(four.of[1]), to_float(four.of[2]),
                     to_float(four.of[3]));
}

// Over the sixteen neighbours.
RADDLE_CUDA_DEVICE float neighbours_sum(float value) {
  for (int distance = kNeighbours / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kAllLanes, value, distance);
  }
  return value;
}
RADDLE_CUDA_DEVICE float neighbours_max(float value) {
  for (int distance = kNeighbours / 2; distance > 0; distance /= 2) {
    value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, distance));
  }
  return value;
}

// A matrix in device memory, from the first element of a head; rows outside `range` and columns
// from `columns` on count as zero and are not read.
template <class T>
struct Source {
  const T* data;
  int64_t stride;
  RowRange range;
  int columns;
  bool vectors;
};

template <class T>
RADDLE_CUDA_DEVICE float4 four_of_row(const Source<T>& from, int row, int column) {
  float4 value = make_float4(0, 0, 0, 0);
  if (!contains(from.range, row) || column >= from.columns) return value;
  const T* at = from.data + row * from.stride + column;
  if (from.vectors) return load_four(at);
  const int left = from.columns - column;
  value.x = to_float(at[0]);
  if (left > 1) value.y = to_float(at[1]);
  if (left > 2) value.z = to_float(at[2]);
  if (left > 3) value.w = to_float(at[3]);
  return value;
}

// `kRows` rows from `first_row`, and the columns of a chunk.
template <int kRows, int kColumns, int kThreads, class T>
RADDLE_CUDA_DEVICE void load_tile(const Source<T>& from, int first_row, int first_column,
                                  float* tile) {
  constexpr int kFours = kColumns / 4, kAll = kRows * kFours;
  constexpr int kRounds = (kAll + kThreads - 1) / kThreads;
  const int thread = static_cast<int>(threadIdx.x);
  RADDLE_CUDA_UNROLL(2)
  for (int round = 0; round < kRounds; ++round) {
    const int index = thread + round * kThreads;
    if (kAll % kThreads != 0 && index >= kAll) break;
    const int row = index / kFours, column = index % kFours * 4;
    store_four(four_of_row(from, first_row + row, first_column + column),
               tile + row * (kColumns + 4) + column);
  }
}

// scores[i][j] += row i of a times row score_column(j) of b. `a` is at the thread's first row, `b`
// at the row of its own number.
template <int kScores, int kColumns>
RADDLE_CUDA_DEVICE void add_scores(const float* a, const float* b,
                                   float (&scores)[kRowsOfThread][kScores]) {
  constexpr int kStride = kColumns + 4;
  RADDLE_CUDA_UNROLL(1)
  for (int c = 0; c < kColumns; c += 4) {
    float4 x[kRowsOfThread];
    RADDLE_CUDA_UNROLL(4)
    for (int i = 0; i < kRowsOfThread; ++i) x[i] = load_four(a + i * kStride + c);
    RADDLE_CUDA_UNROLL(4)
    for (int j = 0; j < kScores; ++j) {
      const float4 y = load_four(b + score_column(0, j) * kStride + c);
      RADDLE_CUDA_UNROLL(4)
      for (int i = 0; i < kRowsOfThread; ++i) {
        scores[i][j] += x[i].x * y.x;
        scores[i][j] += x[i].y * y.y;
        scores[i][j] += x[i].z * y.z;
        scores[i][j] += x[i].w * y.w;
      }
    }
  }
}

// The elements of output_column(thread, ...) of one row of a tile.
template <int kColumns>
RADDLE_CUDA_DEVICE void load_columns(const float* row, int thread, float (&to)[kColumns / 16]) {
  constexpr int kWhole = kColumns / 64 * 4;
  RADDLE_CUDA_UNROLL(4)
  for (int e = 0; e < kWhole; e += 4) {
    const float4 four = load_four(row + output_column(kColumns, thread, e));
    to[e] = four.x;
    to[e + 1] = four.y;
    to[e + 2] = four.z;
    to[e + 3] = four.w;
  }
  if constexpr (kColumns % 64 >= 32) {
    const float2 two = load_two(row + output_column(kColumns, thread, kWhole));
    to[kWhole] = two.x;
    to[kWhole + 1] = two.y;
  }
  if constexpr (kColumns % 32 == 16) {
    constexpr int kLast = kColumns / 16 - 1;
    to[kLast] = row[output_column(kColumns, thread, kLast)];
  }
}

// sums[i] += row i of `weights` (kSteps long) times the tile of kSteps rows.
template <int kSteps, int kColumns>
RADDLE_CUDA_DEVICE void add_products(const float* weights, const float* tile, int thread,
                                     float (&sums)[kRowsOfThread][kColumns / 16]) {
  constexpr int kElements = kColumns / 16;
  for (int step = 0; step < kSteps; step += 4) {
    float w[kRowsOfThread][4];
    RADDLE_CUDA_UNROLL(4)
    for (int i = 0; i < kRowsOfThread; ++i) {
      const float4 four = load_four(weights + i * (kSteps + 4) + step);
      w[i][0] = four.x;
      w[i][1] = four.y;
      w[i][2] = four.z;
      w[i][3] = four.w;
    }
    RADDLE_CUDA_UNROLL(4)
    for (int k = 0; k < 4; ++k) {
      float x[kElements];
      load_columns<kColumns>(tile + (step + k) * (kColumns + 4), thread, x);
      RADDLE_CUDA_UNROLL(4)
      for (int i = 0; i < kRowsOfThread; ++i) {
        RADDLE_CUDA_UNROLL(16)
        for (int e = 0; e < kElements; ++e) sums[i][e] += w[i][k] * x[e];
      }
    }
  }
}

// The thread's scores to their tile, `target` at its first row and own column.
template <int kScores>
RADDLE_CUDA_DEVICE void store_scores(const float (&scores)[kRowsOfThread][kScores], float* target) {
  constexpr int kStride = kScores * kNeighbours + 4;
  RADDLE_CUDA_UNROLL(4)
  for (int i = 0; i < kRowsOfThread; ++i) {
    RADDLE_CUDA_UNROLL(4)
    for (int j = 0; j < kScores; ++j) target[i * kStride + score_column(0, j)] = scores[i][j];
  }
}

// One row of results times `factor`; `row` is at the first column of the chunk, of which `left`
// exist.
template <int kColumns, class T>
RADDLE_CUDA_DEVICE void store_row(const float (&sums)[kColumns / 16], float factor, int thread,
                                  int left, bool vectors, T* row) {
  constexpr int kElements = kColumns / 16, kWhole = kColumns / 64 * 4;
  RADDLE_CUDA_UNROLL(4)
  for (int e = 0; e < kWhole; e += 4) {
    const int column = output_column(kColumns, thread, e);
    if (vectors && column < left) {
      store_four(make_float4(factor * sums[e], factor * sums[e + 1], factor * sums[e + 2],
                             factor * sums[e + 3]),
                 row + column);
    }
  }
  RADDLE_CUDA_UNROLL(16)
  for (int e = 0; e < kElements; ++e) {
    const int column = output_column(kColumns, thread, e);
    if (vectors && e < kWhole) continue;
    if (column < left) from_float(factor * sums[e], row + column);
  }
}

// The keys that a query of the launch sees, and how many queries are no padding.
template <class T>
RADDLE_CUDA_DEVICE RowRange keys_of_row(const AttentionParametersOf<T>& p, int row) {
  if (row >= p.rows) return {};
  if (p.cache_rows != nullptr) return {0, p.cache_rows[0] + row + 1};
  return keys_of(sequence_of(p.cu_seqlens, p.rows, row), row, p.causal);
}
template <class T>
RADDLE_CUDA_DEVICE int valid_rows(const AttentionParametersOf<T>& p) {
  return p.cache_rows != nullptr ? p.rows : p.cu_seqlens[p.rows];
}

// Of the gradients: finds the range of each row of the tile, and what the block walks over.
// `visible` is shared.
template <int kRows, RowRange seen_by(RowRange, int, bool), class T>
RADDLE_CUDA_DEVICE RowRange find_walk(const AttentionGradParametersOf<T>& p, int tile_row, int rows,
                                      RowRange* visible) {
  const int row = static_cast<int>(threadIdx.x);
  if (row < kRows) {
    visible[row] = row < rows ? seen_by(sequence_of(p.cu_seqlens, p.rows, tile_row + row),
                                        tile_row + row, p.causal)
                              : RowRange{};
  }
  __syncthreads();
  return rows == 0 ? RowRange{} : walk_of(visible[0], visible[rows - 1]);
}

// Of one pair: the product of query and key becomes the softmax weight, that of dout and value the
// gradient of the score.
struct PairScale {
  float scale, scale2;
  RADDLE_CUDA_DEVICE void turn(bool sees, float lse2, float delta, float& score,
                               float& product) const {
    score = sees ? exp2f(scale2 * score - lse2) : 0.0f;
    product = sees ? scale * score * (product - delta) : 0.0f;
  }
};

template <class T>
struct HeadSources {
  Source<T> q, dout, k, v;
  RADDLE_CUDA_DEVICE HeadSources(const AttentionGradParametersOf<T>& p, int64_t head,
                                 int64_t kv_head, RowRange queries, RowRange keys)
      : q{p.q + head * p.head_dim, p.stride, queries, p.head_dim, p.vectors},
        dout{p.dout + head * p.head_dim, static_cast<int64_t>(p.heads) * p.head_dim, queries,
             p.head_dim, p.vectors},
        k{p.k + kv_head * p.head_dim, p.stride, keys, p.head_dim, p.vectors},
        v{p.v + kv_head * p.head_dim, p.stride, keys, p.head_dim, p.vectors} {}
};

// dout times out, a warp a row and head. Both results lie head by head, so that tiles of rows read
// them in order.
template <class T>
RADDLE_CUDA_DEVICE void find_deltas(const AttentionGradParametersOf<T>& p) {
  const int64_t pair = (static_cast<int64_t>(blockIdx.x) * kDeltaThreads + threadIdx.x) / kWarp;
  if (pair >= static_cast<int64_t>(p.rows) * p.heads) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const T *a = p.dout + pair * p.head_dim, *b = p.out + pair * p.head_dim;
  float sum = 0;
  if (p.vectors) {
    for (int c = 4 * lane; c < p.head_dim; c += 4 * kWarp) {
      const float4 x = load_four(a + c), y = load_four(b + c);
      sum += x.x * y.x + x.y * y.y + x.z * y.z + x.w * y.w;
    }
  } else {
    for (int c = lane; c < p.head_dim; c += kWarp) sum += to_float(a[c]) * to_float(b[c]);
  }
  sum = warp_sum(sum);
  if (lane != 0) return;
  const int64_t row = pair / p.heads, head = pair % p.heads;
  p.delta[head * p.rows + row] = sum;
  p.lse2[head * p.rows + row] = kLog2E * p.lse[pair];
}

}  // namespace raddle::cuda
