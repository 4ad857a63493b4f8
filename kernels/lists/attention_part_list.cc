// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "kernels/ops/attention_part.h"

namespace raddle::kernels {
namespace {

constexpr std::array<const Kernel<AttentionPartArgs>*, 2> kAttentionPart = {&kAttentionPartCpu,
                                                                            &kAttentionPartRef};
constexpr std::array<const Kernel<AttentionDotsArgs>*, 2> kAttentionDots = {&kAttentionDotsCpu,
                                                                            &kAttentionDotsRef};
constexpr std::array<const Kernel<AttentionPartGradArgs>*, 2> kAttentionPartGrad = {
    &kAttentionPartGradCpu, &kAttentionPartGradRef};

static_assert(kAttentionPart.back() == &kAttentionPartRef, "the reference must stay last");
static_assert(kAttentionDots.back() == &kAttentionDotsRef, "the reference must stay last");
static_assert(kAttentionPartGrad.back() == &kAttentionPartGradRef, "the reference must stay last");

constexpr std::array<const Kernel<AttentionPartArgsOf<Bf16>>*, 1> kAttentionPartBf16 = {
    &kAttentionPartRefBf16};
constexpr std::array<const Kernel<AttentionDotsArgsOf<Bf16>>*, 1> kAttentionDotsBf16 = {
    &kAttentionDotsRefBf16};
constexpr std::array<const Kernel<AttentionPartGradArgsOf<Bf16>>*, 1> kAttentionPartGradBf16 = {
    &kAttentionPartGradRefBf16};

}  // namespace

template <>
KernelList<AttentionPartArgs> attention_part_kernels<float>() {
  return kAttentionPart;
}
template <>
KernelList<AttentionPartArgsOf<Bf16>> attention_part_kernels<Bf16>() {
  return kAttentionPartBf16;
}
template <>
KernelList<AttentionDotsArgs> attention_dots_kernels<float>() {
  return kAttentionDots;
}
template <>
KernelList<AttentionDotsArgsOf<Bf16>> attention_dots_kernels<Bf16>() {
  return kAttentionDotsBf16;
}
template <>
KernelList<AttentionPartGradArgs> attention_part_grad_kernels<float>() {
  return kAttentionPartGrad;
}
template <>
KernelList<AttentionPartGradArgsOf<Bf16>> attention_part_grad_kernels<Bf16>() {
  return kAttentionPartGradBf16;
}

}  // namespace raddle::kernels
