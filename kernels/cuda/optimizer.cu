// SPDX-License-Identifier: Apache-2.0
// The update (ops/optimizer.h): sums of squares, the verdict on them, AdamW, and the sum of losses.
#include "kernels/cuda/optimizer.h"

#include "kernels/cuda/pack.h"

namespace raddle::cuda {
namespace {

// The last of `count` ascending numbers that is not above `value`; the first never is.
template <class Index>
RADDLE_CUDA_DEVICE int last_not_above(const Index* numbers, int count, int64_t value) {
  int low = 0, high = count;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (numbers[middle] <= value ? low : high) = middle;
  }
  return low;
}

// The block's sum of squares of `count` elements, in an order that `count` fixes: alignment, which
// differs between ranks, has no part in it.
RADDLE_CUDA_DEVICE double squares_of(const float* gradient, int count) {
  double sum = 0;
#pragma unroll 8
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kUpdateThreads) {
    const double element = gradient[i];
    sum = fma(element, element, sum);
  }
  return block_sum(sum);
}

// Sum of `count` values by a block of kTotalThreads, in an order that `count` fixes. The verdict
// adds the sums of blocks in the same way.
template <class ValueAt>
RADDLE_CUDA_DEVICE double total_of(int64_t count, const ValueAt& value_at) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += kTotalThreads) sum += value_at(i);
  return block_sum(sum);
}

struct Factors {
  float clip, beta1, rest1, beta2, rest2, step_size, root_scale, eps, decay;
};

RADDLE_CUDA_DEVICE Factors factors_of(const UpdatedSlice& slice, const kernels::StepScalars& step,
                                      float clip) {
  const double rate = static_cast<double>(step.learning_rate) * slice.learning_rate_scale;
  return {clip,
          step.beta1,
          static_cast<float>(1.0 - static_cast<double>(step.beta1)),
          step.beta2,
          static_cast<float>(1.0 - static_cast<double>(step.beta2)),
          static_cast<float>(rate / static_cast<double>(step.bias_correction1)),
          static_cast<float>(1.0 / sqrt(static_cast<double>(step.bias_correction2))),
          step.eps,
          static_cast<float>(rate * static_cast<double>(slice.weight_decay))};
}

// As f32_to_bf16() of the host rounds: to the nearest, of two to the even one.
RADDLE_CUDA_DEVICE unsigned bf16_bits(float value) {
  const unsigned bits = __builtin_bit_cast(unsigned, value);
  return value != value ? bits >> 16 | 0x40u : (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
}

RADDLE_CUDA_DEVICE void store_compute(uint16_t* to, const Pack<1>& p) {
  *to = static_cast<uint16_t>(bf16_bits(p.at[0]));
}
RADDLE_CUDA_DEVICE void store_compute(uint16_t* to, const Pack<4>& p) {
  *reinterpret_cast<uint2*>(to) = {bf16_bits(p.at[0]) | bf16_bits(p.at[1]) << 16,
                                   bf16_bits(p.at[2]) | bf16_bits(p.at[3]) << 16};
}

template <int kLanes>
RADDLE_CUDA_DEVICE void update(const UpdatedSlice& slice, const Factors& f, int64_t at) {
  const Pack<kLanes> gradient = load_pack<kLanes>(slice.gradient + at);
  Pack<kLanes> m = load_pack<kLanes>(slice.m + at), v = load_pack<kLanes>(slice.v + at);
  Pack<kLanes> p = load_pack<kLanes>(slice.master + at);
#pragma unroll
  for (int j = 0; j < kLanes; ++j) {
    const float g = gradient.at[j] * f.clip;
    m.at[j] = fmaf(f.beta1, m.at[j], f.rest1 * g);
    v.at[j] = fmaf(f.beta2, v.at[j], f.rest2 * g * g);
    const float denominator = fmaf(sqrtf(v.at[j]), f.root_scale, f.eps);
    p.at[j] -= fmaf(f.decay, p.at[j], f.step_size * m.at[j] / denominator);
  }
  store_pack(slice.m + at, m);
  store_pack(slice.v + at, v);
  store_pack(slice.master + at, p);
  if (slice.compute != nullptr) store_compute(slice.compute + at, p);
}

template <int kLanes>
RADDLE_CUDA_DEVICE void update_run(const UpdatedSlice& slice, const Factors& f, int64_t begin,
                                   int64_t end) {
#pragma unroll 2
  for (int64_t at = begin + static_cast<int64_t>(threadIdx.x) * kLanes; at < end;
       at += kUpdateThreads * kLanes) {
    update<kLanes>(slice, f, at);
  }
}

}  // namespace

