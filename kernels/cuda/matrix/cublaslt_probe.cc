// SPDX-License-Identifier: Apache-2.0
// What of cuBLASLt a plan asks: part of every build.
#include "kernels/cuda/matrix/cublaslt.h"

#include <climits>

namespace raddle::kernels {

Verdict cublaslt_takes(const CudaProduct& product, const device::DeviceCaps& caps) {
  if (!caps.has_cublaslt) {
    return Verdict::no(caps.cublaslt_name.empty() ? "no cuBLASLt was looked for"
                                                  : caps.cublaslt_name);
  }
  for (const int64_t size : {product.m, product.n, product.k}) {
    if (size < 1 || size > INT_MAX) {
      return Verdict::no(
          fmt::format("needs sizes from 1 to {}, got a product of {} x {} by {} x {}", INT_MAX,
                      product.m, product.k, product.k, product.n));
    }
  }
  return Verdict::yes();
}

}  // namespace raddle::kernels
