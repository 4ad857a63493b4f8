// SPDX-License-Identifier: Apache-2.0
// Linear layers. All matrices are dense row-major fp32. Accumulation in fp32 by the library; a
// result depends on shapes only, never on the number of threads.
#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace raddle::kernels {

// y = x W^T (+ bias).
struct LinearArgs {
  const float* x;       // (rows, in)
  const float* weight;  // (out, in)
  const float* bias;    // (out) or null
  float* y;             // (rows, out)
  int64_t rows, in, out;
};

// dx = dy W.
struct LinearGradInputArgs {
  const float* dy;      // (rows, out)
  const float* weight;  // (out, in)
  float* dx;            // (rows, in)
  int64_t rows, in, out;
};

// dW (+)= dy^T x.
struct LinearGradWeightArgs {
  const float* dy;  // (rows, out)
  const float* x;   // (rows, in)
  float* dweight;   // (out, in)
  int64_t rows, in, out;
  bool accumulate;  // false: overwrite
};

// db (+)= sum over rows of dy.
struct LinearGradBiasArgs {
  const float* dy;  // (rows, out)
  float* dbias;     // (out)
  int64_t rows, out;
  bool accumulate;
};

// The kernels; lists/ has their order.
extern const Kernel<LinearGradBiasArgs> kLinearGradBiasCuda, kLinearGradBiasCpu, kLinearGradBiasRef;
extern const Kernel<LinearArgs> kLinearCublasLt, kLinearCuda, kLinearOneDnn, kLinearOpenBlas,
    kLinearRef;
extern const Kernel<LinearGradInputArgs> kLinearGradInputCublasLt, kLinearGradInputCuda,
    kLinearGradInputOneDnn, kLinearGradInputOpenBlas, kLinearGradInputRef;
extern const Kernel<LinearGradWeightArgs> kLinearGradWeightCublasLt, kLinearGradWeightCuda,
    kLinearGradWeightOneDnn, kLinearGradWeightOpenBlas, kLinearGradWeightRef;

KernelList<LinearArgs> linear_kernels();
KernelList<LinearGradInputArgs> linear_grad_input_kernels();
KernelList<LinearGradWeightArgs> linear_grad_weight_kernels();
KernelList<LinearGradBiasArgs> linear_grad_bias_kernels();

}  // namespace raddle::kernels
