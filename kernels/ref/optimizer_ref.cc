// SPDX-License-Identifier: Apache-2.0
// The update as plain loops in double: the definition.
#include "kernels/ops/optimizer.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/bf16.h"

namespace raddle::kernels {
namespace {

Status square_sum(const SquareSumArgs& args, const Launch&) {
  double squares = 0.0;  // of the blocks that are done
  double in_block = 0.0;
  int64_t done = 0, block = 0;
  const auto end_block = [&] {
    if (args.block_sums != nullptr) args.block_sums[block] = in_block;
    squares += in_block;
    in_block = 0.0;
    ++block;
  };
  for (const ParameterSlice& slice : args.slices) {
    for (int64_t i = 0; i < slice.count; ++i) {
      in_block += static_cast<double>(slice.gradient[i]) * slice.gradient[i];
      if (++done % kUpdateBlockElements == 0) end_block();
    }
  }
  if (done % kUpdateBlockElements != 0) end_block();
  *args.sum = squares;
  return Status::ok();
}

Status step_verdict(const StepVerdictArgs& args, const Launch&) {
  double squares = 0.0;
  for (int64_t part = 0; part < args.parts; ++part) squares += args.sums[part];
  const double norm = std::sqrt(squares);
  const float max_norm = args.scalars->max_norm;
  args.verdict->norm_squared = squares;
  args.verdict->norm = static_cast<float>(norm);
  args.verdict->non_finite = std::isfinite(args.verdict->norm) ? 0 : 1;
  args.verdict->clip =
      max_norm > 0.0f && norm > max_norm ? static_cast<float>(max_norm / norm) : 1.0f;
  return Status::ok();
}

Status loss_sum(const LossSumArgs& args, const Launch&) {
  *args.sum = (args.accumulate ? *args.sum : 0.0) + static_cast<double>(*args.loss);
  return Status::ok();
}

void update(const ParameterSlice& slice, int64_t i, const StepScalars& step, double clip) {
  const double gradient = clip * slice.gradient[i];
  const double m = step.beta1 * static_cast<double>(slice.m[i]) +
                   (1.0 - static_cast<double>(step.beta1)) * gradient;
  const double v = step.beta2 * static_cast<double>(slice.v[i]) +
                   (1.0 - static_cast<double>(step.beta2)) * gradient * gradient;
  const double direction =
      m / step.bias_correction1 / (std::sqrt(v / step.bias_correction2) + step.eps) +
      static_cast<double>(slice.weight_decay) * slice.master[i];
  const double rate = static_cast<double>(step.learning_rate) * slice.learning_rate_scale;
  slice.m[i] = static_cast<float>(m);
  slice.v[i] = static_cast<float>(v);
  slice.master[i] = static_cast<float>(slice.master[i] - rate * direction);
  if (slice.compute != nullptr) slice.compute[i] = f32_to_bf16(slice.master[i]);
}

Status adamw(const AdamWArgs& args, const Launch&) {
  if (args.verdict->non_finite != 0) return Status::ok();
  for (const ParameterSlice& slice : args.slices) {
    for (int64_t i = 0; i < slice.count; ++i) {
      update(slice, i, *args.scalars, args.verdict->clip);
    }
  }
  return Status::ok();
}

}  // namespace

int64_t square_sum_blocks(std::span<const ParameterSlice> slices) {
  int64_t total = 0;
  for (const ParameterSlice& slice : slices) total += slice.count;
  return (total + kUpdateBlockElements - 1) / kUpdateBlockElements;
}

constexpr Kernel<SquareSumArgs> kSquareSumRef = {"square_sum:ref", &accept_any<SquareSumArgs>,
                                                 &no_scratch<SquareSumArgs>, &square_sum,
                                                 RunsOn::kHostCode};
constexpr Kernel<StepVerdictArgs> kStepVerdictRef = {
    "step_verdict:ref", &accept_any<StepVerdictArgs>, &no_scratch<StepVerdictArgs>, &step_verdict,
    RunsOn::kHostCode};
constexpr Kernel<LossSumArgs> kLossSumRef = {"loss_sum:ref", &accept_any<LossSumArgs>,
                                             &no_scratch<LossSumArgs>, &loss_sum,
                                             RunsOn::kHostCode};
constexpr Kernel<AdamWArgs> kAdamWRef = {"adamw:ref", &accept_any<AdamWArgs>,
                                         &no_scratch<AdamWArgs>, &adamw, RunsOn::kHostCode};

}  // namespace raddle::kernels
