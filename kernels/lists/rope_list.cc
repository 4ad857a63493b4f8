// SPDX-License-Identifier: Apache-2.0
#include "kernels/ops/rope.h"

#include <array>

namespace raddle::kernels {
namespace {

constexpr std::array<const Kernel<RopeArgs>*, 3> kRope = {&kRopeCuda, &kRopeCpu, &kRopeRef};
constexpr std::array<const Kernel<HeadNormArgs>*, 3> kHeadNorm = {&kHeadNormCuda, &kHeadNormCpu,
                                                                  &kHeadNormRef};
constexpr std::array<const Kernel<HeadNormGradArgs>*, 3> kHeadNormGrad = {
    &kHeadNormGradCuda, &kHeadNormGradCpu, &kHeadNormGradRef};

static_assert(kRope.back() == &kRopeRef, "the reference must stay last");
static_assert(kHeadNorm.back() == &kHeadNormRef, "the reference must stay last");
static_assert(kHeadNormGrad.back() == &kHeadNormGradRef, "the reference must stay last");

constexpr std::array<const Kernel<RopeArgsOf<Bf16>>*, 2> kRopeBf16 = {&kRopeCudaBf16,
                                                                      &kRopeRefBf16};
constexpr std::array<const Kernel<HeadNormArgsOf<Bf16>>*, 2> kHeadNormBf16 = {&kHeadNormCudaBf16,
                                                                              &kHeadNormRefBf16};
constexpr std::array<const Kernel<HeadNormGradArgsOf<Bf16>>*, 2> kHeadNormGradBf16 = {
    &kHeadNormGradCudaBf16, &kHeadNormGradRefBf16};

}  // namespace

template <>
KernelList<RopeArgs> rope_kernels<float>() {
  return kRope;
}
template <>
KernelList<RopeArgsOf<Bf16>> rope_kernels<Bf16>() {
  return kRopeBf16;
}
template <>
KernelList<HeadNormArgs> head_norm_kernels<float>() {
  return kHeadNorm;
}
template <>
KernelList<HeadNormArgsOf<Bf16>> head_norm_kernels<Bf16>() {
  return kHeadNormBf16;
}
template <>
KernelList<HeadNormGradArgs> head_norm_grad_kernels<float>() {
  return kHeadNormGrad;
}
template <>
KernelList<HeadNormGradArgsOf<Bf16>> head_norm_grad_kernels<Bf16>() {
  return kHeadNormGradBf16;
}

}  // namespace raddle::kernels
