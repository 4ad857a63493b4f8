// SPDX-License-Identifier: Apache-2.0
#include "kernels/ops/tile.h"

#include <array>

namespace raddle::kernels {
namespace {

constexpr std::array<const Kernel<TileArgs>*, 3> kTile = {&kTileCuda, &kTileCpu, &kTileRef};
constexpr std::array<const Kernel<FoldArgs>*, 3> kFold = {&kFoldCuda, &kFoldCpu, &kFoldRef};

static_assert(kTile.back() == &kTileRef, "the reference must stay last");
static_assert(kFold.back() == &kFoldRef, "the reference must stay last");

constexpr std::array<const Kernel<TileArgsOf<Bf16>>*, 2> kTileBf16 = {&kTileCudaBf16,
                                                                      &kTileRefBf16};
constexpr std::array<const Kernel<FoldArgsOf<Bf16>>*, 2> kFoldBf16 = {&kFoldCudaBf16,
                                                                      &kFoldRefBf16};

}  // namespace

template <>
KernelList<TileArgs> tile_kernels<float>() {
  return kTile;
}
template <>
KernelList<TileArgsOf<Bf16>> tile_kernels<Bf16>() {
  return kTileBf16;
}
template <>
KernelList<FoldArgs> fold_kernels<float>() {
  return kFold;
}
template <>
KernelList<FoldArgsOf<Bf16>> fold_kernels<Bf16>() {
  return kFoldBf16;
}

}  // namespace raddle::kernels
