// SPDX-License-Identifier: Apache-2.0
// Linear layers as tiles of library matrix products on the worker pool, one kernel a library.
#pragma once

#include "kernels/ops/linear.h"

namespace raddle::kernels {

extern const Kernel<LinearArgs> kLinearOneDnn, kLinearOpenBlas;
extern const Kernel<LinearGradInputArgs> kLinearGradInputOneDnn, kLinearGradInputOpenBlas;
extern const Kernel<LinearGradWeightArgs> kLinearGradWeightOneDnn, kLinearGradWeightOpenBlas;

}  // namespace raddle::kernels
