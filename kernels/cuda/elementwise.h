// SPDX-License-Identifier: Apache-2.0
// Parameters of the pointwise kernels (elementwise.cu), shared by host and device.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"

namespace raddle::cuda {

constexpr int kPointwiseThreads = 256;

// One thread a pack of elements.
template <class T>
struct PointwiseParameters {
  const T* a;
  const T* b;  // or null
  T* y;
  int64_t count;
  float scale;
  bool packed;
};

// One thread a pack of the narrow matrix.
template <class T>
struct GatedParameters {
  const T* dy;  // (rows, width), of the gradient alone
  const T* x;   // (rows, 2 width)
  T* y;         // (rows, width), or (rows, 2 width) of the gradient
  int64_t rows, width;
  bool packed;
};

// One thread a word of the wide matrix. Widths are in words of 16, 4 or 2 bytes.
struct ColumnsParameters {
  void* a;  // (rows, a_width)
  void* b;  // (rows, b_width)
  void* y;  // (rows, a_width + b_width)
  int64_t rows, a_width, b_width;
  int64_t word_bytes;
};

}  // namespace raddle::cuda
