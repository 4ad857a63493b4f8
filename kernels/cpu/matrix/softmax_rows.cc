// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "kernels/cpu/vector/vector_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/matrix/softmax_rows.cc"
#include <hwy/foreach_target.h>

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;

float largest_of(const float* row, int64_t count) {
  const Floats d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  auto a = hn::Set(d, row[0]), b = a;
  int64_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    a = hn::Max(a, hn::LoadU(d, row + i));
    b = hn::Max(b, hn::LoadU(d, row + i + lanes));
  }
  float largest = hn::GetLane(hn::MaxOfLanes(d, hn::Max(a, b)));
  for (; i < count; ++i) largest = std::max(largest, row[i]);
  return largest;
}

// row[i] = exp(row[i] - largest) where `store`; returns the sum. Lanes add up in float over short
// blocks, blocks in double.
template <bool store>
double exponentials(float* row, int64_t count, float largest) {
  const Floats d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  constexpr int64_t kBlock = 1024;
  const auto shift = hn::Set(d, largest);
  double total = 0.0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t end = std::min(begin + kBlock, count);
    auto sum = hn::Zero(d);
    int64_t i = begin;
    for (; i + lanes <= end; i += lanes) {
      const auto e = hn::Exp(d, hn::Sub(hn::LoadU(d, row + i), shift));
      if constexpr (store) hn::StoreU(e, d, row + i);
      sum = hn::Add(sum, e);
    }
    total += hn::GetLane(hn::SumOfLanes(d, sum));
    for (; i < end; ++i) {
      const float e = std::exp(row[i] - largest);
      if constexpr (store) row[i] = e;
      total += e;
    }
  }
  return total;
}

void scale_row(float* row, int64_t count, float factor) {
  const Floats d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto by = hn::Set(d, factor);
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::Mul(hn::LoadU(d, row + i), by), d, row + i);
  }
  for (; i < count; ++i) row[i] *= factor;
}

double loss_row(float* logits, int64_t count, int32_t target) {
  const float largest = largest_of(logits, count);
  const double sum = exponentials<false>(logits, count, largest);
  return std::log(sum) + static_cast<double>(largest) - logits[target];
}

double gradient_row(float* logits, int64_t count, int32_t target, float scale) {
  const float largest = largest_of(logits, count);
  const double at_target = logits[target];
  const double sum = exponentials<true>(logits, count, largest);
  scale_row(logits, count, static_cast<float>(scale / sum));
  logits[target] -= scale;
  return std::log(sum) + static_cast<double>(largest) - at_target;
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {

HWY_EXPORT(loss_row);
HWY_EXPORT(gradient_row);

double softmax_gradient_row(float* logits, int64_t count, int32_t target, float scale) {
  return HWY_DYNAMIC_DISPATCH(gradient_row)(logits, count, target, scale);
}
double softmax_loss_row(float* logits, int64_t count, int32_t target) {
  return HWY_DYNAMIC_DISPATCH(loss_row)(logits, count, target);
}

}  // namespace raddle::kernels
#endif
