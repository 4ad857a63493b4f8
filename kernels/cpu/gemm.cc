// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/gemm.h"

#include <algorithm>
#include <cstring>

namespace raddle::kernels {
namespace {

int64_t tiles_over(int64_t size, int64_t tile) { return (size + tile - 1) / tile; }

// The part of `call` that computes rows [row, row + rows) x columns [column, column + columns).
GemmCall tile_of(const GemmCall& call, int64_t row, int64_t rows, int64_t column, int64_t columns) {
  GemmCall tile = call;
  tile.m = rows;
  tile.n = columns;
  tile.a += call.a_transposed ? row : row * call.a_stride;
  tile.b += call.b_transposed ? column * call.b_stride : column;
  tile.c += row * call.c_stride + column;
  return tile;
}

}  // namespace

GemmTiling choose_tiling(const GemmCall& call) {
  // Vectors and the library's own register blocks divide 64.
  constexpr int64_t kUnit = 64;
  const int64_t columns = tiles_over(call.n, 4 * kUnit) * kUnit;
  return {std::max<int64_t>(1, call.m), std::clamp<int64_t>(columns, 1, 1024)};
}

void parallel_gemm(const Blas& blas, device::WorkerPool& pool, const GemmCall& call,
                   const float* bias, GemmTiling tiling) {
  const int64_t down = tiles_over(call.m, tiling.tile_rows);
  const int64_t across = tiles_over(call.n, tiling.tile_columns);
  pool.run(down * across, [&](int64_t task, int) {
    const int64_t row = task / across * tiling.tile_rows;
    const int64_t column = task % across * tiling.tile_columns;
    GemmCall tile = tile_of(call, row, std::min(tiling.tile_rows, call.m - row), column,
                            std::min(tiling.tile_columns, call.n - column));
    if (bias != nullptr) {
      // Adding onto a tile that holds the bias costs what the library's clearing of it would.
      for (int64_t i = 0; i < tile.m; ++i) {
        std::memcpy(tile.c + i * tile.c_stride, bias + column,
                    static_cast<size_t>(tile.n) * sizeof(float));
      }
      tile.beta = 1.0f;
    }
    blas.gemm(tile);
  });
}

void parallel_gemm(const Blas& blas, device::WorkerPool& pool, const GemmCall& call,
                   const float* bias) {
  parallel_gemm(blas, pool, call, bias, choose_tiling(call));
}

}  // namespace raddle::kernels
