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

}  // namespace

KernelList<GeluArgs> gelu_kernels() { return kGelu; }
KernelList<GeluGradArgs> gelu_grad_kernels() { return kGeluGrad; }
KernelList<SwigluArgs> swiglu_kernels() { return kSwiglu; }
KernelList<SwigluGradArgs> swiglu_grad_kernels() { return kSwigluGrad; }
KernelList<GegluArgs> geglu_kernels() { return kGeglu; }
KernelList<GegluGradArgs> geglu_grad_kernels() { return kGegluGrad; }
KernelList<AddArgs> add_kernels() { return kAdd; }
KernelList<ConcatArgs> concat_kernels() { return kConcat; }
KernelList<SplitArgs> split_kernels() { return kSplit; }

}  // namespace raddle::kernels
