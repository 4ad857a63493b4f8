// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/vector/vector_rows.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/bf16.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/vector/vector_rows.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;

void sum_rows_vector(const float* in, int64_t rows, int64_t stride, int64_t count, bool accumulate,
                     float* out) {
  const Floats d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    auto a = hn::Zero(d), b = a, c = a, e = a;
    for (int64_t row = 0; row < rows; ++row) {
      const float* from = in + row * stride + i;
      a = hn::Add(a, hn::LoadU(d, from));
      b = hn::Add(b, hn::LoadU(d, from + lanes));
      c = hn::Add(c, hn::LoadU(d, from + 2 * lanes));
      e = hn::Add(e, hn::LoadU(d, from + 3 * lanes));
    }
    if (accumulate) {
      a = hn::Add(a, hn::LoadU(d, out + i));
      b = hn::Add(b, hn::LoadU(d, out + i + lanes));
      c = hn::Add(c, hn::LoadU(d, out + i + 2 * lanes));
      e = hn::Add(e, hn::LoadU(d, out + i + 3 * lanes));
    }
    hn::StoreU(a, d, out + i);
    hn::StoreU(b, d, out + i + lanes);
    hn::StoreU(c, d, out + i + 2 * lanes);
    hn::StoreU(e, d, out + i + 3 * lanes);
  }
  for (; i < count; ++i) {
    float sum = 0.0f;
    for (int64_t row = 0; row < rows; ++row) sum += in[row * stride + i];
    out[i] = accumulate ? out[i] + sum : sum;
  }
}

void add_row_vector(const float* in, int64_t count, float* out) {
  const Floats d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::Add(hn::LoadU(d, out + i), hn::LoadU(d, in + i)), d, out + i);
  }
  for (; i < count; ++i) out[i] += in[i];
}

double sum_of_squares_vector(const float* in, int64_t count) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, hn::ScalableTag<double>> half;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto a = hn::Zero(d), b = a, c = a, e = a;
  int64_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    const auto x = hn::PromoteTo(d, hn::LoadU(half, in + i));
    const auto y = hn::PromoteTo(d, hn::LoadU(half, in + i + lanes));
    const auto z = hn::PromoteTo(d, hn::LoadU(half, in + i + 2 * lanes));
    const auto w = hn::PromoteTo(d, hn::LoadU(half, in + i + 3 * lanes));
    a = hn::MulAdd(x, x, a);
    b = hn::MulAdd(y, y, b);
    c = hn::MulAdd(z, z, c);
    e = hn::MulAdd(w, w, e);
  }
  double sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e))));
  for (; i < count; ++i) sum += static_cast<double>(in[i]) * in[i];
  return sum;
}

// The bits of f32_to_bf16(); conversions of the instruction sets differ in what they make of NaN
// and of the smallest numbers.
template <class D>
HWY_INLINE void store_bf16(hn::Vec<D> values, D, uint16_t* to) {
  const hn::RebindToUnsigned<D> words;
  const hn::RebindToSigned<D> signed_words;
  const hn::Rebind<uint16_t, D> halves;
  const auto bits = hn::BitCast(words, values);
  const auto upper = hn::ShiftRight<16>(bits);
  const auto is_odd = hn::And(upper, hn::Set(words, 1u));
  const auto nearest = hn::ShiftRight<16>(hn::Add(bits, hn::Add(hn::Set(words, 0x7FFFu), is_odd)));
  const auto of_nan = hn::Or(upper, hn::Set(words, 0x40u));
  const auto is_nan = hn::RebindMask(words, hn::IsNaN(values));
  const auto rounded = hn::IfThenElse(is_nan, of_nan, nearest);
  hn::StoreU(hn::DemoteTo(halves, hn::BitCast(signed_words, rounded)), halves, to);
}

void round_to_bf16_vector(const float* in, int64_t count, uint16_t* out) {
  const Floats d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) store_bf16(hn::LoadU(d, in + i), d, out + i);
  for (; i < count; ++i) out[i] = f32_to_bf16(in[i]);
}

