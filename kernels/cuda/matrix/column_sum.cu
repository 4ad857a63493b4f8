// SPDX-License-Identifier: Apache-2.0
// Sums over the rows of a matrix (the gradient of a bias). A warp takes every eighth row of its
// part in order, then the block adds its warps in order; add_parts (gemm.cu) adds the parts.
#include "kernels/cuda/matrix/column_sum_parameters.h"

#include "kernels/cuda/language.h"

namespace raddle::cuda {
namespace {

constexpr int kWarps = kColumnSumThreads / kWarp;

RADDLE_CUDA_DEVICE void add_to(float4& sum, const float4& four) {
  sum = make_float4(sum.x + four.x, sum.y + four.y, sum.z + four.z, sum.w + four.w);
}

// Four neighbours, of which `inside` exist.
RADDLE_CUDA_DEVICE float4 some_of_quad(const float* from, int64_t inside) {
  return make_float4(inside > 0 ? from[0] : 0, inside > 1 ? from[1] : 0, inside > 2 ? from[2] : 0,
                     inside > 3 ? from[3] : 0);
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_column_sum, ColumnSumParameters, kColumnSumThreads) {
  RADDLE_CUDA_SHARED(float4, of_warp, kWarps * kWarp);
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarp, lane = thread % kWarp;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kColumnSumColumns;
  const int64_t column = first + 4 * lane, inside = p.columns - column;
  const int64_t part = static_cast<int64_t>(blockIdx.y);
  const int64_t begin = part * p.part_rows;
  const int64_t end = begin + p.part_rows < p.rows ? begin + p.part_rows : p.rows;

  float4 sum = make_float4(0, 0, 0, 0);
  if (p.x_quads && inside >= 4) {
#pragma unroll 4
    for (int64_t row = begin + warp; row < end; row += kWarps) {
      add_to(sum, *reinterpret_cast<const float4*>(p.x + row * p.columns + column));
    }
  } else {
#pragma unroll 4
    for (int64_t row = begin + warp; row < end; row += kWarps) {
      add_to(sum, some_of_quad(p.x + row * p.columns + column, inside));
    }
  }
  of_warp[thread] = sum;
  __syncthreads();
  if (thread >= kColumnSumColumns || first + thread >= p.columns) return;
  const float* const sums = reinterpret_cast<const float*>(of_warp);
  float all = 0;
#pragma unroll
  for (int i = 0; i < kWarps; ++i) all += sums[i * kColumnSumColumns + thread];
  float* const to = p.out + part * p.columns + first + thread;
  *to = p.accumulate ? *to + all : all;
}

}  // namespace raddle::cuda
