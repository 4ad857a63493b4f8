// SPDX-License-Identifier: Apache-2.0
// Layer norm and RMS norm, vectorised, threaded over rows.
#pragma once

#include "kernels/ops/norm.h"

namespace raddle::kernels {

extern const Kernel<LayerNormArgs> kLayerNormCpu;
extern const Kernel<LayerNormGradArgs> kLayerNormGradCpu;
extern const Kernel<RmsNormArgs> kRmsNormCpu;
extern const Kernel<RmsNormGradArgs> kRmsNormGradCpu;

}  // namespace raddle::kernels
