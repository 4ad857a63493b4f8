// SPDX-License-Identifier: Apache-2.0
// One matrix product, for whatever carries it out.
#pragma once

#include <cstdint>

namespace raddle::kernels {

// One row-major product, C (m, n) = A B + beta C, where A is (m, k), stored (k, m) if transposed,
// and B is (k, n), stored (n, k) if transposed. Strides are in elements of a stored row.
template <class T, class Result = T>
struct GemmCallOf {
  const T* a;
  const T* b;
  Result* c;
  int64_t m, n, k;
  int64_t a_stride, b_stride, c_stride;
  bool a_transposed, b_transposed;
  float beta;
};
using GemmCall = GemmCallOf<float>;

}  // namespace raddle::kernels
