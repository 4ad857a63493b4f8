// SPDX-License-Identifier: Apache-2.0
// Linear layers. All matrices are dense row-major. Accumulation in fp32 by the library, rounded
// once to the type of the result; a result depends on shapes only, never on the number of threads.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

// y = x W^T (+ bias).
template <class T>
struct LinearArgsOf {
  const T* x;       // (rows, in)
  const T* weight;  // (out, in)
  const T* bias;    // (out) or null
  T* y;             // (rows, out)
  int64_t rows, in, out;
};
using LinearArgs = LinearArgsOf<float>;

// dx = dy W.
template <class T>
struct LinearGradInputArgsOf {
  const T* dy;      // (rows, out)
  const T* weight;  // (out, in)
  T* dx;            // (rows, in)
  int64_t rows, in, out;
};
using LinearGradInputArgs = LinearGradInputArgsOf<float>;

// dW (+)= dy^T x.
template <class T>
struct LinearGradWeightArgsOf {
  const T* dy;     // (rows, out)
  const T* x;      // (rows, in)
  float* dweight;  // (out, in)
  int64_t rows, in, out;
  bool accumulate;  // false: overwrite
};
using LinearGradWeightArgs = LinearGradWeightArgsOf<float>;

// db (+)= sum over rows of dy.
template <class T>
struct LinearGradBiasArgsOf {
  const T* dy;   // (rows, out)
  float* dbias;  // (out)
  int64_t rows, out;
  bool accumulate;
};
using LinearGradBiasArgs = LinearGradBiasArgsOf<float>;

// The kernels; lists/ has their order.
extern const Kernel<LinearGradBiasArgs> kLinearGradBiasCuda, kLinearGradBiasCpu, kLinearGradBiasRef;
extern const Kernel<LinearArgs> kLinearCublasLt, kLinearCuda, kLinearOneDnn, kLinearOpenBlas,
    kLinearRef;
extern const Kernel<LinearGradInputArgs> kLinearGradInputCublasLt, kLinearGradInputCuda,
    kLinearGradInputOneDnn, kLinearGradInputOpenBlas, kLinearGradInputRef;
extern const Kernel<LinearGradWeightArgs> kLinearGradWeightCublasLt, kLinearGradWeightCuda,
    kLinearGradWeightOneDnn, kLinearGradWeightOpenBlas, kLinearGradWeightRef;

extern const Kernel<LinearGradBiasArgsOf<Bf16>> kLinearGradBiasCudaBf16, kLinearGradBiasRefBf16;
extern const Kernel<LinearArgsOf<Bf16>> kLinearCublasLtBf16, kLinearCudaBf16, kLinearRefBf16;
extern const Kernel<LinearGradInputArgsOf<Bf16>> kLinearGradInputCublasLtBf16,
    kLinearGradInputCudaBf16, kLinearGradInputRefBf16;
extern const Kernel<LinearGradWeightArgsOf<Bf16>> kLinearGradWeightCublasLtBf16,
    kLinearGradWeightCudaBf16, kLinearGradWeightRefBf16;

template <class T = float>
KernelList<LinearArgsOf<T>> linear_kernels();
template <class T = float>
KernelList<LinearGradInputArgsOf<T>> linear_grad_input_kernels();
template <class T = float>
KernelList<LinearGradWeightArgsOf<T>> linear_grad_weight_kernels();
template <class T = float>
KernelList<LinearGradBiasArgsOf<T>> linear_grad_bias_kernels();

}  // namespace raddle::kernels
