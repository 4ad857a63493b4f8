// SPDX-License-Identifier: Apache-2.0
// Softmax cross-entropy of rows of logits (ops/linear_cross_entropy.h). A row is read once for its
// largest logit and the sum of exponentials, kept relative to the largest one so far, and once
// more, mostly from the L2 cache, to become its gradient.
#include "kernels/cuda/matrix/cross_entropy_parameters.h"

#include "kernels/cuda/pack.h"

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

// The largest of a pack, and the sum of it.
template <int kLanes>
RADDLE_CUDA_DEVICE float largest_of(const Pack<kLanes>& pack) {
  float largest = pack.at[0];
#pragma unroll
  for (int i = 1; i < kLanes; ++i) largest = fmaxf(largest, pack.at[i]);
  return largest;
}
template <int kLanes>
RADDLE_CUDA_DEVICE float sum_of(Pack<kLanes> pack) {
#pragma unroll
  for (int step = 1; step < kLanes; step *= 2) {
#pragma unroll
    for (int i = 0; i < kLanes; i += 2 * step) pack.at[i] += pack.at[i + step];
  }
  return pack.at[0];
}

// One look at the largest for a pack of logits.
template <int kLanes>
RADDLE_CUDA_DEVICE void add_logits(Softmax& softmax, Pack<kLanes> logits) {
  const float largest = largest_of(logits);
  if (largest > softmax.largest) {
    softmax.sum *= expf(softmax.largest - largest);
    softmax.largest = largest;
  }
#pragma unroll
  for (int i = 0; i < kLanes; ++i) logits.at[i] = expf(logits.at[i] - softmax.largest);
  softmax.sum += sum_of(logits);
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

template <class T>
RADDLE_CUDA_DEVICE void zero_row(int64_t vocab, T* row) {
  for (int64_t i = threadIdx.x; i < vocab; i += kCrossEntropyThreads) row[i] = T{};
}

template <class T>
RADDLE_CUDA_DEVICE Softmax read_row(int64_t vocab, const T* row) {
  constexpr int kLanes = kPackOf<T>;
  Softmax own;
  const int64_t packs = vocab / kLanes;
#pragma unroll 4
  for (int64_t i = threadIdx.x; i < packs; i += kCrossEntropyThreads) {
    add_logits(own, load_pack<kLanes>(row + kLanes * i));
  }
  const int64_t last = kLanes * packs + threadIdx.x;
  if (last < vocab) add_logit(own, row[last]);
  return softmax_of_block(own);
}

// logit i becomes (probability - 1[i is the target]) * scale.
template <class T>
RADDLE_CUDA_DEVICE void write_gradients(int64_t vocab, T* row, const Softmax& softmax,
                                        int64_t target, float scale) {
  constexpr int kLanes = kPackOf<T>;
  const float inverse = 1.0f / softmax.sum;
  const auto gradient = [&](float logit, int64_t i) {
    const float probability = expf(logit - softmax.largest) * inverse;
    return (i == target ? probability - 1.0f : probability) * scale;
  };
  const int64_t packs = vocab / kLanes;
#pragma unroll 4
  for (int64_t i = threadIdx.x; i < packs; i += kCrossEntropyThreads) {
    auto pack = load_pack<kLanes>(row + kLanes * i);
#pragma unroll
    for (int lane = 0; lane < kLanes; ++lane) {
      pack.at[lane] = gradient(pack.at[lane], kLanes * i + lane);
    }
    store_pack(row + kLanes * i, pack);
  }
  const int64_t last = kLanes * packs + threadIdx.x;
  if (last < vocab) store_pack<1>(row + last, {gradient(row[last], last)});
}

template <class T>
RADDLE_CUDA_DEVICE void cross_entropy(const CrossEntropyParametersOf<T>& p) {
  const int64_t t = static_cast<int64_t>(blockIdx.x);
  T* const row = p.logits + t * p.stride;
  const float weight = p.weights[t];
  const bool is_first = threadIdx.x == 0;
  if (weight == 0) {  // the target of such a row may be anything
    if (is_first) p.losses[t] = 0;
    if (p.with_gradients) zero_row(p.vocab, row);
    return;
  }
  const int64_t target = p.targets[t];
  const float logit = is_first ? static_cast<float>(row[target]) : 0;  // before it is overwritten
  const Softmax softmax = read_row(p.vocab, row);
  if (is_first) {
    const double log_sum = softmax.largest + log(static_cast<double>(softmax.sum));
    p.losses[t] = weight * (log_sum - logit);
  }
  if (p.with_gradients) {
    write_gradients(p.vocab, row, softmax, target, p.coefficient * p.loss_scale[0] * weight);
  }
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_cross_entropy, CrossEntropyParametersOf<float>, kCrossEntropyThreads, 2) {
  cross_entropy(p);
}
RADDLE_CUDA_GLOBAL(raddle_cross_entropy_bf16, CrossEntropyParametersOf<Bf16>, kCrossEntropyThreads,
                   2) {
  cross_entropy(p);
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
