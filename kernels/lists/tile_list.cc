// SPDX-License-Identifier: Apache-2.0
#include "kernels/ops/tile.h"

#include <array>

namespace raddle::kernels {
namespace {

constexpr std::array<const Kernel<TileArgs>*, 3> kTile = {&kTileCuda, &kTileCpu, &kTileRef};
constexpr std::array<const Kernel<FoldArgs>*, 3> kFold = {&kFoldCuda, &kFoldCpu, &kFoldRef};

static_assert(kTile.back() == &kTileRef, "the reference must stay last");
static_assert(kFold.back() == &kFoldRef, "the reference must stay last");

}  // namespace

KernelList<TileArgs> tile_kernels() { return kTile; }
KernelList<FoldArgs> fold_kernels() { return kFold; }

}  // namespace raddle::kernels
