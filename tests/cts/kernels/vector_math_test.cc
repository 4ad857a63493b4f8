// SPDX-License-Identifier: Apache-2.0
// The vector functions that the tuned kernels share, swept over their range on every instruction
// set.
#include <cmath>
#include <limits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/cts/kernels/vector_math_test.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/cpu/rows/sincos-inl.h"
#include "kernels/cpu/vector/vector_math-inl.h"
#include "tests/cts/kernels/agreement.h"

HWY_BEFORE_NAMESPACE();
namespace raddle::kernels::HWY_NAMESPACE {

void exp_all(const float* x, int64_t count, float* y) {
  each_vector(count,
              [&](int64_t i, auto at) HWY_ATTR { at.store(exp_to_88(at.load(x + i)), y + i); });
}
void sigmoid_all(const float* x, int64_t count, float* value, float* complement) {
  each_vector(count, [&](int64_t i, auto at) HWY_ATTR {
    const Sigmoid s = sigmoid(at.load(x + i));
    at.store(s.value, value + i);
    at.store(s.complement, complement + i);
  });
}
void sincos_all(double position, const double* frequencies, int64_t count, float* cosine,
                float* sine) {
  fill_sincos(position, frequencies, count, false, cosine, sine);
}

}  // namespace raddle::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace raddle::kernels {
HWY_EXPORT(exp_all);
HWY_EXPORT(sigmoid_all);
HWY_EXPORT(sincos_all);
}  // namespace raddle::kernels

namespace raddle::test {
namespace {

Floats sweep(double from, double to, int count) {
  Floats x;
  for (int i = 0; i <= count; ++i) x.push_back(static_cast<float>(from + (to - from) * i / count));
  return x;
}

Floats exp_of(const Floats& x) {
  using namespace kernels;
  Floats y(x.size());
  HWY_DYNAMIC_DISPATCH(exp_all)(x.data(), static_cast<int64_t>(x.size()), y.data());
  return y;
}

TEST(VectorMath, ExpIsWithinThreeParts) {
  const Floats x = sweep(-87.25, 88, 400001);
  for (const int64_t target : runnable_vector_targets()) {
    const VectorTarget restricted(target);
    const Floats y = exp_of(x);
    for (size_t i = 0; i < x.size(); ++i) {
      const double expected = std::exp(static_cast<double>(x[i]));
      ASSERT_NEAR(y[i] / expected, 1, 3e-7) << "x = " << x[i] << hwy::TargetName(target);
    }
  }
}

TEST(VectorMath, ExpOfTheExtremes) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const int64_t target : runnable_vector_targets()) {
    const VectorTarget restricted(target);
    const Floats y = exp_of({0, -88, -1000, -3e38f, -infinity, std::nanf(""), -std::nanf("17")});
    EXPECT_EQ(y[0], 1);
    for (size_t i = 1; i <= 4; ++i) EXPECT_EQ(y[i], 0) << i;
    EXPECT_TRUE(std::isnan(y[5]));
    EXPECT_TRUE(std::isnan(y[6]));
  }
}

TEST(VectorMath, SigmoidAndItsComplementKeepRelativePrecision) {
  using namespace kernels;
  const Floats x = sweep(-80, 80, 200001);
  for (const int64_t target : runnable_vector_targets()) {
    const VectorTarget restricted(target);
    Floats value(x.size()), complement(x.size());
    HWY_DYNAMIC_DISPATCH(sigmoid_all)
    (x.data(), static_cast<int64_t>(x.size()), value.data(), complement.data());
    for (size_t i = 0; i < x.size(); ++i) {
      const double v = x[i];
      ASSERT_NEAR(value[i] * (1 + std::exp(-v)), 1, 5e-7) << "x = " << v;
      ASSERT_NEAR(complement[i] * (1 + std::exp(v)), 1, 5e-7) << "x = " << v;
    }
  }
}

TEST(VectorMath, SineAndCosineOfFarPositions) {
  using namespace kernels;
  std::vector<double> frequencies(80, 0.0);
  for (size_t i = 0; i < 64; ++i) frequencies[i] = std::pow(10000.0, -static_cast<double>(i) / 64);
  for (const int64_t target : runnable_vector_targets()) {
    const VectorTarget restricted(target);
    Floats cosine(80), sine(80);
    for (const double position : {0.0, 1.0, 2.0, 3.0, 1023.0, 131071.0, 131072.0, 2147483647.0}) {
      HWY_DYNAMIC_DISPATCH(sincos_all)
      (position, frequencies.data(), 64, cosine.data(), sine.data());
      for (size_t i = 0; i < 64; ++i) {
        EXPECT_NEAR(cosine[i], std::cos(position * frequencies[i]), 2e-7) << position << " " << i;
        EXPECT_NEAR(sine[i], std::sin(position * frequencies[i]), 2e-7) << position << " " << i;
      }
    }
  }
}

}  // namespace
}  // namespace raddle::test
#endif  // HWY_ONCE
