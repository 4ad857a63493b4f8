// SPDX-License-Identifier: Apache-2.0
// Linear layers as tiles of library matrix products on the worker pool.
#pragma once

#include "kernels/ops/linear.h"

namespace raddle::kernels {

extern const Kernel<LinearArgs> kLinearBlas;
extern const Kernel<LinearGradInputArgs> kLinearGradInputBlas;
extern const Kernel<LinearGradWeightArgs> kLinearGradWeightBlas;

}  // namespace raddle::kernels
