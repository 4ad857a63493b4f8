// SPDX-License-Identifier: Apache-2.0
// Linear layers as plain loops that accumulate in double: the definition that tuned kernels are
// tested against.
#include "kernels/ops/linear.h"

#include "kernels/ref/rounded.h"

namespace raddle::kernels {
namespace {

template <class T>
Status linear(const LinearArgsOf<T>& args, const Launch&) {
  for (int64_t t = 0; t < args.rows; ++t) {
    for (int64_t o = 0; o < args.out; ++o) {
      double sum = args.bias != nullptr ? args.bias[o] : 0.0;
      for (int64_t i = 0; i < args.in; ++i) {
        sum += static_cast<double>(args.x[t * args.in + i]) * args.weight[o * args.in + i];
      }
      args.y[t * args.out + o] = rounded<T>(sum);
    }
  }
  return Status::ok();
}

template <class T>
Status grad_input(const LinearGradInputArgsOf<T>& args, const Launch&) {
  for (int64_t t = 0; t < args.rows; ++t) {
    for (int64_t i = 0; i < args.in; ++i) {
      double sum = 0.0;
      for (int64_t o = 0; o < args.out; ++o) {
        sum += static_cast<double>(args.dy[t * args.out + o]) * args.weight[o * args.in + i];
      }
      args.dx[t * args.in + i] = rounded<T>(sum);
    }
  }
  return Status::ok();
}

template <class T>
Status grad_weight(const LinearGradWeightArgsOf<T>& args, const Launch&) {
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

template <class T>
Status grad_bias(const LinearGradBiasArgsOf<T>& args, const Launch&) {
  for (int64_t o = 0; o < args.out; ++o) {
    double sum = args.accumulate ? args.dbias[o] : 0.0;
    for (int64_t t = 0; t < args.rows; ++t) sum += args.dy[t * args.out + o];
    args.dbias[o] = static_cast<float>(sum);
  }
  return Status::ok();
}

}  // namespace

constinit const Kernel<LinearArgs> kLinearRef = {"linear:ref", accept_any, no_scratch, linear,
                                                 RunsOn::kHostCode};
constinit const Kernel<LinearArgsOf<Bf16>> kLinearRefBf16 = {"linear:ref", accept_any, no_scratch,
                                                             linear, RunsOn::kHostCode};
constinit const Kernel<LinearGradInputArgs> kLinearGradInputRef = {
    "linear_grad_input:ref", accept_any, no_scratch, grad_input, RunsOn::kHostCode};
constinit const Kernel<LinearGradInputArgsOf<Bf16>> kLinearGradInputRefBf16 = {
    "linear_grad_input:ref", accept_any, no_scratch, grad_input, RunsOn::kHostCode};
constinit const Kernel<LinearGradWeightArgs> kLinearGradWeightRef = {
    "linear_grad_weight:ref", accept_any, no_scratch, grad_weight, RunsOn::kHostCode};
constinit const Kernel<LinearGradWeightArgsOf<Bf16>> kLinearGradWeightRefBf16 = {
    "linear_grad_weight:ref", accept_any, no_scratch, grad_weight, RunsOn::kHostCode};
constinit const Kernel<LinearGradBiasArgs> kLinearGradBiasRef = {
    "linear_grad_bias:ref", accept_any, no_scratch, grad_bias, RunsOn::kHostCode};
constinit const Kernel<LinearGradBiasArgsOf<Bf16>> kLinearGradBiasRefBf16 = {
    "linear_grad_bias:ref", accept_any, no_scratch, grad_bias, RunsOn::kHostCode};

}  // namespace raddle::kernels
