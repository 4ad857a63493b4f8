// SPDX-License-Identifier: Apache-2.0
// Linear layers, best first, reference last. Of the two libraries a machine uses one
// (cpu/matrix/blas.h).
#include <array>

#include "kernels/ops/linear.h"

namespace raddle::kernels {
namespace {

constexpr std::array kLinear = {&kLinearCublasLt, &kLinearCuda, &kLinearOneDnn, &kLinearOpenBlas,
                                &kLinearRef};
constexpr std::array kGradInput = {&kLinearGradInputCublasLt, &kLinearGradInputCuda,
                                   &kLinearGradInputOneDnn, &kLinearGradInputOpenBlas,
                                   &kLinearGradInputRef};
constexpr std::array kGradWeight = {&kLinearGradWeightCublasLt, &kLinearGradWeightCuda,
                                    &kLinearGradWeightOneDnn, &kLinearGradWeightOpenBlas,
                                    &kLinearGradWeightRef};
constexpr std::array kGradBias = {&kLinearGradBiasCuda, &kLinearGradBiasCpu, &kLinearGradBiasRef};
static_assert(kLinear.back() == &kLinearRef && kGradInput.back() == &kLinearGradInputRef &&
                  kGradWeight.back() == &kLinearGradWeightRef &&
                  kGradBias.back() == &kLinearGradBiasRef,
              "the reference must stay last");

}  // namespace

KernelList<LinearArgs> linear_kernels() { return kLinear; }
KernelList<LinearGradInputArgs> linear_grad_input_kernels() { return kGradInput; }
KernelList<LinearGradWeightArgs> linear_grad_weight_kernels() { return kGradWeight; }
KernelList<LinearGradBiasArgs> linear_grad_bias_kernels() { return kGradBias; }

}  // namespace raddle::kernels
