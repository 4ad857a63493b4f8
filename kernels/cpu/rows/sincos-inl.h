// SPDX-License-Identifier: Apache-2.0
// Sine and cosine of position * frequency in double, for rotary positions: the product of a
// position in the hundred thousands keeps its fraction only there. Rounded once to float.
#if defined(RADDLE_KERNELS_CPU_SINCOS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_CPU_SINCOS_INL_H_
#undef RADDLE_KERNELS_CPU_SINCOS_INL_H_
#else
#define RADDLE_KERNELS_CPU_SINCOS_INL_H_
#endif

#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DoubleTag = hn::ScalableTag<double>;
using DoubleVec = hn::Vec<DoubleTag>;

// sin and cos of r, |r| <= pi / 4: interpolated at Chebyshev nodes, error 2e-14.
HWY_INLINE DoubleVec sin_near_zero(DoubleVec r, DoubleVec u) {
  const DoubleTag d;
  DoubleVec p = hn::Set(d, -2.4805634696364275e-08);
  p = hn::MulAdd(p, u, hn::Set(d, 2.755599091165205e-06));
  p = hn::MulAdd(p, u, hn::Set(d, -1.9841266916919455e-4));
  p = hn::MulAdd(p, u, hn::Set(d, 8.333333331079136e-3));
  p = hn::MulAdd(p, u, hn::Set(d, -0.16666666666663885));
  return hn::MulAdd(hn::Mul(p, u), r, r);
}
HWY_INLINE DoubleVec cos_near_zero(DoubleVec u) {
  const DoubleTag d;
  DoubleVec p = hn::Set(d, 2.0700599378258868e-09);
  p = hn::MulAdd(p, u, hn::Set(d, -2.7556369682763407e-07));
  p = hn::MulAdd(p, u, hn::Set(d, 2.4801585210942956e-05));
  p = hn::MulAdd(p, u, hn::Set(d, -1.3888888887277281e-3));
  p = hn::MulAdd(p, u, hn::Set(d, 4.166666666666468e-2));
  p = hn::MulAdd(p, u, hn::Set(d, -0.5));
  return hn::MulAdd(p, u, hn::Set(d, 1.0));
}

// cosine[i], sine[i] = cos, sin(position * frequencies[i]) for i < count, sine negated if
// `inverse`. All arrays must have room up to a whole vector.
inline void fill_sincos(double position, const double* frequencies, int64_t count, bool inverse,
                        float* cosine, float* sine) {
  const DoubleTag d;
  const hn::Rebind<float, DoubleTag> df;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const DoubleVec flip = hn::Set(d, inverse ? -1.0 : 1.0);
  for (int64_t i = 0; i < count; i += lanes) {
    const DoubleVec angle = hn::Mul(hn::Set(d, position), hn::LoadU(d, frequencies + i));
    // angle = n pi/2 + r, with pi/2 in two parts; n stays a double, exact for any int32 position.
    const DoubleVec n = hn::Round(hn::Mul(angle, hn::Set(d, 0.63661977236758134308)));
    DoubleVec r = hn::NegMulAdd(n, hn::Set(d, 1.57079632679489655800), angle);
    r = hn::NegMulAdd(n, hn::Set(d, 6.12323399573676603587e-17), r);
    const DoubleVec u = hn::Mul(r, r);
    const DoubleVec s = sin_near_zero(r, u), c = cos_near_zero(u);
    // quadrant in {0, 1, 2, 3}: odd swaps sine and cosine; 1, 2 negate cosine; 2, 3 negate sine.
    const DoubleVec quarter = hn::Mul(n, hn::Set(d, 0.25));
    const DoubleVec quadrant = hn::Mul(hn::Sub(quarter, hn::Floor(quarter)), hn::Set(d, 4.0));
    const auto is_1 = hn::Eq(quadrant, hn::Set(d, 1.0));
    const auto is_3 = hn::Eq(quadrant, hn::Set(d, 3.0));
    const auto odd = hn::Or(is_1, is_3);
    const auto two = hn::Eq(quadrant, hn::Set(d, 2.0));
    DoubleVec cos_out = hn::IfThenElse(odd, s, c);
    DoubleVec sin_out = hn::IfThenElse(odd, c, s);
    cos_out = hn::IfThenElse(hn::Or(is_1, two), hn::Neg(cos_out), cos_out);
    sin_out = hn::IfThenElse(hn::Or(is_3, two), hn::Neg(sin_out), sin_out);
    hn::StoreU(hn::DemoteTo(df, cos_out), df, cosine + i);
    hn::StoreU(hn::DemoteTo(df, hn::Mul(sin_out, flip)), df, sine + i);
  }
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // RADDLE_KERNELS_CPU_SINCOS_INL_H_