// A run's sum is that of its pieces of slices, one after the other; a launch that begins within a
// run goes on with what the last one has.
RADDLE_CUDA_GLOBAL(raddle_square_sum, SquareSumParameters, kUpdateThreads) {
  const int64_t run = p.first_run + blockIdx.x;
  int64_t at = run * kRunElements;
  const int64_t end_of_run = at + kRunElements, end_of_slices = p.start[p.slices];
  double sum = 0;
  if (at < p.start[0]) {
    sum = p.sums[run];
    at = p.start[0];
  }
  const int64_t end = end_of_run < end_of_slices ? end_of_run : end_of_slices;
  for (int slice = last_not_above(p.start, p.slices, at); at < end; ++slice) {
    const int64_t end_of_slice = p.start[slice + 1];
    const int64_t piece_end = end_of_slice < end ? end_of_slice : end;
    sum += squares_of(p.gradient[slice] + (at - p.start[slice]), static_cast<int>(piece_end - at));
    at = piece_end;
  }
  if (threadIdx.x == 0) p.sums[run] = sum;
}

RADDLE_CUDA_GLOBAL(raddle_total, TotalParameters, kTotalThreads) {
  const int64_t blocks = (p.runs + kRunsOfBlock - 1) / kRunsOfBlock;
  const double total = total_of(blocks, [&](int64_t block) {
    const double* sums = p.sums + block * kRunsOfBlock;
    const int64_t left = p.runs - block * kRunsOfBlock;
    double sum = 0;
#pragma unroll
    for (int run = 0; run < kRunsOfBlock; ++run) {
      if (run < left) sum += sums[run];
    }
    if (p.block_sums != nullptr) p.block_sums[block] = sum;
    return sum;
  });
  if (threadIdx.x == 0) *p.total = total;
}

RADDLE_CUDA_GLOBAL(raddle_step_verdict, VerdictParameters, kTotalThreads) {
  const double squares = total_of(p.parts, [&](int64_t part) { return p.sums[part]; });
  if (threadIdx.x != 0) return;
  const double norm = sqrt(squares);
  const float max_norm = p.scalars->max_norm, rounded = static_cast<float>(norm);
  constexpr float kLargest = 3.402823466e+38f;  // finite; false of no number too
  p.verdict->norm_squared = squares;
  p.verdict->norm = rounded;
  p.verdict->non_finite = rounded <= kLargest ? 0 : 1;
  p.verdict->clip = max_norm > 0.0f && norm > static_cast<double>(max_norm)
                        ? static_cast<float>(static_cast<double>(max_norm) / norm)
                        : 1.0f;
}

RADDLE_CUDA_GLOBAL(raddle_adamw, AdamWParameters, kUpdateThreads) {
  RADDLE_CUDA_SHARED(Factors, factors, 1);
  if (p.verdict->non_finite != 0) return;
  const int64_t run = blockIdx.x;
  const int index = last_not_above(p.first_run, p.slices, run);
  const UpdatedSlice& slice = p.slice[index];
  if (threadIdx.x == 0) factors[0] = factors_of(slice, *p.scalars, p.verdict->clip);
  __syncthreads();
  const Factors f = factors[0];
  const int64_t begin = (run - p.first_run[index]) * kRunElements;
  const int64_t end = begin + kRunElements < slice.count ? begin + kRunElements : slice.count;
  if (slice.packed) {
    const int64_t whole = begin + (end - begin) / kPackOf<float> * kPackOf<float>;
    update_run<kPackOf<float>>(slice, f, begin, whole);
    update_run<1>(slice, f, whole, end);
  } else {
    update_run<1>(slice, f, begin, end);
  }
}

RADDLE_CUDA_GLOBAL(raddle_loss_sum, LossSumParameters, kWarp) {
  if (threadIdx.x != 0) return;
  *p.sum = (p.accumulate ? *p.sum : 0.0) + static_cast<double>(*p.loss);
}

}  // namespace raddle::cuda
