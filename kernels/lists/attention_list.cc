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

}  // namespace

KernelList<AttentionArgs> attention_kernels() { return kAttention; }
KernelList<AttentionGradArgs> attention_grad_kernels() { return kAttentionGrad; }
KernelList<AttentionCachedArgs> attention_cached_kernels() { return kAttentionCached; }

}  // namespace raddle::kernels
