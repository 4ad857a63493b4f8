// SPDX-License-Identifier: Apache-2.0
// Rotary positions and the norm of q and k heads, vectorised, threaded over rows.
#pragma once

#include "kernels/ops/rope.h"

namespace raddle::kernels {

extern const Kernel<RopeArgs> kRopeCpu;
extern const Kernel<HeadNormArgs> kHeadNormCpu;
extern const Kernel<HeadNormGradArgs> kHeadNormGradCpu;

}  // namespace raddle::kernels
