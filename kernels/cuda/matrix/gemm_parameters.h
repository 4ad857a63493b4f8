// SPDX-License-Identifier: Apache-2.0
// Parameters of the matrix product's device code (gemm.cu), shared by host and device.
#pragma once

#include <cstdint>

namespace raddle::cuda {

constexpr int kGemmTile = 128;  // rows and columns of C that a block makes
constexpr int kGemmDepth = 8;   // of the inner dimension at a time
constexpr int kGemmThreads = 256;
constexpr int kAddPartsThreads = 256;

// C (m, n) = A B (+ bias) (+ C), row-major. A block of the grid is a tile of C along x and a part
// of the inner dimension along y.
struct GemmParameters {
  const float* a;
  const float* b;
  const float* bias;  // (n) or null
  float* c;
  int64_t m, n, k;
  int64_t a_stride, b_stride, c_stride;
  int32_t part_depth;              // of the inner dimension, a multiple of kGemmDepth
  int64_t part_stride;             // from one part's C to the next
  bool accumulate;                 // onto what C holds
  bool a_quads, b_quads, c_quads;  // its rows begin on multiples of 16 bytes
};

// C (m, n) = sum over the parts, in their order, (+ bias) (+ C). One thread an element.
struct AddPartsParameters {
  const float* parts;  // (parts, m, n)
  const float* bias;   // (n) or null
  float* c;
  int64_t m, n, c_stride;
  int64_t count;  // of parts
  bool accumulate;
};

}  // namespace raddle::cuda
