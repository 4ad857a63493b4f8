// SPDX-License-Identifier: Apache-2.0
// Gradient norm and AdamW, best first, reference last.
#include <array>

#include "kernels/ops/optimizer.h"

namespace raddle::kernels {
namespace {

constexpr std::array kGradNorm = {&kGradNormCpu, &kGradNormRef};
constexpr std::array kAdamW = {&kAdamWCpu, &kAdamWRef};
static_assert(kGradNorm.back() == &kGradNormRef && kAdamW.back() == &kAdamWRef,
              "the reference must stay last");

}  // namespace

KernelList<GradNormArgs> grad_norm_kernels() { return kGradNorm; }
KernelList<AdamWArgs> adamw_kernels() { return kAdamW; }

}  // namespace raddle::kernels
