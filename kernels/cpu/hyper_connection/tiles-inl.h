// SPDX-License-Identifier: Apache-2.0
// The two products that virtual width is made of, for one instruction set (included once per target
// by the sources that use it). The vector dimension is always the inside of a slot, whose length d
// is contiguous and long; coefficients are broadcast.
//   mix:  Y_i = base_i + sum_k a(k, i) V_k       a few rows mixed into a few others
//   dots: S[a, b] = <P_a, Q_b>                   all inner products of two sets of rows
// Both keep a block of accumulators in registers. Each output depends on its own rows only and is
// summed in one order whatever the block it fell into, so results do not depend on tiling.
#if defined(RADDLE_KERNELS_CPU_HYPER_CONNECTION_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_CPU_HYPER_CONNECTION_TILES_INL_H_
#undef RADDLE_KERNELS_CPU_HYPER_CONNECTION_TILES_INL_H_
#else
#define RADDLE_KERNELS_CPU_HYPER_CONNECTION_TILES_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::hyper_connection::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<float>;
using Vec = hn::Vec<Tag>;
using Mask = hn::Mask<Tag>;
inline constexpr int64_t kLanes = static_cast<int64_t>(HWY_LANES(float));

// Accumulators that fit beside their operands: 32 registers with AVX-512 and NEON, 16 otherwise.
inline constexpr bool kManyRegisters = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON;
inline constexpr int kMixVectors = kManyRegisters ? 6 : 3;
template <int kVectors>
inline constexpr int kMixRows = kVectors == 1 ? 8 : 4;
inline constexpr int kDotRows = kManyRegisters ? 4 : 2;

// `count` rows V_k, each weighted by a(k, i) = coefficients[k * row_step + i * out_step].
struct Terms {
  const float* rows;
  int64_t stride;
  const float* coefficients;
  int64_t row_step, out_step;
  int64_t count;
};

// Rows added to the result, row i times scale[i] if there is one.
struct Addend {
  const float* rows;
  int64_t stride;
  const float* scale;
};

struct Mix {
  int64_t width;     // d
  int64_t out_rows;  // number of results
  float* out;        // may be `base` or an addend, never a row of the terms
  int64_t out_stride;
  const float* base;  // rows that the results start from; null: zero
  int64_t base_stride;
  Terms terms[2];
  int term_count;
  Addend addends[2];
  int addend_count;
};

template <bool kPartial>
HWY_INLINE Vec load(const float* from, Mask mask) {
  if constexpr (kPartial) return hn::MaskedLoad(mask, Tag(), from);
  return hn::LoadU(Tag(), from);
}

// Adds the terms; the loops over registers must unroll, or the sums go through memory.
template <int kRows, int kVectors, bool kPartial>
HWY_INLINE void add_terms(const Terms& terms, int64_t row, int64_t column, Mask mask,
                          Vec (&sum)[kRows][kVectors]) {
  const Tag tag;
  const float* from = terms.rows + column;
  const float* coefficient = terms.coefficients + row * terms.out_step;
  for (int64_t k = 0; k < terms.count; ++k) {
    Vec in[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) in[v] = load<kPartial>(from + v * kLanes, mask);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; ++i) {
      const Vec a = hn::Set(tag, coefficient[i * terms.out_step]);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[i][v] = hn::MulAdd(a, in[v], sum[i][v]);
    }
    from += terms.stride;
    coefficient += terms.row_step;
  }
}

template <int kRows, int kVectors, bool kPartial>
HWY_INLINE void add_addend(const Addend& addend, int64_t row, int64_t column, Mask mask,
                           Vec (&sum)[kRows][kVectors]) {
  const Tag tag;
  const float* from = addend.rows + row * addend.stride + column;
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
    const Vec scale = hn::Set(tag, addend.scale == nullptr ? 1.0f : addend.scale[row + i]);
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      sum[i][v] = hn::MulAdd(scale, load<kPartial>(from + v * kLanes, mask), sum[i][v]);
    }
    from += addend.stride;
  }
}

