// SPDX-License-Identifier: Apache-2.0
// The definition of rotary positions and of the norm of q and k heads: plain loops, sums in double.
#pragma once

#include "kernels/ops/rope.h"

namespace raddle::kernels {

extern const Kernel<RopeArgs> kRopeRef;
extern const Kernel<HeadNormArgs> kHeadNormRef;
extern const Kernel<HeadNormGradArgs> kHeadNormGradRef;

}  // namespace raddle::kernels
