// SPDX-License-Identifier: Apache-2.0
// Projection, softmax and cross-entropy a row at a time in double: the definition.
#include "kernels/ops/linear_cross_entropy.h"

#include <cmath>
#include <span>

#include "kernels/ref/rounded.h"

namespace raddle::kernels {
namespace {

// One row of logits in double; its gradient replaces it.
template <class T>
std::span<double> row_scratch(const LinearCrossEntropyArgsOf<T>& args, const Launch& launch) {
  return {reinterpret_cast<double*>(launch.scratch.data()), static_cast<size_t>(args.vocab)};
}

template <class T>
size_t scratch_bytes(const LinearCrossEntropyArgsOf<T>& args, const DeviceCaps&) {
  return static_cast<size_t>(args.vocab) * sizeof(double);
}

// Returns logsumexp(logits) - logits[target] and turns the logits into probabilities minus one-hot.
double cross_entropy_in_place(std::span<double> logits, int32_t target) {
  double largest = logits[0];
  for (const double logit : logits) largest = std::fmax(largest, logit);
  double sum = 0.0;
  for (const double logit : logits) sum += std::exp(logit - largest);
  const double log_sum = largest + std::log(sum);
  const double loss = log_sum - logits[static_cast<size_t>(target)];
  for (double& logit : logits) logit = std::exp(logit - log_sum);
  logits[static_cast<size_t>(target)] -= 1.0;
  return loss;
}

template <class T>
void add_gradients(const LinearCrossEntropyArgsOf<T>& args, int64_t t,
                   std::span<const double> dlogits) {
  for (int64_t i = 0; i < args.in; ++i) {
    double sum = 0.0;
    for (int64_t v = 0; v < args.vocab; ++v) {
      sum += dlogits[static_cast<size_t>(v)] * args.weight[v * args.in + i];
    }
    args.dx[t * args.in + i] = rounded<T>(sum);
  }
  for (int64_t v = 0; args.dweight != nullptr && v < args.vocab; ++v) {
    for (int64_t i = 0; i < args.in; ++i) {
      args.dweight[v * args.in + i] +=
          static_cast<float>(dlogits[static_cast<size_t>(v)] * args.x[t * args.in + i]);
    }
  }
}

template <class T>
Status linear_cross_entropy(const LinearCrossEntropyArgsOf<T>& args, const Launch& launch) {
  const std::span<double> logits = row_scratch(args, launch);
  const double scale = args.loss_scale[0];
  if (args.dweight != nullptr && !args.accumulate_dweight) {
    for (int64_t i = 0; i < args.vocab * args.in; ++i) args.dweight[i] = 0.0f;
  }
  double loss = 0.0;
  for (int64_t t = 0; t < args.rows; ++t) {
    if (args.weights[t] == 0.0f) {
      for (int64_t i = 0; args.dx != nullptr && i < args.in; ++i) args.dx[t * args.in + i] = T{};
      continue;
    }
    for (int64_t v = 0; v < args.vocab; ++v) {
      double sum = 0.0;
      for (int64_t i = 0; i < args.in; ++i) {
        sum += static_cast<double>(args.x[t * args.in + i]) * args.weight[v * args.in + i];
      }
      logits[static_cast<size_t>(v)] = sum;
    }
    loss += args.weights[t] * cross_entropy_in_place(logits, args.targets[t]);
    if (args.dx == nullptr) continue;
    for (double& logit : logits) logit *= args.coefficient * scale * args.weights[t];
    add_gradients(args, t, logits);
  }
  args.loss[0] = static_cast<float>(scale * loss);
  return Status::ok();
}

}  // namespace

constinit const Kernel<LinearCrossEntropyArgs> kLinearCrossEntropyRef = {
    "linear_cross_entropy:ref", accept_any, scratch_bytes, linear_cross_entropy, RunsOn::kHostCode};
constinit const Kernel<LinearCrossEntropyArgsOf<Bf16>> kLinearCrossEntropyRefBf16 = {
    "linear_cross_entropy:ref", accept_any, scratch_bytes, linear_cross_entropy, RunsOn::kHostCode};

}  // namespace raddle::kernels
