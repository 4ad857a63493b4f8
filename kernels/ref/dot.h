// SPDX-License-Identifier: Apache-2.0
// A product of two vectors in double, in the order of their elements.
#pragma once

#include <cstdint>

namespace raddle::kernels {

template <class T>
double dot(const T* a, const T* b, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

}  // namespace raddle::kernels
