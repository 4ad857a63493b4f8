// SPDX-License-Identifier: Apache-2.0
#include "kernels/ops/elementwise.h"

#include <array>

namespace raddle::kernels {
namespace {

constexpr std::array<const Kernel<GeluArgs>*, 2> kGelu = {&kGeluCpu, &kGeluRef};
constexpr std::array<const Kernel<GeluGradArgs>*, 2> kGeluGrad = {&kGeluGradCpu, &kGeluGradRef};
constexpr std::array<const Kernel<SwigluArgs>*, 2> kSwiglu = {&kSwigluCpu, &kSwigluRef};
constexpr std::array<const Kernel<SwigluGradArgs>*, 2> kSwigluGrad = {&kSwigluGradCpu,
                                                                      &kSwigluGradRef};
constexpr std::array<const Kernel<GegluArgs>*, 2> kGeglu = {&kGegluCpu, &kGegluRef};
constexpr std::array<const Kernel<GegluGradArgs>*, 2> kGegluGrad = {&kGegluGradCpu, &kGegluGradRef};
constexpr std::array<const Kernel<AddArgs>*, 2> kAdd = {&kAddCpu, &kAddRef};
constexpr std::array<const Kernel<ConcatArgs>*, 2> kConcat = {&kConcatCpu, &kConcatRef};
constexpr std::array<const Kernel<SplitArgs>*, 2> kSplit = {&kSplitCpu, &kSplitRef};

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
