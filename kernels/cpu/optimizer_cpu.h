// SPDX-License-Identifier: Apache-2.0
// Gradient norm and AdamW, each one pass over memory on the worker pool.
#pragma once

#include "kernels/ops/optimizer.h"

namespace raddle::kernels {

extern const Kernel<GradNormArgs> kGradNormCpu;
extern const Kernel<AdamWArgs> kAdamWCpu;

}  // namespace raddle::kernels
