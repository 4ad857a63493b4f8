// SPDX-License-Identifier: Apache-2.0
// Sums over the rows of a matrix (the gradient of a bias). A warp takes every eighth row of its
// part in order, then the block adds its warps in order; add_parts (gemm.cu) adds the parts.
#include "kernels/cuda/matrix/column_sum_parameters.h"

#include "kernels/cuda/pack.h"

namespace raddle::cuda {
namespace {

constexpr int kWarps = kColumnSumThreads / kWarp;

template <int kLanes>
RADDLE_CUDA_DEVICE void add_to(Pack<kLanes>& sum, const Pack<kLanes>& pack) {
#pragma unroll
  for (int i = 0; i < kLanes; ++i) sum.at[i] += pack.at[i];
}

// Neighbours, of which `inside` exist.
template <int kLanes, class T>
RADDLE_CUDA_DEVICE Pack<kLanes> some_of_pack(const T* from, int64_t inside) {
  Pack<kLanes> pack;
#pragma unroll
  for (int i = 0; i < kLanes; ++i) pack.at[i] = i < inside ? static_cast<float>(from[i]) : 0.0f;
  return pack;
}

template <class T>
RADDLE_CUDA_DEVICE void column_sum(const ColumnSumParametersOf<T>& p) {
  constexpr int kLanes = kPackOf<T>, kColumns = kColumnSumColumns<T>;
  static_assert(kColumns <= kColumnSumThreads);
  RADDLE_CUDA_SHARED(Pack<kLanes>, of_warp, kWarps * kWarp);
  const int thread = static_cast<int>(threadIdx.x), warp = thread / kWarp, lane = thread % kWarp;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * kColumns;
  const int64_t column = first + kLanes * lane, inside = p.columns - column;
  const int64_t part = static_cast<int64_t>(blockIdx.y);
  const int64_t begin = part * p.part_rows;
  const int64_t end = begin + p.part_rows < p.rows ? begin + p.part_rows : p.rows;

  auto sum = pack_of<kLanes>(0.0f);
  if (p.x_packs && inside >= kLanes) {
#pragma unroll 4
    for (int64_t row = begin + warp; row < end; row += kWarps) {
      add_to(sum, load_pack<kLanes>(p.x + row * p.columns + column));
    }
  } else {
#pragma unroll 4
    for (int64_t row = begin + warp; row < end; row += kWarps) {
      add_to(sum, some_of_pack<kLanes>(p.x + row * p.columns + column, inside));
    }
  }
  of_warp[thread] = sum;
  __syncthreads();
  if (thread >= kColumns || first + thread >= p.columns) return;
  const float* const sums = reinterpret_cast<const float*>(of_warp);
  float all = 0;
#pragma unroll
  for (int i = 0; i < kWarps; ++i) all += sums[i * kColumns + thread];
  float* const to = p.out + part * p.columns + first + thread;
  *to = p.accumulate ? *to + all : all;
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_column_sum, ColumnSumParametersOf<float>, kColumnSumThreads) {
  column_sum(p);
}
RADDLE_CUDA_GLOBAL(raddle_column_sum_bf16, ColumnSumParametersOf<Bf16>, kColumnSumThreads) {
  column_sum(p);
}

}  // namespace raddle::cuda
