// SPDX-License-Identifier: Apache-2.0
// The definition of layer norm and RMS norm: plain loops, sums in double.
#pragma once

#include "kernels/ops/norm.h"

namespace raddle::kernels {

extern const Kernel<LayerNormArgs> kLayerNormRef;
extern const Kernel<LayerNormGradArgs> kLayerNormGradRef;
extern const Kernel<RmsNormArgs> kRmsNormRef;
extern const Kernel<RmsNormGradArgs> kRmsNormGradRef;

}  // namespace raddle::kernels
