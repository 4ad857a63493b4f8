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

}  // namespace

KernelList<LayerNormArgs> layer_norm_kernels() { return kLayerNorm; }
KernelList<LayerNormGradArgs> layer_norm_grad_kernels() { return kLayerNormGrad; }
KernelList<RmsNormArgs> rms_norm_kernels() { return kRmsNorm; }
KernelList<RmsNormGradArgs> rms_norm_grad_kernels() { return kRmsNormGrad; }

}  // namespace raddle::kernels
