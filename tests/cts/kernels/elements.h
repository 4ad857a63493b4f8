// SPDX-License-Identifier: Apache-2.0
// Buffers of a Problem whose activations are of type T: filled from the same random numbers in each
// type, compared as float.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/ref/rounded.h"
#include "tests/support/kernel_runner.h"

namespace raddle::test {

template <class T>
std::vector<T> rounded_to(const std::vector<float>& values) {
  std::vector<T> result;
  result.reserve(values.size());
  for (const float value : values) result.push_back(kernels::rounded<T>(double{value}));
  return result;
}

template <class T>
std::vector<T> random_elements(int64_t count, uint64_t stream, float scale = 1.0f) {
  return rounded_to<T>(random_floats(count, stream, scale));
}

template <class T>
std::vector<float> widened(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

// Filled with NaN: an element that a kernel forgets is seen.
template <class T>
std::vector<T> unwritten_of(int64_t count) {
  return std::vector<T>(static_cast<size_t>(count),
                        kernels::rounded<T>(std::numeric_limits<double>::quiet_NaN()));
}

// How far two correct elements of type T may lie apart, relative to their size, beside the error of
// what is added up: each is rounded once, and near the middle between two numbers of T they go
// different ways.
template <class T>
inline constexpr double kRoundingOf = 0;
template <>
inline constexpr double kRoundingOf<Bf16> = 1.0 / 128;

// relative_error() of what is left of each difference beyond `rounding` of its element.
inline double error_beyond(double rounding, const std::vector<float>& actual,
                           const std::vector<float>& expected) {
  EXPECT_EQ(actual.size(), expected.size());
  std::vector<float> nearer = actual;
  for (size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
    const float granted = static_cast<float>(rounding) * std::abs(expected[i]);
    nearer[i] += std::clamp(expected[i] - actual[i], -granted, granted);
  }
  return relative_error(nearer, expected);
}

}  // namespace raddle::test
