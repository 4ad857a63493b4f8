// SPDX-License-Identifier: Apache-2.0
// Fused projection and cross-entropy, best first, reference last.
#include <array>

#include "kernels/ops/linear_cross_entropy.h"

namespace raddle::kernels {
namespace {

constexpr std::array kLinearCrossEntropy = {&kLinearCrossEntropyCublasLt, &kLinearCrossEntropyCuda,
                                            &kLinearCrossEntropyOneDnn,
                                            &kLinearCrossEntropyOpenBlas, &kLinearCrossEntropyRef};
static_assert(kLinearCrossEntropy.back() == &kLinearCrossEntropyRef,
              "the reference must stay last");

}  // namespace

KernelList<LinearCrossEntropyArgs> linear_cross_entropy_kernels() { return kLinearCrossEntropy; }

}  // namespace raddle::kernels