// A loop of its own with copies, so that without them it is what it was.
template <bool kWithCompute>
void adamw_loop(const ParameterSlice& slice, int64_t begin, int64_t count, const AdamWFactors& f) {
  const Floats d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto clip = hn::Set(d, f.clip), step = hn::Set(d, f.step_size), eps = hn::Set(d, f.eps);
  const auto b1 = hn::Set(d, f.beta1), rest1 = hn::Set(d, f.one_minus_beta1);
  const auto b2 = hn::Set(d, f.beta2), rest2 = hn::Set(d, f.one_minus_beta2);
  const auto root_scale = hn::Set(d, f.inverse_sqrt_correction2), decay = hn::Set(d, f.decay);
  const auto update = [&](auto gradient, auto& m, auto& v, auto& p) HWY_ATTR {
    const auto g = hn::Mul(gradient, clip);
    m = hn::MulAdd(b1, m, hn::Mul(rest1, g));
    v = hn::MulAdd(b2, v, hn::Mul(hn::Mul(rest2, g), g));
    const auto denominator = hn::MulAdd(hn::Sqrt(v), root_scale, eps);
    const auto direction = hn::MulAdd(decay, p, hn::Div(hn::Mul(step, m), denominator));
    p = hn::Sub(p, direction);
  };
  int64_t i = begin;
  const int64_t end = begin + count;
  for (; i + lanes <= end; i += lanes) {
    auto m = hn::LoadU(d, slice.m + i), v = hn::LoadU(d, slice.v + i);
    auto p = hn::LoadU(d, slice.master + i);
    update(hn::LoadU(d, slice.gradient + i), m, v, p);
    hn::StoreU(m, d, slice.m + i);
    hn::StoreU(v, d, slice.v + i);
    hn::StoreU(p, d, slice.master + i);
    if constexpr (kWithCompute) store_bf16(p, d, slice.compute + i);
  }
  // The rest one by one in a vector's first lane, so that it follows the same arithmetic.
  for (; i < end; ++i) {
    const auto load = [&](const float* from) HWY_ATTR { return hn::Set(d, from[i]); };
    auto m = load(slice.m), v = load(slice.v), p = load(slice.master);
    update(load(slice.gradient), m, v, p);
    slice.m[i] = hn::GetLane(m);
    slice.v[i] = hn::GetLane(v);
    slice.master[i] = hn::GetLane(p);
    if constexpr (kWithCompute) slice.compute[i] = f32_to_bf16(slice.master[i]);
  }
}

void adamw_vector(const ParameterSlice& slice, int64_t begin, int64_t count,
                  const AdamWFactors& f) {
  if (slice.compute != nullptr) {
    adamw_loop<true>(slice, begin, count, f);
  } else {
    adamw_loop<false>(slice, begin, count, f);
  }
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {

HWY_EXPORT(sum_rows_vector);
HWY_EXPORT(add_row_vector);
HWY_EXPORT(sum_of_squares_vector);
HWY_EXPORT(adamw_vector);
HWY_EXPORT(round_to_bf16_vector);

void sum_rows(const float* in, int64_t rows, int64_t stride, int64_t count, bool accumulate,
              float* out) {
  HWY_DYNAMIC_DISPATCH(sum_rows_vector)(in, rows, stride, count, accumulate, out);
}
void add_row(const float* in, int64_t count, float* out) {
  HWY_DYNAMIC_DISPATCH(add_row_vector)(in, count, out);
}
double sum_of_squares(const float* in, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(sum_of_squares_vector)(in, count);
}
void adamw_run(const ParameterSlice& slice, int64_t begin, int64_t count, const AdamWFactors& f) {
  HWY_DYNAMIC_DISPATCH(adamw_vector)(slice, begin, count, f);
}
void round_to_bf16(const float* in, int64_t count, uint16_t* out) {
  HWY_DYNAMIC_DISPATCH(round_to_bf16_vector)(in, count, out);
}

}  // namespace raddle::kernels
#endif
