// SPDX-License-Identifier: Apache-2.0
// The update's kernels, best first, reference last. What touches one number has no other.
#include <array>

#include "kernels/ops/optimizer.h"

namespace raddle::kernels {
namespace {

constexpr std::array kSquareSum = {&kSquareSumCuda, &kSquareSumCpu, &kSquareSumRef};
constexpr std::array kStepVerdict = {&kStepVerdictCuda, &kStepVerdictRef};
constexpr std::array kAdamW = {&kAdamWCuda, &kAdamWCpu, &kAdamWRef};
constexpr std::array kLossSum = {&kLossSumCuda, &kLossSumRef};
static_assert(kSquareSum.back() == &kSquareSumRef && kAdamW.back() == &kAdamWRef,
              "the reference must stay last");

}  // namespace

KernelList<SquareSumArgs> square_sum_kernels() { return kSquareSum; }
KernelList<StepVerdictArgs> step_verdict_kernels() { return kStepVerdict; }
KernelList<AdamWArgs> adamw_kernels() { return kAdamW; }
KernelList<LossSumArgs> loss_sum_kernels() { return kLossSum; }

}  // namespace raddle::kernels
