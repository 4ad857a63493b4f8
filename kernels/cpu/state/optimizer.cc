// SPDX-License-Identifier: Apache-2.0
// The sum of squares and AdamW, each one pass over memory on the worker pool.
#include "kernels/ops/optimizer.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/vector/vector_rows.h"
#include "runtime/device/cpu/worker_pool.h"

namespace raddle::kernels {
namespace {

// A block is a task: a model's slices differ in size by five orders of magnitude, blocks do not.
// Calls body(slice, begin, count) for each piece of a slice that lies in the block.
template <class Body>
void for_each_piece(std::span<const ParameterSlice> slices, int64_t block, const Body& body) {
  const int64_t begin = block * kUpdateBlockElements, end = begin + kUpdateBlockElements;
  int64_t start = 0;  // of the slice, counted over all slices
  for (const ParameterSlice& slice : slices) {
    if (start >= end) return;
    const int64_t first = std::max(begin, start), last = std::min(end, start + slice.count);
    if (first < last) body(slice, first - start, last - first);
    start += slice.count;
  }
}

size_t square_sum_scratch(const SquareSumArgs& args, const DeviceCaps&) {
  if (args.block_sums != nullptr) return 0;
  return static_cast<size_t>(square_sum_blocks(args.slices)) * sizeof(double);
}

Status square_sum(const SquareSumArgs& args, const Launch& launch) {
  double* sums = args.block_sums != nullptr ? args.block_sums
                                            : reinterpret_cast<double*>(launch.scratch.data());
  const int64_t blocks = square_sum_blocks(args.slices);
  launch.stream.pool().run(blocks, [&](int64_t block, int) {
    double sum = 0.0;
    for_each_piece(args.slices, block,
                   [&](const ParameterSlice& slice, int64_t begin, int64_t count) {
                     sum += sum_of_squares(slice.gradient + begin, count);
                   });
    sums[block] = sum;
  });
  double squares = 0.0;
  for (int64_t block = 0; block < blocks; ++block) squares += sums[block];
  *args.sum = squares;
  return Status::ok();
}

AdamWFactors factors_of(const ParameterSlice& slice, const StepScalars& step, float clip) {
  const double rate = static_cast<double>(step.learning_rate) * slice.learning_rate_scale;
  return {.clip = clip,
          .beta1 = step.beta1,
          .one_minus_beta1 = static_cast<float>(1.0 - static_cast<double>(step.beta1)),
          .beta2 = step.beta2,
          .one_minus_beta2 = static_cast<float>(1.0 - static_cast<double>(step.beta2)),
          .step_size = static_cast<float>(rate / step.bias_correction1),
          .inverse_sqrt_correction2 =
              static_cast<float>(1.0 / std::sqrt(static_cast<double>(step.bias_correction2))),
          .eps = step.eps,
          .decay = static_cast<float>(rate * slice.weight_decay)};
}

Status adamw(const AdamWArgs& args, const Launch& launch) {
  if (args.verdict->non_finite != 0) return Status::ok();
  const float clip = args.verdict->clip;
  launch.stream.pool().run(square_sum_blocks(args.slices), [&](int64_t block, int) {
    for_each_piece(args.slices, block,
                   [&](const ParameterSlice& slice, int64_t begin, int64_t count) {
                     adamw_run(slice, begin, count, factors_of(slice, *args.scalars, clip));
                   });
  });
  return Status::ok();
}

}  // namespace

constexpr Kernel<SquareSumArgs> kSquareSumCpu = {"square_sum:cpu", &accept_any<SquareSumArgs>,
                                                 &square_sum_scratch, &square_sum};
constexpr Kernel<AdamWArgs> kAdamWCpu = {"adamw:cpu", &accept_any<AdamWArgs>,
                                         &no_scratch<AdamWArgs>, &adamw};

}  // namespace raddle::kernels
