// SPDX-License-Identifier: Apache-2.0
// Linear layers as plain loops that accumulate in double: the definition that tuned kernels are
// tested against.
#include "kernels/ops/linear.h"

namespace raddle::kernels {
namespace {

Status linear(const LinearArgs& args, const Launch&) {
  for (int64_t t = 0; t < args.rows; ++t) {
    for (int64_t o = 0; o < args.out; ++o) {
      double sum = args.bias != nullptr ? args.bias[o] : 0.0;
      for (int64_t i = 0; i < args.in; ++i) {
        sum += static_cast<double>(args.x[t * args.in + i]) * args.weight[o * args.in + i];
      }
      args.y[t * args.out + o] = static_cast<float>(sum);
    }
  }
  return Status::ok();
}

Status grad_input(const LinearGradInputArgs& args, const Launch&) {
  for (int64_t t = 0; t < args.rows; ++t) {
    for (int64_t i = 0; i < args.in; ++i) {
      double sum = 0.0;
      for (int64_t o = 0; o < args.out; ++o) {
        sum += static_cast<double>(args.dy[t * args.out + o]) * args.weight[o * args.in + i];
      }
      args.dx[t * args.in + i] = static_cast<float>(sum);
    }
  }
  return Status::ok();
}

Status grad_weight(const LinearGradWeightArgs& args, const Launch&) {
  for (int64_t o = 0; o < args.out; ++o) {
    for (int64_t i = 0; i < args.in; ++i) {
      double sum = args.accumulate ? args.dweight[o * args.in + i] : 0.0;
      for (int64_t t = 0; t < args.rows; ++t) {
        sum += static_cast<double>(args.dy[t * args.out + o]) * args.x[t * args.in + i];
      }
      args.dweight[o * args.in + i] = static_cast<float>(sum);
    }
  }
  return Status::ok();
}

Status grad_bias(const LinearGradBiasArgs& args, const Launch&) {
  for (int64_t o = 0; o < args.out; ++o) {
    double sum = args.accumulate ? args.dbias[o] : 0.0;
    for (int64_t t = 0; t < args.rows; ++t) sum += args.dy[t * args.out + o];
    args.dbias[o] = static_cast<float>(sum);
  }
  return Status::ok();
}

}  // namespace

constexpr Kernel<LinearArgs> kLinearRef = {"linear:ref", &accept_any<LinearArgs>,
                                           &no_scratch<LinearArgs>, &linear, RunsOn::kHostCode};
constexpr Kernel<LinearGradInputArgs> kLinearGradInputRef = {
    "linear_grad_input:ref", &accept_any<LinearGradInputArgs>, &no_scratch<LinearGradInputArgs>,
    &grad_input, RunsOn::kHostCode};
constexpr Kernel<LinearGradWeightArgs> kLinearGradWeightRef = {
    "linear_grad_weight:ref", &accept_any<LinearGradWeightArgs>, &no_scratch<LinearGradWeightArgs>,
    &grad_weight, RunsOn::kHostCode};
constexpr Kernel<LinearGradBiasArgs> kLinearGradBiasRef = {
    "linear_grad_bias:ref", &accept_any<LinearGradBiasArgs>, &no_scratch<LinearGradBiasArgs>,
    &grad_bias, RunsOn::kHostCode};

}  // namespace raddle::kernels