template <int kRows, int kVectors, bool kPartial>
HWY_NOINLINE void mix_tile(const Mix& mix, int64_t row, int64_t column, Mask mask) {
  const Tag tag;
  Vec sum[kRows][kVectors];
  const float* base = mix.base + row * mix.base_stride + column;
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      sum[i][v] = hn::Zero(tag);
      if (mix.base != nullptr) {
        sum[i][v] = load<kPartial>(base + i * mix.base_stride + v * kLanes, mask);
      }
    }
  }
  for (int t = 0; t < mix.term_count; ++t) {
    add_terms<kRows, kVectors, kPartial>(mix.terms[t], row, column, mask, sum);
  }
  for (int t = 0; t < mix.addend_count; ++t) {
    add_addend<kRows, kVectors, kPartial>(mix.addends[t], row, column, mask, sum);
  }
  float* to = mix.out + row * mix.out_stride + column;
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      if constexpr (kPartial) {
        hn::BlendedStore(sum[i][v], mask, tag, to + i * mix.out_stride);
      } else {
        hn::StoreU(sum[i][v], tag, to + i * mix.out_stride + v * kLanes);
      }
    }
  }
}

// The tile of `height` <= kRows rows.
template <int kRows, int kVectors, bool kPartial>
HWY_INLINE void mix_height(const Mix& mix, int64_t height, int64_t row, int64_t column, Mask mask) {
  if (height == kRows) {
    mix_tile<kRows, kVectors, kPartial>(mix, row, column, mask);
  } else if constexpr (kRows > 1) {
    mix_height<kRows - 1, kVectors, kPartial>(mix, height, row, column, mask);
  }
}

// All rows of one column strip, in blocks of nearly equal height.
template <int kVectors, bool kPartial>
HWY_INLINE void mix_strip(const Mix& mix, int64_t column, Mask mask) {
  constexpr int kRows = kMixRows<kVectors>;
  const int64_t blocks = (mix.out_rows + kRows - 1) / kRows;
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t row = mix.out_rows * block / blocks;
    const int64_t height = mix.out_rows * (block + 1) / blocks - row;
    mix_height<kRows, kVectors, kPartial>(mix, height, row, column, mask);
  }
}

inline void run_mix(const Mix& mix) {
  int64_t column = 0;
  const Mask all = hn::MaskFromVec(hn::Zero(Tag()));  // ignored by whole vectors
  for (; column + kMixVectors * kLanes <= mix.width; column += kMixVectors * kLanes) {
    mix_strip<kMixVectors, false>(mix, column, all);
  }
  if (column + 4 * kLanes <= mix.width && kMixVectors > 4) {
    mix_strip<std::min(4, kMixVectors), false>(mix, column, all);
    column += 4 * kLanes;
  }
  if (column + 2 * kLanes <= mix.width) {
    mix_strip<2, false>(mix, column, all);
    column += 2 * kLanes;
  }
  if (column + kLanes <= mix.width) {
    mix_strip<1, false>(mix, column, all);
    column += kLanes;
  }
  if (column < mix.width) {
    mix_strip<1, true>(mix, column, hn::FirstN(Tag(), static_cast<size_t>(mix.width - column)));
  }
}

