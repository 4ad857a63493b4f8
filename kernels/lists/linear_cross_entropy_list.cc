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

constexpr std::array<const Kernel<LinearCrossEntropyArgsOf<Bf16>>*, 1> kLinearCrossEntropyBf16 = {
    &kLinearCrossEntropyRefBf16};

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
