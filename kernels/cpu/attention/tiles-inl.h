// SPDX-License-Identifier: Apache-2.0
// The small matrix products of attention, on tiles that lie packed in a worker's scratch, and the
// packing. A tile is at most kTile rows; its row length is a whole number of vectors, zeros behind
// the end, so the products know no tails. 6 rows by 4 (AVX-512) or 2 vectors are kept in registers.
#if defined(RADDLE_KERNELS_CPU_ATTENTION_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_CPU_ATTENTION_TILES_INL_H_
#undef RADDLE_KERNELS_CPU_ATTENTION_TILES_INL_H_
#else
#define RADDLE_KERNELS_CPU_ATTENTION_TILES_INL_H_
#endif

#include <cstdint>
#include <cstring>

#include "hwy/highway.h"
#include "kernels/cpu/vector/vector_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

constexpr int64_t kRegisterRows = 6;
constexpr int64_t kRegisterVectors = HWY_TARGET == HWY_AVX3 ? 4 : 2;

// c (rows x vectors) = [row_scale c +] a b. b and c are row-major. a is row-major (element (r, k)
// at a[r a_stride + k]), or with kColumns column-major (at a[k a_stride + r]).
struct Product {
  const float* a;
  int64_t a_stride;
  const float* b;
  int64_t b_stride;
  float* c;
  int64_t c_stride;
  bool accumulate;
  const float* row_scale;  // of c before accumulation; null: 1
};

template <int kRows, int kVectors, bool kColumns>
HWY_INLINE void multiply_registers(const Product& p, int64_t row, int64_t column, int64_t k_begin,
                                   int64_t k_end) {
  const FloatTag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  FloatVec sums[kRows][kVectors];
  float* c = p.c + row * p.c_stride + column;
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = p.accumulate ? hn::LoadU(d, c + r * p.c_stride + v * lanes) : hn::Zero(d);
      if (p.row_scale != nullptr) {
        sums[r][v] = hn::Mul(sums[r][v], hn::Set(d, p.row_scale[row + r]));
      }
    }
  }
  const float* a = kColumns ? p.a + row : p.a + row * p.a_stride;
  const float* b = p.b + column;
  const int64_t a_stride = p.a_stride, b_stride = p.b_stride;
  for (int64_t k = k_begin; k < k_end; ++k) {
    FloatVec line[kVectors];
    for (int v = 0; v < kVectors; ++v) line[v] = hn::LoadU(d, b + k * b_stride + v * lanes);
    for (int r = 0; r < kRows; ++r) {
      const FloatVec factor = hn::Set(d, kColumns ? a[k * a_stride + r] : a[r * a_stride + k]);
      for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(factor, line[v], sums[r][v]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[r][v], d, c + r * p.c_stride + v * lanes);
  }
}

// Which part of the depth a group of rows needs: [row + begin, row + end) cut to [0, depth). A
// causal tile on the diagonal is a triangle, and this leaves most of the other half out.
struct Depth {
  int64_t depth;
  int64_t begin = -(int64_t{1} << 40);
  int64_t end = int64_t{1} << 40;
};

template <int kVectors, bool kColumns>
HWY_INLINE void multiply_columns(const Product& p, int64_t rows, int64_t column, const Depth& k) {
  const auto begin_of = [&](int64_t row) HWY_ATTR { return HWY_MAX(int64_t{0}, row + k.begin); };
  const auto end_of = [&](int64_t row) HWY_ATTR { return HWY_MIN(k.depth, row + k.end); };
  int64_t row = 0;
  for (; row + kRegisterRows <= rows; row += kRegisterRows) {
    multiply_registers<kRegisterRows, kVectors, kColumns>(p, row, column, begin_of(row),
                                                          end_of(row + kRegisterRows - 1));
  }
  if (row + 4 <= rows) {  // what 6 leave of a whole tile
    multiply_registers<4, kVectors, kColumns>(p, row, column, begin_of(row), end_of(row + 3));
    row += 4;
  }
  for (; row + 2 <= rows; row += 2) {
    multiply_registers<2, kVectors, kColumns>(p, row, column, begin_of(row), end_of(row + 1));
  }
  if (row < rows) {
    multiply_registers<1, kVectors, kColumns>(p, row, column, begin_of(row), end_of(row));
  }
}

