// SPDX-License-Identifier: Apache-2.0
// Packing for the matrix product: strips of A and panels of B in the order in which the innermost
// loops read them, padded with zeros to whole ones.
#if defined(RADDLE_KERNELS_GEMM_PACK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_GEMM_PACK_INL
#undef RADDLE_KERNELS_GEMM_PACK_INL
#else
#define RADDLE_KERNELS_GEMM_PACK_INL
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "kernels/cpu/gemm_micro-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

// Copies a strip of `rows` <= kRows whose inner index is contiguous: from[row * stride + k].
inline void pack_strip_by_row(const float* from, int64_t stride, int64_t rows, int64_t inner,
                              float* to) {
  const size_t bytes = static_cast<size_t>(inner) * sizeof(float);
  for (int64_t row = 0; row < rows; ++row) {
    std::memcpy(to + row * kStripStride, from + row * stride, bytes);
  }
  for (int64_t row = rows; row < kRows; ++row) std::memset(to + row * kStripStride, 0, bytes);
}

// Copies `width` <= `whole` contiguous values for each inner index: from[k * stride + i]. Serves
// strips of A stored transposed and panels of B.
template <int64_t whole>
void pack_by_inner(const float* from, int64_t stride, int64_t width, int64_t inner, float* to) {
  const hn::CappedTag<float, static_cast<size_t>(whole)> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  if (width == whole) {
    for (int64_t k = 0; k < inner; ++k) {
      for (int64_t i = 0; i < whole; i += lanes) {
        hn::Store(hn::LoadU(d, from + k * stride + i), d, to + k * whole + i);
      }
    }
    return;
  }
  for (int64_t k = 0; k < inner; ++k) {
    std::memcpy(to + k * whole, from + k * stride, static_cast<size_t>(width) * sizeof(float));
    std::fill_n(to + k * whole + width, whole - width, 0.0f);
  }
}

// Four rows of four values, transposed: from[row * stride + k] to to[k * kColumns + row].
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void transpose_four(const float* from, int64_t stride, float* to) {
  for (int64_t k = 0; k < 4; ++k) {
    for (int64_t row = 0; row < 4; ++row) to[k * kColumns + row] = from[row * stride + k];
  }
}
#else
HWY_INLINE void transpose_four(const float* from, int64_t stride, float* to) {
  const hn::FixedTag<float, 4> d;
  const hn::RepartitionToWide<decltype(d)> pairs;
  const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + stride);
  const auto r2 = hn::LoadU(d, from + 2 * stride), r3 = hn::LoadU(d, from + 3 * stride);
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + kColumns);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * kColumns);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * kColumns);
}
#endif

// A panel of B stored transposed: `columns` rows whose inner index is contiguous.
inline void pack_panel_transposed(const float* from, int64_t stride, int64_t columns, int64_t inner,
                                  float* to) {
  const int64_t whole_columns = columns / 4 * 4, whole_inner = inner / 4 * 4;
  for (int64_t k = 0; k < whole_inner; k += 4) {
    for (int64_t i = 0; i < whole_columns; i += 4) {
      transpose_four(from + i * stride + k, stride, to + k * kColumns + i);
    }
  }
  for (int64_t i = 0; i < columns; ++i) {
    const int64_t done = i < whole_columns ? whole_inner : 0;
    for (int64_t k = done; k < inner; ++k) to[k * kColumns + i] = from[i * stride + k];
  }
  if (columns == kColumns) return;
  for (int64_t k = 0; k < inner; ++k) {
    std::fill_n(to + k * kColumns + columns, kColumns - columns, 0.0f);
  }
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
