// SPDX-License-Identifier: Apache-2.0
// tanh of a vector, for one instruction set. Dynamic coefficients start near zero and their
// gradients are proportional to t, so it is exact to relative precision there; about half the work
// of the library's.
#if defined(RADDLE_KERNELS_CPU_HYPER_CONNECTION_TANH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RADDLE_KERNELS_CPU_HYPER_CONNECTION_TANH_INL_H_
#undef RADDLE_KERNELS_CPU_HYPER_CONNECTION_TANH_INL_H_
#else
#define RADDLE_KERNELS_CPU_HYPER_CONNECTION_TANH_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::hyper_connection::HWY_NAMESPACE {

// From expm1(-2|x|) = 2^n q + (2^n - 1), where exp(r) = 1 + q on |r| <= ln(2) / 2; absolute error
// below 3e-7, never above 1. NaN stays NaN.
template <class D, class V = hwy::HWY_NAMESPACE::Vec<D>>
HWY_INLINE V tanh_of(D d, V x) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::RebindToUnsigned<D> du;
  const V one = hn::Set(d, 1.0f);
  const V magnitude = hn::Abs(x);
  const V y = hn::Mul(hn::Set(d, -2.0f), magnitude);
  // Adding 1.5 2^23 rounds to an integer in the low bits; 127 more makes it an exponent.
  const V magic = hn::Set(d, 12582912.0f + 127.0f);
  const V shifted = hn::MulAdd(y, hn::Set(d, 1.44269504088896341f), magic);
  const V n = hn::Sub(shifted, magic);
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693145751953125f), y);
  r = hn::NegMulAdd(n, hn::Set(d, 1.42860682030941723e-6f), r);
  // (exp(r) - 1 - r) / r^2, interpolated at Chebyshev nodes: error 7e-10.
  V p = hn::Set(d, 1.9890988187398762e-4f);
  p = hn::MulAdd(p, r, hn::Set(d, 1.393364742398262e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 8.33331048488617e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.166646674275398e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.666666716337204e-1f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.5f));
  const V q = hn::MulAdd(hn::Mul(p, r), r, r);
  const V power = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(du, shifted)));
  const V below = hn::MulAdd(power, q, hn::Sub(power, one));
  const V ratio = hn::Div(hn::Neg(below), hn::Add(below, hn::Set(d, 2.0f)));
  return hn::CopySign(hn::IfThenElse(hn::Gt(magnitude, hn::Set(d, 20.0f)), one, ratio), x);
}

}  // namespace raddle::kernels::hyper_connection::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
