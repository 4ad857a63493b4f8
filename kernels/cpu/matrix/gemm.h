// SPDX-License-Identifier: Apache-2.0
// Matrix products on the worker pool: C is cut into tiles, each one serial call of the library. The
// cut depends on the shape alone and the inner dimension is never cut, so a result has the same
// bits for any number of threads.
#pragma once

#include <cstdint>

#include "kernels/cpu/matrix/blas.h"
#include "runtime/device/cpu/worker_pool.h"

namespace raddle::kernels {

// C is cut into ceil(m / tile_rows) x ceil(n / tile_columns) tiles.
struct GemmTiling {
  int64_t tile_rows, tile_columns;
};
GemmTiling choose_tiling(const GemmCall& call);

// `bias` (n) or null: C = A B + bias, with call.beta ignored. A zero-sized inner dimension is a sum
// of nothing. RESOURCE_EXHAUSTED: the library had no memory for its packing; C is then undefined.
Status parallel_gemm(const Blas& blas, device::WorkerPool& pool, const GemmCall& call,
                     const float* bias = nullptr);
Status parallel_gemm(const Blas& blas, device::WorkerPool& pool, const GemmCall& call,
                     const float* bias, GemmTiling tiling);

}  // namespace raddle::kernels
