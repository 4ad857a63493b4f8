// SPDX-License-Identifier: Apache-2.0
// The innermost loops of the packed matrix product, compiled once per instruction set: a block of
// kRows x kColumns of C lives in registers while a strip of A is broadcast against a panel of B.
#if defined(RADDLE_KERNELS_GEMM_MICRO_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_GEMM_MICRO_INL
#undef RADDLE_KERNELS_GEMM_MICRO_INL
#else
#define RADDLE_KERNELS_GEMM_MICRO_INL
#endif

#include <hwy/highway.h>

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

// 24 accumulators where there are 32 vector registers, 12 where there are 16.
constexpr int64_t kRows = HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64 ? 8 : 4;
constexpr int64_t kVectors = 3;
constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(Floats()));
constexpr int64_t kColumns = kVectors * kLanes;
constexpr int64_t kInner = 384;  // a strip of A (12 KiB) stays in the first-level cache
// Rows of a strip are this far apart: a multiple of a cache line, but of no power of two.
constexpr int64_t kStripStride = kInner + 16;

// Where a block of C goes and what it starts from.
struct Target {
  float* c;
  int64_t stride;
  int64_t rows, columns;  // of the block that exist
  const float* start;     // row of columns to start from (bias), or null
  bool accumulate;        // start from C itself
};

// How a strip of A is laid out: row after row, or kRows values for each inner index.
enum class Strip { kByRow, kByInner };

template <Strip strip>
HWY_INLINE float strip_value(const float* a, int64_t row, int64_t inner) {
  return strip == Strip::kByRow ? a[row * kStripStride + inner] : a[inner * kRows + row];
}

template <Strip strip>
HWY_INLINE void multiply(int64_t inner, const float* HWY_RESTRICT a, const float* HWY_RESTRICT b,
                         Vector (&sums)[kRows][kVectors]) {
  const Floats d;
  for (int64_t k = 0; k < inner; ++k) {
    const Vector b0 = hn::Load(d, b), b1 = hn::Load(d, b + kLanes),
                 b2 = hn::Load(d, b + 2 * kLanes);
    b += kColumns;
    HWY_UNROLL(8)
    for (int64_t row = 0; row < kRows; ++row) {
      const Vector value = hn::Set(d, strip_value<strip>(a, row, k));
      sums[row][0] = hn::MulAdd(value, b0, sums[row][0]);
      sums[row][1] = hn::MulAdd(value, b1, sums[row][1]);
      sums[row][2] = hn::MulAdd(value, b2, sums[row][2]);
    }
  }
}

// A whole block: sums go straight from and to C.
template <Strip strip>
void whole_block(int64_t inner, const float* a, const float* b, const Target& t) {
  const Floats d;
  Vector sums[kRows][kVectors];
  const float* from = t.accumulate ? t.c : t.start;
  const int64_t from_stride = t.accumulate ? t.stride : 0;
  HWY_UNROLL(8)
  for (int64_t row = 0; row < kRows; ++row) {
    HWY_UNROLL(3)
    for (int64_t v = 0; v < kVectors; ++v) {
      sums[row][v] =
          from == nullptr ? hn::Zero(d) : hn::LoadU(d, from + row * from_stride + v * kLanes);
    }
  }
  multiply<strip>(inner, a, b, sums);
  HWY_UNROLL(8)
  for (int64_t row = 0; row < kRows; ++row) {
    HWY_UNROLL(3)
    for (int64_t v = 0; v < kVectors; ++v) {
      hn::StoreU(sums[row][v], d, t.c + row * t.stride + v * kLanes);
    }
  }
}

// A block over the edge of C goes through a whole one on the stack.
template <Strip strip>
void block(int64_t inner, const float* a, const float* b, const Target& t) {
  if (t.rows == kRows && t.columns == kColumns) return whole_block<strip>(inner, a, b, t);
  HWY_ALIGN float whole[kRows * kColumns] = {};
  const size_t row_bytes = static_cast<size_t>(t.columns) * sizeof(float);
  for (int64_t row = 0; row < t.rows; ++row) {
    const float* from = t.accumulate ? t.c + row * t.stride : t.start;
    if (from != nullptr) std::memcpy(whole + row * kColumns, from, row_bytes);
  }
  whole_block<strip>(inner, a, b, {whole, kColumns, kRows, kColumns, nullptr, true});
  for (int64_t row = 0; row < t.rows; ++row) {
    std::memcpy(t.c + row * t.stride, whole + row * kColumns, row_bytes);
  }
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
