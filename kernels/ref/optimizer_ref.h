// SPDX-License-Identifier: Apache-2.0
// Gradient norm and AdamW as plain loops in double: the definition.
#pragma once

#include "kernels/ops/optimizer.h"

namespace raddle::kernels {

extern const Kernel<GradNormArgs> kGradNormRef;
extern const Kernel<AdamWArgs> kAdamWRef;

}  // namespace raddle::kernels
