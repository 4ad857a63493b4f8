// SPDX-License-Identifier: Apache-2.0
#include "kernels/ops/attention.h"

#include <array>

namespace raddle::kernels {
namespace {

constexpr std::array<const Kernel<AttentionArgs>*, 3> kAttention = {&kAttentionCuda, &kAttentionCpu,
                                                                    &kAttentionRef};
constexpr std::array<const Kernel<AttentionGradArgs>*, 3> kAttentionGrad = {
    &kAttentionGradCuda, &kAttentionGradCpu, &kAttentionGradRef};
constexpr std::array<const Kernel<AttentionCachedArgs>*, 3> kAttentionCached = {
    &kAttentionCachedCuda, &kAttentionCachedCpu, &kAttentionCachedRef};

static_assert(kAttention.back() == &kAttentionRef, "the reference must stay last");
static_assert(kAttentionGrad.back() == &kAttentionGradRef, "the reference must stay last");
static_assert(kAttentionCached.back() == &kAttentionCachedRef, "the reference must stay last");

constexpr std::array<const Kernel<AttentionArgsOf<Bf16>>*, 2> kAttentionBf16 = {&kAttentionCudaBf16,
                                                                                &kAttentionRefBf16};
constexpr std::array<const Kernel<AttentionGradArgsOf<Bf16>>*, 2> kAttentionGradBf16 = {
    &kAttentionGradCudaBf16, &kAttentionGradRefBf16};
constexpr std::array<const Kernel<AttentionCachedArgsOf<Bf16>>*, 2> kAttentionCachedBf16 = {
    &kAttentionCachedCudaBf16, &kAttentionCachedRefBf16};

}  // namespace

template <>
KernelList<AttentionArgs> attention_kernels<float>() {
  return kAttention;
}
template <>
KernelList<AttentionArgsOf<Bf16>> attention_kernels<Bf16>() {
  return kAttentionBf16;
}
template <>
KernelList<AttentionGradArgs> attention_grad_kernels<float>() {
  return kAttentionGrad;
}
template <>
KernelList<AttentionGradArgsOf<Bf16>> attention_grad_kernels<Bf16>() {
  return kAttentionGradBf16;
}
template <>
KernelList<AttentionCachedArgs> attention_cached_kernels<float>() {
  return kAttentionCached;
}
template <>
KernelList<AttentionCachedArgsOf<Bf16>> attention_cached_kernels<Bf16>() {
  return kAttentionCachedBf16;
}

}  // namespace raddle::kernels
