// SPDX-License-Identifier: Apache-2.0
#include "kernels/ops/elementwise.h"

#include <array>

namespace raddle::kernels {
namespace {

constexpr std::array<const Kernel<GeluArgs>*, 3> kGelu = {&kGeluCuda, &kGeluCpu, &kGeluRef};
constexpr std::array<const Kernel<GeluGradArgs>*, 3> kGeluGrad = {&kGeluGradCuda, &kGeluGradCpu,
                                                                  &kGeluGradRef};
constexpr std::array<const Kernel<SwigluArgs>*, 3> kSwiglu = {&kSwigluCuda, &kSwigluCpu,
                                                              &kSwigluRef};
constexpr std::array<const Kernel<SwigluGradArgs>*, 3> kSwigluGrad = {
    &kSwigluGradCuda, &kSwigluGradCpu, &kSwigluGradRef};
constexpr std::array<const Kernel<GegluArgs>*, 3> kGeglu = {&kGegluCuda, &kGegluCpu, &kGegluRef};
constexpr std::array<const Kernel<GegluGradArgs>*, 3> kGegluGrad = {&kGegluGradCuda, &kGegluGradCpu,
                                                                    &kGegluGradRef};
constexpr std::array<const Kernel<AddArgs>*, 3> kAdd = {&kAddCuda, &kAddCpu, &kAddRef};
constexpr std::array<const Kernel<ConcatArgs>*, 3> kConcat = {&kConcatCuda, &kConcatCpu,
                                                              &kConcatRef};
constexpr std::array<const Kernel<SplitArgs>*, 3> kSplit = {&kSplitCuda, &kSplitCpu, &kSplitRef};

static_assert(kGelu.back() == &kGeluRef, "the reference must stay last");
static_assert(kGeluGrad.back() == &kGeluGradRef, "the reference must stay last");
static_assert(kSwiglu.back() == &kSwigluRef, "the reference must stay last");
static_assert(kSwigluGrad.back() == &kSwigluGradRef, "the reference must stay last");
static_assert(kGeglu.back() == &kGegluRef, "the reference must stay last");
static_assert(kGegluGrad.back() == &kGegluGradRef, "the reference must stay last");
static_assert(kAdd.back() == &kAddRef, "the reference must stay last");
static_assert(kConcat.back() == &kConcatRef, "the reference must stay last");
static_assert(kSplit.back() == &kSplitRef, "the reference must stay last");

constexpr std::array<const Kernel<GeluArgsOf<Bf16>>*, 2> kGeluBf16 = {&kGeluCudaBf16,
                                                                      &kGeluRefBf16};
constexpr std::array<const Kernel<GeluGradArgsOf<Bf16>>*, 2> kGeluGradBf16 = {&kGeluGradCudaBf16,
                                                                              &kGeluGradRefBf16};
constexpr std::array<const Kernel<SwigluArgsOf<Bf16>>*, 2> kSwigluBf16 = {&kSwigluCudaBf16,
                                                                          &kSwigluRefBf16};
constexpr std::array<const Kernel<SwigluGradArgsOf<Bf16>>*, 2> kSwigluGradBf16 = {
    &kSwigluGradCudaBf16, &kSwigluGradRefBf16};
constexpr std::array<const Kernel<GegluArgsOf<Bf16>>*, 2> kGegluBf16 = {&kGegluCudaBf16,
                                                                        &kGegluRefBf16};
constexpr std::array<const Kernel<GegluGradArgsOf<Bf16>>*, 2> kGegluGradBf16 = {&kGegluGradCudaBf16,
                                                                                &kGegluGradRefBf16};
constexpr std::array<const Kernel<AddArgsOf<Bf16>>*, 2> kAddBf16 = {&kAddCudaBf16, &kAddRefBf16};
constexpr std::array<const Kernel<ConcatArgsOf<Bf16>>*, 2> kConcatBf16 = {&kConcatCudaBf16,
                                                                          &kConcatRefBf16};
constexpr std::array<const Kernel<SplitArgsOf<Bf16>>*, 2> kSplitBf16 = {&kSplitCudaBf16,
                                                                        &kSplitRefBf16};

}  // namespace

template <>
KernelList<GeluArgs> gelu_kernels<float>() {
  return kGelu;
}
template <>
KernelList<GeluArgsOf<Bf16>> gelu_kernels<Bf16>() {
  return kGeluBf16;
}
template <>
KernelList<GeluGradArgs> gelu_grad_kernels<float>() {
  return kGeluGrad;
}
template <>
KernelList<GeluGradArgsOf<Bf16>> gelu_grad_kernels<Bf16>() {
  return kGeluGradBf16;
}
template <>
KernelList<SwigluArgs> swiglu_kernels<float>() {
  return kSwiglu;
}
template <>
KernelList<SwigluArgsOf<Bf16>> swiglu_kernels<Bf16>() {
  return kSwigluBf16;
}
template <>
KernelList<SwigluGradArgs> swiglu_grad_kernels<float>() {
  return kSwigluGrad;
}
template <>
KernelList<SwigluGradArgsOf<Bf16>> swiglu_grad_kernels<Bf16>() {
  return kSwigluGradBf16;
}
template <>
KernelList<GegluArgs> geglu_kernels<float>() {
  return kGeglu;
}
template <>
KernelList<GegluArgsOf<Bf16>> geglu_kernels<Bf16>() {
  return kGegluBf16;
}
template <>
KernelList<GegluGradArgs> geglu_grad_kernels<float>() {
  return kGegluGrad;
}
template <>
KernelList<GegluGradArgsOf<Bf16>> geglu_grad_kernels<Bf16>() {
  return kGegluGradBf16;
}
template <>
KernelList<AddArgs> add_kernels<float>() {
  return kAdd;
}
template <>
KernelList<AddArgsOf<Bf16>> add_kernels<Bf16>() {
  return kAddBf16;
}
template <>
KernelList<ConcatArgs> concat_kernels<float>() {
  return kConcat;
}
template <>
KernelList<ConcatArgsOf<Bf16>> concat_kernels<Bf16>() {
  return kConcatBf16;
}
template <>
KernelList<SplitArgs> split_kernels<float>() {
  return kSplit;
}
template <>
KernelList<SplitArgsOf<Bf16>> split_kernels<Bf16>() {
  return kSplitBf16;
}

}  // namespace raddle::kernels
