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

}  // namespace

KernelList<RopeArgs> rope_kernels() { return kRope; }
KernelList<HeadNormArgs> head_norm_kernels() { return kHeadNorm; }
KernelList<HeadNormGradArgs> head_norm_grad_kernels() { return kHeadNormGrad; }

}  // namespace raddle::kernels
