// SPDX-License-Identifier: Apache-2.0
// Linear layers by our own packed matrix product.
#pragma once

#include "kernels/ops/linear.h"

namespace raddle::kernels {

extern const Kernel<LinearArgs> kLinearCpu;
extern const Kernel<LinearGradInputArgs> kLinearGradInputCpu;
extern const Kernel<LinearGradWeightArgs> kLinearGradWeightCpu;
extern const Kernel<LinearGradBiasArgs> kLinearGradBiasCpu;

}  // namespace raddle::kernels
