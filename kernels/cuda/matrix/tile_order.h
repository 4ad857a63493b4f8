// SPDX-License-Identifier: Apache-2.0
// Which tile of C a block of a matrix product makes.
#pragma once

#include "kernels/cuda/language.h"
#include "kernels/cuda/matrix/gemm_parameters.h"

namespace raddle::cuda {

RADDLE_CUDA_DEVICE int at_most(int64_t value, int most) {
  return value < most ? static_cast<int>(value) : most;
}

// The block's tile. Blocks that run side by side take 8 tiles below each other, then the next 8 to
// the right: what they read of A and B stays in the L2 cache.
struct Tile {
  int down, across;
};
RADDLE_CUDA_DEVICE Tile tile_of_block(int64_t m, int64_t n) {
  constexpr int kBand = 8;
  const int tiles_down = static_cast<int>((m + kGemmTile - 1) / kGemmTile);
  const int tiles_across = static_cast<int>((n + kGemmTile - 1) / kGemmTile);
  const int band = static_cast<int>(blockIdx.x) / tiles_across / kBand;
  const int rest = static_cast<int>(blockIdx.x) - band * kBand * tiles_across;
  const int down = tiles_down - band * kBand < kBand ? tiles_down - band * kBand : kBand;
  return {band * kBand + rest % down, rest / down};
}

}  // namespace raddle::cuda
