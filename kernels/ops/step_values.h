// SPDX-License-Identifier: Apache-2.0
// Plain values of a step that lie in the device's memory: code of a GPU reads and writes them too.
#pragma once

#include <cstdint>

namespace raddle::kernels {

// What the step decided, written by step_verdict and read by the optimizer in stream order: no host
// round trip between them.
struct StepVerdict {
  double norm_squared;  // of all gradients of all ranks
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

}  // namespace raddle::kernels
