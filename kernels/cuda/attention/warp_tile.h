// SPDX-License-Identifier: Apache-2.0
// The two products of attention with the matrix instructions of a warp: BF16 operands, float sums.
// A warp holds sixteen rows of each result in registers (mma.h has their places), so what one
// product gives is an operand of the next without a way through memory.
#pragma once

#include "kernels/cuda/language.h"  // ahead of mma.h, which is written in it

#include "kernels/cuda/attention/tile.h"
#include "kernels/cuda/mma.h"

namespace raddle::cuda {

RADDLE_CUDA_DEVICE int lane_number() { return static_cast<int>(threadIdx.x) % kWarp; }

// A lane holds two rows of its warp's sixteen, in both halves of each 16 x 8 sums.
constexpr int kRowsOfLane = 2;
template <int kColumns>
struct WarpSums {
  float of[kColumns / 8][4] = {};
};

RADDLE_CUDA_DEVICE float quad_sum(float value) {
  value += __shfl_xor_sync(kAllLanes, value, 1);
  return value + __shfl_xor_sync(kAllLanes, value, 2);
}
RADDLE_CUDA_DEVICE float quad_max(float value) {
  value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, 1));
  return fmaxf(value, __shfl_xor_sync(kAllLanes, value, 2));
}

// Begins to copy rows from `first_row`; what is not in the source becomes zero.
template <int kRows, int kColumns, int kThreads>
RADDLE_CUDA_DEVICE void begin_rows(const Source<Bf16>& from, int first_row, Bf16* tile) {
  constexpr int kEights = kColumns / 8, kAll = kRows * kEights;
  RADDLE_CUDA_UNROLL(2)
  for (int index = static_cast<int>(threadIdx.x); index < kAll; index += kThreads) {
    const int row = index / kEights, column = index % kEights * 8;
    const bool is_there = contains(from.range, first_row + row) && column < from.columns;
    const int64_t at = is_there ? (first_row + row) * from.stride + column : 0;
    raddle_begin_copy(tile + row * (kColumns + 8) + column, from.data + at, !is_there);
  }
}

// scores += the warp's sixteen rows of a times each of kSteps rows of b.
template <int kSteps, int kColumns>
RADDLE_CUDA_DEVICE void add_warp_scores(const Bf16* a, const Bf16* b, WarpSums<kSteps>& scores) {
  constexpr int kStride = kColumns + 8;
  const MatrixPlace left_at = left_address(lane_number()), right_at = right_address(lane_number());
  a += left_at.row * kStride + left_at.column;
  b += right_at.row * kStride + right_at.column;
  RADDLE_CUDA_UNROLL(2)
  for (int c = 0; c < kColumns; c += 16) {
    uint32_t left[4];
    raddle_load_matrices(a + c, left);
    RADDLE_CUDA_UNROLL(4)
    for (int n = 0; n < kSteps / 16; ++n) {
      uint32_t right[4];
      raddle_load_matrices(b + n * 16 * kStride + c, right);
      raddle_mma_bf16(left, right[0], right[1], scores.of[2 * n]);
      raddle_mma_bf16(left, right[2], right[3], scores.of[2 * n + 1]);
    }
  }
}

// sums += weights, rounded to BF16, times kSteps rows of a tile; `tile` is at the first column.
template <int kSteps, int kStride, int kColumns>
RADDLE_CUDA_DEVICE void add_warp_products(const WarpSums<kSteps>& weights, const Bf16* tile,
                                          WarpSums<kColumns>& sums) {
  const MatrixPlace at = left_address(lane_number());
  tile += at.row * kStride + at.column;
  RADDLE_CUDA_UNROLL(4)
  for (int step = 0; step < kSteps / 16; ++step) {
    const float(&near)[4] = weights.of[2 * step];
    const float(&far)[4] = weights.of[2 * step + 1];
    const uint32_t left[4] = {raddle_bf16_pair(near[0], near[1]),
                              raddle_bf16_pair(near[2], near[3]), raddle_bf16_pair(far[0], far[1]),
                              raddle_bf16_pair(far[2], far[3])};
    RADDLE_CUDA_UNROLL(16)
    for (int n = 0; n < kColumns / 16; ++n) {
      uint32_t right[4];
      raddle_load_transposed(tile + step * 16 * kStride + n * 16, right);
      raddle_mma_bf16(left, right[0], right[1], sums.of[2 * n]);
      raddle_mma_bf16(left, right[2], right[3], sums.of[2 * n + 1]);
    }
  }
}

// One of the lane's two rows times `factor`; `row` is at the first column, of which `left` exist.
template <int kColumns>
RADDLE_CUDA_DEVICE void store_warp_row(const WarpSums<kColumns>& sums, int which, float factor,
                                       int left, Bf16* row) {
  RADDLE_CUDA_UNROLL(32)
  for (int n = 0; n < kColumns / 8; ++n) {
    const int column = 8 * n + sum_place(lane_number(), 0).column;
    if (column >= left) continue;
    *reinterpret_cast<uint32_t*>(row + column) =
        raddle_bf16_pair(factor * (which == 0 ? sums.of[n][0] : sums.of[n][2]),
                         factor * (which == 0 ? sums.of[n][1] : sums.of[n][3]));
  }
}

}  // namespace raddle::cuda
