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

constexpr std::array kLinearCrossEntropyBf16 = {
    &kLinearCrossEntropyCublasLtBf16, &kLinearCrossEntropyCudaBf16, &kLinearCrossEntropyRefBf16};
static_assert(kLinearCrossEntropyBf16.back() == &kLinearCrossEntropyRefBf16,
              "the reference must stay last");

}  // namespace

template <>
KernelList<LinearCrossEntropyArgs> linear_cross_entropy_kernels<float>() {
  return kLinearCrossEntropy;
}
template <>
KernelList<LinearCrossEntropyArgsOf<Bf16>> linear_cross_entropy_kernels<Bf16>() {
  return kLinearCrossEntropyBf16;
}

}  // namespace raddle::kernels
