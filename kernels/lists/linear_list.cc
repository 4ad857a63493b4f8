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

constexpr std::array kLinearBf16 = {&kLinearCublasLtBf16, &kLinearCudaBf16, &kLinearRefBf16};
constexpr std::array kGradInputBf16 = {&kLinearGradInputCublasLtBf16, &kLinearGradInputCudaBf16,
                                       &kLinearGradInputRefBf16};
constexpr std::array kGradWeightBf16 = {&kLinearGradWeightCublasLtBf16, &kLinearGradWeightCudaBf16,
                                        &kLinearGradWeightRefBf16};
constexpr std::array kGradBiasBf16 = {&kLinearGradBiasCudaBf16, &kLinearGradBiasRefBf16};
static_assert(kLinearBf16.back() == &kLinearRefBf16 &&
                  kGradInputBf16.back() == &kLinearGradInputRefBf16 &&
                  kGradWeightBf16.back() == &kLinearGradWeightRefBf16 &&
                  kGradBiasBf16.back() == &kLinearGradBiasRefBf16,
              "the reference must stay last");

}  // namespace

template <>
KernelList<LinearArgs> linear_kernels<float>() {
  return kLinear;
}
template <>
KernelList<LinearArgsOf<Bf16>> linear_kernels<Bf16>() {
  return kLinearBf16;
}
template <>
KernelList<LinearGradInputArgs> linear_grad_input_kernels<float>() {
  return kGradInput;
}
template <>
KernelList<LinearGradInputArgsOf<Bf16>> linear_grad_input_kernels<Bf16>() {
  return kGradInputBf16;
}
template <>
KernelList<LinearGradWeightArgs> linear_grad_weight_kernels<float>() {
  return kGradWeight;
}
template <>
KernelList<LinearGradWeightArgsOf<Bf16>> linear_grad_weight_kernels<Bf16>() {
  return kGradWeightBf16;
}
template <>
KernelList<LinearGradBiasArgs> linear_grad_bias_kernels<float>() {
  return kGradBias;
}
template <>
KernelList<LinearGradBiasArgsOf<Bf16>> linear_grad_bias_kernels<Bf16>() {
  return kGradBiasBf16;
}

}  // namespace raddle::kernels
