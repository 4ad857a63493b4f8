// SPDX-License-Identifier: Apache-2.0
// Between a narrow matrix and one whose rows repeat it: how a backbone's state becomes a wide one
// and comes back (virtual width). Column c of the wide matrix belongs to column c mod `narrow` of
// the narrow one, so the last copy may be cut short. Each op is the other's gradient.
#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace raddle::kernels {

// y[c] = x[c mod narrow]; with `mean`, divided by the number of copies of that column.
struct TileArgs {
  const float* x;              // (rows, narrow)
  float* y;                    // (rows, wide)
  int64_t rows, narrow, wide;  // wide >= narrow >= 1
  bool mean;
};

// x[c] = sum of y over the copies of c, first copy first; with `mean`, divided by their number.
struct FoldArgs {
  const float* y;  // (rows, wide)
  float* x;        // (rows, narrow)
  int64_t rows, narrow, wide;
  bool mean;
};

// The kernels; lists/ has their order.
extern const Kernel<TileArgs> kTileCuda, kTileCpu, kTileRef;
extern const Kernel<FoldArgs> kFoldCuda, kFoldCpu, kFoldRef;

KernelList<TileArgs> tile_kernels();
KernelList<FoldArgs> fold_kernels();

}  // namespace raddle::kernels
