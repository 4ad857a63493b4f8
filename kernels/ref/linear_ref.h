// SPDX-License-Identifier: Apache-2.0
// Linear layers as plain loops that accumulate in double: the definition that tuned kernels are
// tested against.
#pragma once

#include "kernels/ops/linear.h"

namespace raddle::kernels {

extern const Kernel<LinearArgs> kLinearRef;
extern const Kernel<LinearGradInputArgs> kLinearGradInputRef;
extern const Kernel<LinearGradWeightArgs> kLinearGradWeightRef;
extern const Kernel<LinearGradBiasArgs> kLinearGradBiasRef;

}  // namespace raddle::kernels
