// SPDX-License-Identifier: Apache-2.0
// Projection, softmax and cross-entropy a row at a time in double: the definition.
#pragma once

#include "kernels/ops/linear_cross_entropy.h"

namespace raddle::kernels {

extern const Kernel<LinearCrossEntropyArgs> kLinearCrossEntropyRef;

}  // namespace raddle::kernels
