// SPDX-License-Identifier: Apache-2.0
// Parameters of tile and fold (tile.cu), shared by host and device.
#pragma once

#include <cstdint>

namespace raddle::cuda {

constexpr int kTileThreads = 256;

// One thread a pack of what is written.
template <class T>
struct TileParameters {
  const T* from;
  T* to;
  int64_t rows, narrow, wide;
  bool mean, packed;
};

}  // namespace raddle::cuda
