// SPDX-License-Identifier: Apache-2.0
// The bias gradient of linear layers: column sums.
#pragma once

#include "kernels/ops/linear.h"

namespace raddle::kernels {

extern const Kernel<LinearGradBiasArgs> kLinearGradBiasCpu;

}  // namespace raddle::kernels