#if HWY_TARGET == HWY_SCALAR
template <int kCount>
HWY_INLINE void store_sums(const Vec (&sum)[4], float* to) {
  for (int b = 0; b < kCount; ++b) to[b] = hn::GetLane(sum[b]);
}
#else
// The sum of a vector's 128-bit blocks.
template <class D, class V = hn::Vec<D> >
HWY_INLINE hn::Vec<hn::FixedTag<float, 4> > sum_blocks(D tag, V v) {
  if constexpr (hn::MaxLanes(tag) > 4) {
    const hn::Half<D> half;
    return sum_blocks(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    return v;
  }
}

// Stores the sums of the lanes of the first kCount <= 4 vectors: two transposing additions leave
// partial sums of all four in every 128-bit block.
template <int kCount>
HWY_INLINE void store_sums(const Vec (&sum)[4], float* to) {
  const Tag tag;
  const hn::RepartitionToWide<Tag> wide;
  const Vec ab =
      hn::Add(hn::InterleaveLower(tag, sum[0], sum[1]), hn::InterleaveUpper(tag, sum[0], sum[1]));
  const Vec cd =
      hn::Add(hn::InterleaveLower(tag, sum[2], sum[3]), hn::InterleaveUpper(tag, sum[2], sum[3]));
  const auto ab2 = hn::BitCast(wide, ab), cd2 = hn::BitCast(wide, cd);
  const Vec blocks = hn::Add(hn::BitCast(tag, hn::InterleaveLower(wide, ab2, cd2)),
                             hn::BitCast(tag, hn::InterleaveUpper(wide, ab2, cd2)));
  const hn::FixedTag<float, 4> four;
  const auto sums = sum_blocks(tag, blocks);
  if constexpr (kCount == 4) {
    hn::StoreU(sums, four, to);
  } else {
    hn::BlendedStore(sums, hn::FirstN(four, size_t{kCount}), four, to);
  }
}
#endif

struct Dots {
  const float* p;
  int64_t p_rows, p_stride;
  const float* q;
  int64_t q_rows, q_stride;
  int64_t width;  // d
  float* out;     // (p_rows, out_stride)
  int64_t out_stride;
};

template <int kA, int kB, bool kPartial>
HWY_INLINE void dot_step(const Dots& dots, const float* p, const float* q, Mask mask,
                         Vec (&sum)[kA][4]) {
  Vec in[kB];
#pragma GCC unroll 4
  for (int b = 0; b < kB; ++b) in[b] = load<kPartial>(q + b * dots.q_stride, mask);
#pragma GCC unroll 4
  for (int a = 0; a < kA; ++a) {
    const Vec left = load<kPartial>(p + a * dots.p_stride, mask);
#pragma GCC unroll 4
    for (int b = 0; b < kB; ++b) sum[a][b] = hn::MulAdd(left, in[b], sum[a][b]);
  }
}

template <int kA, int kB>
HWY_NOINLINE void dot_tile(const Dots& dots, int64_t row, int64_t column) {
  const Tag tag;
  Vec sum[kA][4];
#pragma GCC unroll 4
  for (int a = 0; a < kA; ++a) {
#pragma GCC unroll 4
    for (int b = 0; b < 4; ++b) sum[a][b] = hn::Zero(tag);
  }
  const float* p = dots.p + row * dots.p_stride;
  const float* q = dots.q + column * dots.q_stride;
  const Mask all = hn::MaskFromVec(hn::Zero(tag));  // ignored by whole vectors
  int64_t e = 0;
  for (; e + kLanes <= dots.width; e += kLanes) {
    dot_step<kA, kB, false>(dots, p + e, q + e, all, sum);
  }
  if (e < dots.width) {
    const Mask rest = hn::FirstN(tag, static_cast<size_t>(dots.width - e));
    dot_step<kA, kB, true>(dots, p + e, q + e, rest, sum);
  }
#pragma GCC unroll 4
  for (int a = 0; a < kA; ++a) {
    store_sums<kB>(sum[a], dots.out + (row + a) * dots.out_stride + column);
  }
}

template <int kA>
HWY_INLINE void dot_rows(const Dots& dots, int64_t row) {
  int64_t column = 0;
  for (; column + 4 <= dots.q_rows; column += 4) dot_tile<kA, 4>(dots, row, column);
  switch (dots.q_rows - column) {
    case 3:
      dot_tile<kA, 3>(dots, row, column);
      break;
    case 2:
      dot_tile<kA, 2>(dots, row, column);
      break;
    case 1:
      dot_tile<kA, 1>(dots, row, column);
      break;
    default:
      break;
  }
}

inline void run_dots(const Dots& dots) {
  int64_t row = 0;
  for (; row + kDotRows <= dots.p_rows; row += kDotRows) dot_rows<kDotRows>(dots, row);
  switch (dots.p_rows - row) {
    case 3:
      dot_rows<std::min(3, kDotRows)>(dots, row);
      break;
    case 2:
      dot_rows<std::min(2, kDotRows)>(dots, row);
      break;
    case 1:
      dot_rows<1>(dots, row);
      break;
    default:
      break;
  }
}

// <p, q> of one pair of rows; four sums to hide the latency of the addition.
inline float dot(const float* p, const float* q, int64_t width) {
  const Tag tag;
  Vec sum[4] = {hn::Zero(tag), hn::Zero(tag), hn::Zero(tag), hn::Zero(tag)};
  int64_t e = 0;
  for (; e + 4 * kLanes <= width; e += 4 * kLanes) {
    for (int v = 0; v < 4; ++v) {
      const int64_t at = e + v * kLanes;
      sum[v] = hn::MulAdd(hn::LoadU(tag, p + at), hn::LoadU(tag, q + at), sum[v]);
    }
  }
  for (; e + kLanes <= width; e += kLanes) {
    sum[0] = hn::MulAdd(hn::LoadU(tag, p + e), hn::LoadU(tag, q + e), sum[0]);
  }
  if (e < width) {
    const Mask rest = hn::FirstN(tag, static_cast<size_t>(width - e));
    sum[1] = hn::MulAdd(hn::MaskedLoad(rest, tag, p + e), hn::MaskedLoad(rest, tag, q + e), sum[1]);
  }
  const Vec total = hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
  return hn::GetLane(hn::SumOfLanes(tag, total));
}

}  // namespace raddle::kernels::hyper_connection::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
