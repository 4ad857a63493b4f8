// SPDX-License-Identifier: Apache-2.0
// Gradient norm and AdamW as plain loops in double: the definition.
#include "kernels/ops/optimizer.h"

#include <algorithm>
#include <cmath>

namespace raddle::kernels {
namespace {

Status grad_norm(const GradNormArgs& args, const Launch&) {
  double squares = 0.0;
  for (const ParameterSlice& slice : args.slices) {
    for (int64_t i = 0; i < slice.count; ++i) {
      squares += static_cast<double>(slice.gradient[i]) * slice.gradient[i];
    }
  }
  const double norm = std::sqrt(squares);
  const float max_norm = args.scalars->max_norm;
  args.verdict->norm_squared = squares;
  args.verdict->norm = static_cast<float>(norm);
  args.verdict->non_finite = std::isfinite(args.verdict->norm) ? 0 : 1;
  args.verdict->clip =
      max_norm > 0.0f && norm > max_norm ? static_cast<float>(max_norm / norm) : 1.0f;
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

constexpr Kernel<GradNormArgs> kGradNormRef = {"grad_norm:ref", &accept_any<GradNormArgs>,
                                               &no_scratch<GradNormArgs>, &grad_norm};
constexpr Kernel<AdamWArgs> kAdamWRef = {"adamw:ref", &accept_any<AdamWArgs>,
                                         &no_scratch<AdamWArgs>, &adamw};

}  // namespace raddle::kernels
