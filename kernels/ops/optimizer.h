// SPDX-License-Identifier: Apache-2.0
// The update: one pass for the global gradient norm, one for AdamW with the clip folded in.
#pragma once

#include <cstdint>
#include <span>

#include "kernels/kernel.h"

namespace raddle::kernels {

// One run of parameters that shares hyper-parameters. Memory of the StateStore.
struct ParameterSlice {
  float* master;    // (count)
  float* gradient;  // (count); read only: reduced gradients are kept until commit, never scaled
  float* m;         // (count)
  float* v;         // (count)
  int64_t count;
  float weight_decay;         // decoupled; 0 for norms, biases
  float learning_rate_scale;  // multiplies the schedule's rate
};

// What the step decided, written by grad_norm and read by the optimizer in stream order: no host
// round trip between them. The record that ranks will exchange (the vote) has the same fields.
struct StepVerdict {
  double norm_squared;  // of all gradients, summed in slice order over fixed blocks
  float norm;
  float clip;          // factor on the gradients: min(1, max_norm / norm)
  int32_t non_finite;  // 1 when the norm is inf or NaN: the optimizer leaves everything untouched
};

// What the host sets for each step before it runs.
struct StepScalars {
  float learning_rate;
  float beta1, beta2, eps;
  float bias_correction1, bias_correction2;  // 1 - beta^t, computed in double
  float max_norm;                            // <= 0: no clipping
};

struct GradNormArgs {
  std::span<const ParameterSlice> slices;
  const StepScalars* scalars;
  StepVerdict* verdict;
};

// m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2 with g = clip * gradient;
// master -= lr * scale * (m / c1 / (sqrt(v / c2) + eps) + weight_decay * master).
struct AdamWArgs {
  std::span<const ParameterSlice> slices;
  const StepScalars* scalars;
  const StepVerdict* verdict;
};

// The kernels; lists/ has their order.
extern const Kernel<GradNormArgs> kGradNormCpu, kGradNormRef;
extern const Kernel<AdamWArgs> kAdamWCpu, kAdamWRef;

KernelList<GradNormArgs> grad_norm_kernels();
KernelList<AdamWArgs> adamw_kernels();

}  // namespace raddle::kernels
