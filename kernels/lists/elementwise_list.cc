// SPDX-License-Identifier: Apache-2.0
#include "kernels/ref/elementwise_ref.h"

#include <array>

namespace raddle::kernels {
namespace {

constexpr std::array<const Kernel<GeluArgs>*, 1> kGelu = {&kGeluRef};
constexpr std::array<const Kernel<GeluGradArgs>*, 1> kGeluGrad = {&kGeluGradRef};
constexpr std::array<const Kernel<SwigluArgs>*, 1> kSwiglu = {&kSwigluRef};
constexpr std::array<const Kernel<SwigluGradArgs>*, 1> kSwigluGrad = {&kSwigluGradRef};
constexpr std::array<const Kernel<AddArgs>*, 1> kAdd = {&kAddRef};
constexpr std::array<const Kernel<ConcatArgs>*, 1> kConcat = {&kConcatRef};
constexpr std::array<const Kernel<SplitArgs>*, 1> kSplit = {&kSplitRef};

static_assert(kGelu.back() == &kGeluRef, "the reference must stay last");
static_assert(kGeluGrad.back() == &kGeluGradRef, "the reference must stay last");
static_assert(kSwiglu.back() == &kSwigluRef, "the reference must stay last");
static_assert(kSwigluGrad.back() == &kSwigluGradRef, "the reference must stay last");
static_assert(kAdd.back() == &kAddRef, "the reference must stay last");
static_assert(kConcat.back() == &kConcatRef, "the reference must stay last");
static_assert(kSplit.back() == &kSplitRef, "the reference must stay last");

}  // namespace

KernelList<GeluArgs> gelu_kernels() { return kGelu; }
KernelList<GeluGradArgs> gelu_grad_kernels() { return kGeluGrad; }
KernelList<SwigluArgs> swiglu_kernels() { return kSwiglu; }
KernelList<SwigluGradArgs> swiglu_grad_kernels() { return kSwigluGrad; }
KernelList<AddArgs> add_kernels() { return kAdd; }
KernelList<ConcatArgs> concat_kernels() { return kConcat; }
KernelList<SplitArgs> split_kernels() { return kSplit; }

}  // namespace raddle::kernels
