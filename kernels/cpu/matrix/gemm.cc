// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/matrix/gemm.h"

#include <algorithm>
#include <atomic>
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
  // Each tile packs its own copy of the operand that it shares with its neighbours, so tiles are
  // large: a power of two of them along the longer side, never fewer than two, each of 0.75 to 1.5
  // times kTileWork multiply-adds (5 ms). README.md says what finer ones cost.
  constexpr int64_t kUnit = 16;  // floats of a vector
  constexpr int64_t kTilesMax = 16, kLongSide = 3072, kShortSideMax = 2048;
  constexpr double kTileWork = 1 << 28, kRounding = 1.5;
  if (call.m == 0 || call.n == 0) return {1, 1};
  const double work =
      static_cast<double>(call.m) * static_cast<double>(call.n) * static_cast<double>(call.k);
  int64_t tiles = 2;
  while (tiles < kTilesMax && work > static_cast<double>(tiles) * kRounding * kTileWork) tiles *= 2;
  const auto cut = [](int64_t size, int64_t count) {
    return tiles_over(tiles_over(size, count), kUnit) * kUnit;
  };
  const auto long_tile = [&](int64_t size) {
    return cut(size, std::max(tiles, 2 * tiles_over(size, kLongSide)));
  };
  const auto short_tile = [&](int64_t size) { return cut(size, tiles_over(size, kShortSideMax)); };
  if (call.n >= call.m) return {short_tile(call.m), long_tile(call.n)};
  return {long_tile(call.m), short_tile(call.n)};
}

Status parallel_gemm(const Blas& blas, device::WorkerPool& pool, const GemmCall& call,
                     const float* bias, GemmTiling tiling) {
  std::atomic<bool> failed{false};
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
    if (!blas.gemm(tile)) failed.store(true, std::memory_order_relaxed);
  });
  if (!failed.load(std::memory_order_relaxed)) return Status::ok();
  return resource_exhausted(
      "{} has no memory to pack a product of {} x {} x {}; lower train.micro_batch_tokens or "
      "runtime.threads, or free memory",
      blas.name, call.m, call.n, call.k);
}

Status parallel_gemm(const Blas& blas, device::WorkerPool& pool, const GemmCall& call,
                     const float* bias) {
  return parallel_gemm(blas, pool, call, bias, choose_tiling(call));
}

}  // namespace raddle::kernels
