// SPDX-License-Identifier: Apache-2.0
// Parameters of the pointwise kernels (elementwise.cu), shared by host and device.
#pragma once

#include <cstdint>

namespace raddle::cuda {

constexpr int kPointwiseThreads = 256;

// One thread an element.
struct PointwiseParameters {
  const float* a;
  const float* b;  // or null
  float* y;
  int64_t count;
  float scale;
};

// One thread an element of the narrow matrix.
struct GatedParameters {
  const float* dy;  // (rows, width), of the gradient alone
  const float* x;   // (rows, 2 width)
  float* y;         // (rows, width), or (rows, 2 width) of the gradient
  int64_t rows, width;
};

// One thread an element of the wide matrix.
struct ColumnsParameters {
  float* a;  // (rows, a_width)
  float* b;  // (rows, b_width)
  float* y;  // (rows, a_width + b_width)
  int64_t rows, a_width, b_width;
};

}  // namespace raddle::cuda