// Columns [begin, end) of the product; both are multiples of the vector length.
template <bool kColumns>
void multiply(const Product& p, int64_t rows, int64_t begin, int64_t end, const Depth& k) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(FloatTag()));
  int64_t column = begin;
  for (; column + kRegisterVectors * lanes <= end; column += kRegisterVectors * lanes) {
    multiply_columns<kRegisterVectors, kColumns>(p, rows, column, k);
  }
  for (; column + 2 * lanes <= end; column += 2 * lanes) {
    multiply_columns<2, kColumns>(p, rows, column, k);
  }
  if (column < end) multiply_columns<1, kColumns>(p, rows, column, k);
}

// Smallest multiple of the vector length that holds `count`.
HWY_INLINE int64_t whole_vectors(int64_t count) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(FloatTag()));
  return (count + lanes - 1) / lanes * lanes;
}

// Copies `rows` rows of `width` floats to rows of `padded` floats with zeros behind.
HWY_INLINE void pack_rows(const float* from, int64_t stride, int64_t rows, int64_t width,
                          int64_t padded, float* to) {
  for (int64_t row = 0; row < rows; ++row) {
    each_vector(width, [&](int64_t i, auto at) HWY_ATTR {
      hn::StoreU(at.load(from + row * stride + i), FloatTag(), to + row * padded + i);
    });
  }
}

#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void transpose_4x4(const float* from, int64_t stride, float* to, int64_t to_stride) {
  for (int64_t row = 0; row < 4; ++row) {
    for (int64_t column = 0; column < 4; ++column) {
      to[column * to_stride + row] = from[row * stride + column];
    }
  }
}
#else
HWY_INLINE void transpose_4x4(const float* from, int64_t stride, float* to, int64_t to_stride) {
  const hn::FixedTag<float, 4> d;
  const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + stride);
  const auto r2 = hn::LoadU(d, from + 2 * stride), r3 = hn::LoadU(d, from + 3 * stride);
  const auto low01 = hn::InterleaveLower(d, r0, r1), low23 = hn::InterleaveLower(d, r2, r3);
  const auto high01 = hn::InterleaveUpper(d, r0, r1), high23 = hn::InterleaveUpper(d, r2, r3);
  hn::StoreU(hn::ConcatLowerLower(d, low23, low01), d, to);
  hn::StoreU(hn::ConcatUpperUpper(d, low23, low01), d, to + to_stride);
  hn::StoreU(hn::ConcatLowerLower(d, high23, high01), d, to + 2 * to_stride);
  hn::StoreU(hn::ConcatUpperUpper(d, high23, high01), d, to + 3 * to_stride);
}
#endif

// to (width x to_stride) = the transpose of `rows` rows, with zeros in columns up to a whole
// vector.
HWY_INLINE void pack_transposed(const float* from, int64_t stride, int64_t rows, int64_t width,
                                float* to, int64_t to_stride) {
  const int64_t whole = width / 4 * 4;
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    for (int64_t i = 0; i < whole; i += 4) {
      transpose_4x4(from + row * stride + i, stride, to + i * to_stride + row, to_stride);
    }
    for (int64_t i = whole; i < width; ++i) {
      for (int64_t j = row; j < row + 4; ++j) to[i * to_stride + j] = from[j * stride + i];
    }
  }
  const int64_t padded = whole_vectors(rows);
  for (; row < padded; ++row) {
    for (int64_t i = 0; i < width; ++i) {
      to[i * to_stride + row] = row < rows ? from[row * stride + i] : 0.0f;
    }
  }
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // RADDLE_KERNELS_CPU_ATTENTION_TILES_INL_H_
