// SPDX-License-Identifier: Apache-2.0
#include "kernels/ops/norm.h"

#include <array>

namespace raddle::kernels {
namespace {

constexpr std::array<const Kernel<LayerNormArgs>*, 3> kLayerNorm = {&kLayerNormCuda, &kLayerNormCpu,
                                                                    &kLayerNormRef};
constexpr std::array<const Kernel<LayerNormGradArgs>*, 3> kLayerNormGrad = {
    &kLayerNormGradCuda, &kLayerNormGradCpu, &kLayerNormGradRef};
constexpr std::array<const Kernel<RmsNormArgs>*, 3> kRmsNorm = {&kRmsNormCuda, &kRmsNormCpu,
                                                                &kRmsNormRef};
constexpr std::array<const Kernel<RmsNormGradArgs>*, 3> kRmsNormGrad = {
    &kRmsNormGradCuda, &kRmsNormGradCpu, &kRmsNormGradRef};

static_assert(kLayerNorm.back() == &kLayerNormRef, "the reference must stay last");
static_assert(kLayerNormGrad.back() == &kLayerNormGradRef, "the reference must stay last");
static_assert(kRmsNorm.back() == &kRmsNormRef, "the reference must stay last");
static_assert(kRmsNormGrad.back() == &kRmsNormGradRef, "the reference must stay last");

constexpr std::array<const Kernel<LayerNormArgsOf<Bf16>>*, 2> kLayerNormBf16 = {&kLayerNormCudaBf16,
                                                                                &kLayerNormRefBf16};
constexpr std::array<const Kernel<LayerNormGradArgsOf<Bf16>>*, 2> kLayerNormGradBf16 = {
    &kLayerNormGradCudaBf16, &kLayerNormGradRefBf16};
constexpr std::array<const Kernel<RmsNormArgsOf<Bf16>>*, 2> kRmsNormBf16 = {&kRmsNormCudaBf16,
                                                                            &kRmsNormRefBf16};
constexpr std::array<const Kernel<RmsNormGradArgsOf<Bf16>>*, 2> kRmsNormGradBf16 = {
    &kRmsNormGradCudaBf16, &kRmsNormGradRefBf16};

}  // namespace

template <>
KernelList<LayerNormArgs> layer_norm_kernels<float>() {
  return kLayerNorm;
}
template <>
KernelList<LayerNormArgsOf<Bf16>> layer_norm_kernels<Bf16>() {
  return kLayerNormBf16;
}
template <>
KernelList<LayerNormGradArgs> layer_norm_grad_kernels<float>() {
  return kLayerNormGrad;
}
template <>
KernelList<LayerNormGradArgsOf<Bf16>> layer_norm_grad_kernels<Bf16>() {
  return kLayerNormGradBf16;
}
template <>
KernelList<RmsNormArgs> rms_norm_kernels<float>() {
  return kRmsNorm;
}
template <>
KernelList<RmsNormArgsOf<Bf16>> rms_norm_kernels<Bf16>() {
  return kRmsNormBf16;
}
template <>
KernelList<RmsNormGradArgs> rms_norm_grad_kernels<float>() {
  return kRmsNormGrad;
}
template <>
KernelList<RmsNormGradArgsOf<Bf16>> rms_norm_grad_kernels<Bf16>() {
  return kRmsNormGradBf16;
}

}  // namespace raddle::kernels
