// SPDX-License-Identifier: Apache-2.0
// Parameters of the matrix products' device code (gemm.cu, gemm_bf16.cu), shared by host and
// device.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/bf16.h"

namespace raddle::cuda {

constexpr int kGemmTile = 128;  // rows and columns of C that a block makes
constexpr int kGemmThreads = 256;
constexpr int kAddPartsThreads = 256;

// Of the inner dimension at a time.
template <class T>
constexpr int kGemmDepth = 8;
template <>
inline constexpr int kGemmDepth<Bf16> = 64;

// gemm_bf16.cu has two slices of each operand in shared memory. A row of one is eight elements
// longer than it need be: rows that are loaded together then lie in other banks.
template <bool rows_are_i>
constexpr int kBf16SliceStride = (rows_are_i ? kGemmDepth<Bf16> : kGemmTile) + 8;
constexpr int kBf16SliceElements = kGemmTile * kBf16SliceStride<true>;
static_assert(kGemmDepth<Bf16> * kBf16SliceStride<false> <= kBf16SliceElements);
constexpr size_t kGemmBf16SharedBytes = size_t{4} * kBf16SliceElements * sizeof(Bf16);

// C (m, n) = A B (+ bias) (+ C), row-major. A block of the grid is a tile of C along x and a part
// of the inner dimension along y. C is `c`, or `c_rounded`, whose elements are rounded to T and
// never added to.
template <class T>
struct GemmParametersOf {
  const T* a;
  const T* b;
  const T* bias;  // (n) or null
  float* c;
  T* c_rounded;
  int64_t m, n, k;
  int64_t a_stride, b_stride, c_stride;
  int32_t part_depth;     // of the inner dimension, a multiple of kGemmDepth
  int64_t part_stride;    // from one part's C to the next
  bool accumulate;        // onto what C holds
  bool a_packs, b_packs;  // its rows begin on multiples of 16 bytes
  bool c_packs;           // also of C; of gemm_bf16.cu: on multiples of two elements
};
using GemmParameters = GemmParametersOf<float>;

// C (m, n) = sum over the parts, in their order, (+ bias) (+ C). One thread an element.
template <class T>
struct AddPartsParametersOf {
  const float* parts;  // (parts, m, n)
  const T* bias;       // (n) or null
  T* c;
  int64_t m, n, c_stride;
  int64_t count;  // of parts
  bool accumulate;
};

}  // namespace raddle::cuda
