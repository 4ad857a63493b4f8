// SPDX-License-Identifier: Apache-2.0
// Layer norm and RMS norm over the last dimension. Statistics are accumulated in fp32 with several
// partial sums (the reference: double); weight gradients are reduced over rows in a fixed order
// that does not depend on the number of threads.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

// y = (x - mean) * rstd * weight + bias;  rstd = 1 / sqrt(var + eps), biased variance.
template <class T>
struct LayerNormArgsOf {
  const T* x;           // (rows, width)
  const float* weight;  // (width) or null: 1
  const float* bias;    // (width) or null: 0
  T* y;                 // (rows, width)
  float* stats;         // (rows, 2): mean, rstd
  int64_t rows, width;
  float eps;
};
using LayerNormArgs = LayerNormArgsOf<float>;
template <class T>
struct LayerNormGradArgsOf {
  const T* dy;          // (rows, width)
  const T* x;           // (rows, width)
  const float* weight;  // (width) or null
  const float* stats;   // (rows, 2)
  T* dx;                // (rows, width) overwritten; may alias dy
  float* dweight;       // (width) or null
  float* dbias;         // (width) or null
  int64_t rows, width;
  bool accumulate_dweight, accumulate_dbias;
};
using LayerNormGradArgs = LayerNormGradArgsOf<float>;

// y = x * rstd * weight;  rstd = 1 / sqrt(mean(x^2) + eps).
template <class T>
struct RmsNormArgsOf {
  const T* x;           // (rows, width)
  const float* weight;  // (width) or null: 1
  T* y;                 // (rows, width)
  float* rstd;          // (rows)
  int64_t rows, width;
  float eps;
};
using RmsNormArgs = RmsNormArgsOf<float>;
template <class T>
struct RmsNormGradArgsOf {
  const T* dy;          // (rows, width)
  const T* x;           // (rows, width)
  const float* weight;  // (width) or null
  const float* rstd;    // (rows)
  T* dx;                // (rows, width) overwritten; may alias dy
  float* dweight;       // (width) or null
  int64_t rows, width;
  bool accumulate_dweight;
};
using RmsNormGradArgs = RmsNormGradArgsOf<float>;

// The kernels; lists/ has their order.
extern const Kernel<LayerNormArgs> kLayerNormCuda, kLayerNormCpu, kLayerNormRef;
extern const Kernel<LayerNormGradArgs> kLayerNormGradCuda, kLayerNormGradCpu, kLayerNormGradRef;
extern const Kernel<RmsNormArgs> kRmsNormCuda, kRmsNormCpu, kRmsNormRef;
extern const Kernel<RmsNormGradArgs> kRmsNormGradCuda, kRmsNormGradCpu, kRmsNormGradRef;

extern const Kernel<LayerNormArgsOf<Bf16>> kLayerNormCudaBf16, kLayerNormRefBf16;
extern const Kernel<LayerNormGradArgsOf<Bf16>> kLayerNormGradCudaBf16, kLayerNormGradRefBf16;
extern const Kernel<RmsNormArgsOf<Bf16>> kRmsNormCudaBf16, kRmsNormRefBf16;
extern const Kernel<RmsNormGradArgsOf<Bf16>> kRmsNormGradCudaBf16, kRmsNormGradRefBf16;

template <class T = float>
KernelList<LayerNormArgsOf<T>> layer_norm_kernels();
template <class T = float>
KernelList<LayerNormGradArgsOf<T>> layer_norm_grad_kernels();
template <class T = float>
KernelList<RmsNormArgsOf<T>> rms_norm_kernels();
template <class T = float>
KernelList<RmsNormGradArgsOf<T>> rms_norm_grad_kernels();

}  // namespace raddle::kernels
