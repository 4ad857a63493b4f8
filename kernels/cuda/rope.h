// SPDX-License-Identifier: Apache-2.0
// Parameters of rotary positions (rope.cu), shared by host and device.
#pragma once

#include <cstdint>

namespace raddle::cuda {

constexpr int kRopeThreads = 256;
constexpr int kRopeRows = 4;     // of a block
constexpr int kRopePairs = 128;  // whose angles a block has at a time

template <class T>
struct RopeParameters {
  const T* x;                // (rows, width)
  const int32_t* positions;  // (rows)
  T* y;                      // (rows, width)
  int64_t rows, width, head_dim;
  int32_t heads;   // that are rotated
  int64_t copied;  // elements behind them that are copied; 0 in place
  double theta;
  bool inverse, packed;
};

}  // namespace raddle::cuda
