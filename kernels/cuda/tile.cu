// SPDX-License-Identifier: Apache-2.0
// tile and fold (ops/tile.h). Columns of a pack have the same number of copies: packs are used
// where both widths are whole ones.
#include "kernels/cuda/tile.h"

#include "kernels/cuda/pack.h"

namespace raddle::cuda {
namespace {

struct Place {
  int64_t row, column;  // row -1: none
};
template <int kLanes>
RADDLE_CUDA_DEVICE Place place_of(int64_t rows, int64_t width) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kTileThreads + threadIdx.x;
  const int64_t packs = width / kLanes;
  if (i >= rows * packs) return {-1, 0};
  const int64_t row = i / packs;
  return {row, (i - row * packs) * kLanes};
}

template <int kLanes>
RADDLE_CUDA_DEVICE Pack<kLanes> divided(Pack<kLanes> pack, int64_t copies) {
#pragma unroll
  for (int j = 0; j < kLanes; ++j) pack.at[j] /= static_cast<float>(copies);
  return pack;
}

template <class T>
RADDLE_CUDA_DEVICE int64_t copies_of(const TileParameters<T>& p, int64_t column) {
  return (p.wide - column + p.narrow - 1) / p.narrow;
}

template <int kLanes, class T>
RADDLE_CUDA_DEVICE void tile(const TileParameters<T>& p) {
  const Place at = place_of<kLanes>(p.rows, p.wide);
  if (at.row < 0) return;
  const int64_t column = at.column % p.narrow;
  Pack<kLanes> pack = load_pack<kLanes>(p.from + at.row * p.narrow + column);
  if (p.mean) pack = divided(pack, copies_of(p, column));
  store_pack(p.to + at.row * p.wide + at.column, pack);
}

template <int kLanes, class T>
RADDLE_CUDA_DEVICE void fold(const TileParameters<T>& p) {
  const Place at = place_of<kLanes>(p.rows, p.narrow);
  if (at.row < 0) return;
  const T* from = p.from + at.row * p.wide;
  Pack<kLanes> sum = load_pack<kLanes>(from + at.column);
#pragma unroll 4
  for (int64_t copy = at.column + p.narrow; copy < p.wide; copy += p.narrow) {
    const Pack<kLanes> pack = load_pack<kLanes>(from + copy);
#pragma unroll
    for (int j = 0; j < kLanes; ++j) sum.at[j] += pack.at[j];
  }
  if (p.mean) sum = divided(sum, copies_of(p, at.column));
  store_pack(p.to + at.row * p.narrow + at.column, sum);
}

template <class T>
RADDLE_CUDA_DEVICE void tile(const TileParameters<T>& p) {
  p.packed ? tile<kPackOf<T>>(p) : tile<1>(p);
}
template <class T>
RADDLE_CUDA_DEVICE void fold(const TileParameters<T>& p) {
  p.packed ? fold<kPackOf<T>>(p) : fold<1>(p);
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_tile, TileParameters<float>, kTileThreads) { tile(p); }
RADDLE_CUDA_GLOBAL(raddle_tile_bf16, TileParameters<Bf16>, kTileThreads) { tile(p); }
RADDLE_CUDA_GLOBAL(raddle_fold, TileParameters<float>, kTileThreads) { fold(p); }
RADDLE_CUDA_GLOBAL(raddle_fold_bf16, TileParameters<Bf16>, kTileThreads) { fold(p); }

}  // namespace raddle::cuda
