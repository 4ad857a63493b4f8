// SPDX-License-Identifier: Apache-2.0
// Between a narrow matrix and one whose rows repeat it: how a backbone's state becomes a wide one
// and comes back (virtual width). Column c of the wide matrix belongs to column c mod `narrow` of
// the narrow one, so the last copy may be cut short. Each op is the other's gradient.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

// y[c] = x[c mod narrow]; with `mean`, divided by the number of copies of that column.
template <class T>
struct TileArgsOf {
  const T* x;                  // (rows, narrow)
  T* y;                        // (rows, wide)
  int64_t rows, narrow, wide;  // wide >= narrow >= 1
  bool mean;
};
using TileArgs = TileArgsOf<float>;

// x[c] = sum of y over the copies of c, first copy first; with `mean`, divided by their number.
template <class T>
struct FoldArgsOf {
  const T* y;  // (rows, wide)
  T* x;        // (rows, narrow)
  int64_t rows, narrow, wide;
  bool mean;
};
using FoldArgs = FoldArgsOf<float>;

// The kernels; lists/ has their order.
extern const Kernel<TileArgs> kTileCuda, kTileCpu, kTileRef;
extern const Kernel<FoldArgs> kFoldCuda, kFoldCpu, kFoldRef;

extern const Kernel<TileArgsOf<Bf16>> kTileCudaBf16, kTileRefBf16;
extern const Kernel<FoldArgsOf<Bf16>> kFoldCudaBf16, kFoldRefBf16;

template <class T = float>
KernelList<TileArgsOf<T>> tile_kernels();
template <class T = float>
KernelList<FoldArgsOf<T>> fold_kernels();

}  // namespace raddle::kernels
