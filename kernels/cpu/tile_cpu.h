// SPDX-License-Identifier: Apache-2.0
// tile and fold, vectorised, threaded over rows. The wide rows are walked as one stream; the narrow
// row stays in the cache.
#pragma once

#include "kernels/ops/tile.h"

namespace raddle::kernels {

extern const Kernel<TileArgs> kTileCpu;
extern const Kernel<FoldArgs> kFoldCpu;

}  // namespace raddle::kernels
