// SPDX-License-Identifier: Apache-2.0
// Projection, softmax and cross-entropy over chunks of rows: the logits of a chunk are made by a
// product, turned into their own gradient in place, and consumed by two more products. One kernel a
// library.
#pragma once

#include "kernels/ops/linear_cross_entropy.h"

namespace raddle::kernels {

extern const Kernel<LinearCrossEntropyArgs> kLinearCrossEntropyOneDnn, kLinearCrossEntropyOpenBlas;

}  // namespace raddle::kernels
