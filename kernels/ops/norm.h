// SPDX-License-Identifier: Apache-2.0
// Layer norm and RMS norm over the last dimension. Statistics are accumulated in fp32 with several
// partial sums (the reference: double); weight gradients are reduced over rows in a fixed order
// that does not depend on the number of threads.
#pragma once

#include <cstdint>

#include "kernels/kernel.h"

namespace raddle::kernels {

// y = (x - mean) * rstd * weight + bias;  rstd = 1 / sqrt(var + eps), biased variance.
struct LayerNormArgs {
  const float* x;       // (rows, width)
  const float* weight;  // (width) or null: 1
  const float* bias;    // (width) or null: 0
  float* y;             // (rows, width)
  float* stats;         // (rows, 2): mean, rstd
  int64_t rows, width;
  float eps;
};
struct LayerNormGradArgs {
  const float* dy;      // (rows, width)
  const float* x;       // (rows, width)
  const float* weight;  // (width) or null
  const float* stats;   // (rows, 2)
  float* dx;            // (rows, width) overwritten; may alias dy
  float* dweight;       // (width) or null
  float* dbias;         // (width) or null
  int64_t rows, width;
  bool accumulate_dweight, accumulate_dbias;
};

// y = x * rstd * weight;  rstd = 1 / sqrt(mean(x^2) + eps).
struct RmsNormArgs {
  const float* x;       // (rows, width)
  const float* weight;  // (width) or null: 1
  float* y;             // (rows, width)
  float* rstd;          // (rows)
  int64_t rows, width;
  float eps;
};
struct RmsNormGradArgs {
  const float* dy;      // (rows, width)
  const float* x;       // (rows, width)
  const float* weight;  // (width) or null
  const float* rstd;    // (rows)
  float* dx;            // (rows, width) overwritten; may alias dy
  float* dweight;       // (width) or null
  int64_t rows, width;
  bool accumulate_dweight;
};

// The kernels; lists/ has their order.
extern const Kernel<LayerNormArgs> kLayerNormCuda, kLayerNormCpu, kLayerNormRef;
extern const Kernel<LayerNormGradArgs> kLayerNormGradCuda, kLayerNormGradCpu, kLayerNormGradRef;
extern const Kernel<RmsNormArgs> kRmsNormCuda, kRmsNormCpu, kRmsNormRef;
extern const Kernel<RmsNormGradArgs> kRmsNormGradCuda, kRmsNormGradCpu, kRmsNormGradRef;

KernelList<LayerNormArgs> layer_norm_kernels();
KernelList<LayerNormGradArgs> layer_norm_grad_kernels();
KernelList<RmsNormArgs> rms_norm_kernels();
KernelList<RmsNormGradArgs> rms_norm_grad_kernels();

}  // namespace raddle::kernels
