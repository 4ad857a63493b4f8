// SPDX-License-Identifier: Apache-2.0
// The definition of tile and fold: plain loops in double.
#pragma once

#include "kernels/ops/tile.h"

namespace raddle::kernels {

extern const Kernel<TileArgs> kTileRef;
extern const Kernel<FoldArgs> kFoldRef;

}  // namespace raddle::kernels
