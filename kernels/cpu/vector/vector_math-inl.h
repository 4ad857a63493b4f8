// SPDX-License-Identifier: Apache-2.0
// Vector helpers of the tuned CPU kernels, compiled once per instruction set (Highway): loads and
// stores of tails, sums over lanes, exp and sigmoid. Included inside foreach_target, so the
// guard toggles instead of #pragma once. NaN goes in and comes out: a training run must see it.
#if defined(RADDLE_KERNELS_CPU_VECTOR_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_CPU_VECTOR_MATH_INL_H_
#undef RADDLE_KERNELS_CPU_VECTOR_MATH_INL_H_
#else
#define RADDLE_KERNELS_CPU_VECTOR_MATH_INL_H_
#endif

#include <cstdint>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::ScalableTag<float>;
using FloatVec = hn::Vec<FloatTag>;

// The first `count` < lanes floats at p, zeros behind. Goes over a small buffer: not every
// instruction set has masked loads that leave the rest of memory alone.
HWY_INLINE FloatVec load_tail(const float* HWY_RESTRICT p, int64_t count) {
  const FloatTag d;
  HWY_ALIGN float buffer[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(hn::Zero(d), d, buffer);
  std::memcpy(buffer, p, static_cast<size_t>(count) * sizeof(float));
  return hn::Load(d, buffer);
}
HWY_INLINE void store_tail(FloatVec v, float* HWY_RESTRICT p, int64_t count) {
  const FloatTag d;
  HWY_ALIGN float buffer[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(v, d, buffer);
  std::memcpy(p, buffer, static_cast<size_t>(count) * sizeof(float));
}

// How a loop body reaches memory: whole vectors, or the last `count` floats.
struct Full {
  HWY_INLINE FloatVec load(const float* p) const { return hn::LoadU(FloatTag(), p); }
  HWY_INLINE void store(FloatVec v, float* p) const { hn::StoreU(v, FloatTag(), p); }
};
struct Tail {
  int64_t count;
  HWY_INLINE FloatVec load(const float* p) const { return load_tail(p, count); }
  HWY_INLINE void store(FloatVec v, float* p) const { store_tail(v, p, count); }
};

// Calls body(i, access) for i = 0, lanes, 2 lanes, ... below count; access is Full or Tail. Lanes
// behind the end load as zeros.
template <class Body>
HWY_INLINE void each_vector(int64_t count, const Body& body) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(FloatTag()));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) body(i, Full{});
  if (i < count) body(i, Tail{count - i});
}

HWY_INLINE float sum_lanes(FloatVec v) {
  const FloatTag d;
  return hn::GetLane(hn::SumOfLanes(d, v));
}

// Sums term(i, access, sum) -> sum over the vectors of [0, count), in four chains: one would wait
// for each addition, and rounding grows with the length of a chain.
template <class Term>
HWY_INLINE float sum_vectors(int64_t count, const Term& term) {
  const FloatTag d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  FloatVec s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  int64_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    s0 = term(i, Full{}, s0);
    s1 = term(i + lanes, Full{}, s1);
    s2 = term(i + 2 * lanes, Full{}, s2);
    s3 = term(i + 3 * lanes, Full{}, s3);
  }
  for (; i + lanes <= count; i += lanes) s0 = term(i, Full{}, s0);
  if (i < count) s1 = term(i, Tail{count - i}, s1);
  return sum_lanes(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)));
}

// exp(x) = 2^n (1 + q) for x <= 88; 0 below -87.3 (no denormals). Relative error < 3e-7.
HWY_INLINE FloatVec exp_to_88(FloatVec x) {
  const FloatTag d;
  const hn::RebindToUnsigned<FloatTag> du;
  // Adding 1.5 2^23 rounds to an integer that stands in the low bits; 127 more makes it an
  // exponent.
  const FloatVec magic = hn::Set(d, 12582912.0f + 127.0f);
  const FloatVec shifted = hn::MulAdd(x, hn::Set(d, 1.44269504088896341f), magic);
  const FloatVec n = hn::Sub(shifted, magic);
  FloatVec r = hn::NegMulAdd(n, hn::Set(d, 0.693145751953125f), x);
  r = hn::NegMulAdd(n, hn::Set(d, 1.42860682030941723e-6f), r);
  // (exp(r) - 1 - r) / r^2 on |r| <= ln(2) / 2, interpolated at Chebyshev nodes: error 7e-10.
  FloatVec p = hn::Set(d, 1.9890988187398762e-4f);
  p = hn::MulAdd(p, r, hn::Set(d, 1.393364742398262e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 8.33331048488617e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.166646674275398e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.666666716337204e-1f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.5f));
  const FloatVec q = hn::MulAdd(hn::Mul(p, r), r, r);
  const FloatVec power = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(du, shifted)));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -87.3f)), hn::MulAdd(power, q, power));
}

// 1 / (1 + exp(-x)) and its complement 1 - sigmoid(x), both to full relative precision.
struct Sigmoid {
  FloatVec value, complement;
};
HWY_INLINE Sigmoid sigmoid(FloatVec x) {
  const FloatTag d;
  const FloatVec one = hn::Set(d, 1.0f);
  const FloatVec e = exp_to_88(hn::Neg(hn::Abs(x)));
  const FloatVec larger = hn::Div(one, hn::Add(one, e));
  const FloatVec smaller = hn::Mul(e, larger);
  const auto negative = hn::Lt(x, hn::Zero(d));
  return {hn::IfThenElse(negative, smaller, larger), hn::IfThenElse(negative, larger, smaller)};
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // RADDLE_KERNELS_CPU_VECTOR_MATH_INL_H_
