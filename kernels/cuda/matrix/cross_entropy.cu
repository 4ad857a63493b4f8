// SPDX-License-Identifier: Apache-2.0
// Softmax cross-entropy of rows of logits (ops/linear_cross_entropy.h). A row is read once for its
// largest logit and the sum of exponentials, kept relative to the largest one so far, and once
// more, mostly from the L2 cache, to become its gradient.
#include "kernels/cuda/matrix/cross_entropy_parameters.h"

#include "kernels/cuda/language.h"

namespace raddle::cuda {
namespace {

// Sum of exp(logit - largest) over the logits so far.
struct Softmax {
  float largest = -INFINITY;
  float sum = 0;
};

RADDLE_CUDA_DEVICE void add_logit(Softmax& softmax, float logit) {
  if (logit > softmax.largest) {
    softmax.sum *= expf(softmax.largest - logit);
    softmax.largest = logit;
  }
  softmax.sum += expf(logit - softmax.largest);
}

// One look at the largest for four logits.
RADDLE_CUDA_DEVICE void add_logits(Softmax& softmax, const float4& four) {
  const float largest = fmaxf(fmaxf(four.x, four.y), fmaxf(four.z, four.w));
  if (largest > softmax.largest) {
    softmax.sum *= expf(softmax.largest - largest);
    softmax.largest = largest;
  }
  softmax.sum += (expf(four.x - softmax.largest) + expf(four.y - softmax.largest)) +
                 (expf(four.z - softmax.largest) + expf(four.w - softmax.largest));
}

// The threads' parts together, the same bits in each thread.
RADDLE_CUDA_DEVICE Softmax softmax_of_block(const Softmax& own) {
  RADDLE_CUDA_SHARED(float, of_warp, kCrossEntropyThreads / kWarp);
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  float largest = warp_max(own.largest);
  of_warp[warp] = largest;  // by all lanes alike
  __syncthreads();
  for (int i = 0; i < kCrossEntropyThreads / kWarp; ++i) largest = fmaxf(largest, of_warp[i]);
  // A thread without logits has no exponentials to scale.
  const float scaled = own.sum == 0 ? 0 : own.sum * expf(own.largest - largest);
  Softmax all;
  all.largest = largest;
  all.sum = block_sum(scaled);
  return all;
}

RADDLE_CUDA_DEVICE void zero_row(const CrossEntropyParameters& p, float* row) {
  for (int64_t i = threadIdx.x; i < p.vocab; i += kCrossEntropyThreads) row[i] = 0;
}

RADDLE_CUDA_DEVICE Softmax read_row(const CrossEntropyParameters& p, const float* row) {
  Softmax own;
  const int64_t quads = p.vocab / 4;
#pragma unroll 4
  for (int64_t i = threadIdx.x; i < quads; i += kCrossEntropyThreads) {
    add_logits(own, reinterpret_cast<const float4*>(row)[i]);
  }
  const int64_t last = 4 * quads + threadIdx.x;
  if (last < p.vocab) add_logit(own, row[last]);
  return softmax_of_block(own);
}

// logit i becomes (probability - 1[i is the target]) * scale.
RADDLE_CUDA_DEVICE void write_gradients(const CrossEntropyParameters& p, float* row,
                                        const Softmax& softmax, int64_t target, float scale) {
  const float inverse = 1.0f / softmax.sum;
  const auto gradient = [&](float logit, int64_t i) {
    const float probability = expf(logit - softmax.largest) * inverse;
    return (i == target ? probability - 1.0f : probability) * scale;
  };
  const int64_t quads = p.vocab / 4;
#pragma unroll 4
  for (int64_t i = threadIdx.x; i < quads; i += kCrossEntropyThreads) {
    float4& four = reinterpret_cast<float4*>(row)[i];
    four = make_float4(gradient(four.x, 4 * i), gradient(four.y, 4 * i + 1),
                       gradient(four.z, 4 * i + 2), gradient(four.w, 4 * i + 3));
  }
  const int64_t last = 4 * quads + threadIdx.x;
  if (last < p.vocab) row[last] = gradient(row[last], last);
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_cross_entropy, CrossEntropyParameters, kCrossEntropyThreads) {
  const int64_t t = static_cast<int64_t>(blockIdx.x);
  float* const row = p.logits + t * p.stride;
  const float weight = p.weights[t];
  const bool is_first = threadIdx.x == 0;
  if (weight == 0) {  // the target of such a row may be anything
    if (is_first) p.losses[t] = 0;
    if (p.with_gradients) zero_row(p, row);
    return;
  }
  const int64_t target = p.targets[t];
  const float logit = is_first ? row[target] : 0;  // before a thread overwrites it
  const Softmax softmax = read_row(p, row);
  if (is_first) {
    const double log_sum = softmax.largest + log(static_cast<double>(softmax.sum));
    p.losses[t] = weight * (log_sum - logit);
  }
  if (p.with_gradients) {
    write_gradients(p, row, softmax, target, p.coefficient * p.loss_scale[0] * weight);
  }
}

// A run of rows a thread, then the runs in their order.
RADDLE_CUDA_GLOBAL(raddle_loss_sum_of_rows, LossSumOfRowsParameters, kLossSumThreads) {
  RADDLE_CUDA_SHARED(double, of_run, kLossSumThreads);
  const int64_t each = (p.rows + kLossSumThreads - 1) / kLossSumThreads;
  const int64_t begin = each * threadIdx.x;
  const int64_t end = begin + each < p.rows ? begin + each : p.rows;
  double run = 0;
  for (int64_t t = begin; t < end; ++t) run += p.losses[t];
  of_run[threadIdx.x] = run;
  __syncthreads();
  if (threadIdx.x != 0) return;
  double sum = 0;
  for (int i = 0; i < kLossSumThreads; ++i) sum += of_run[i];
  p.loss[0] = static_cast<float>(p.loss_scale[0] * sum);
}

}  // namespace raddle::cuda
