// SPDX-License-Identifier: Apache-2.0
// Host side of the update. Slices are the host's: each launch takes as many as its parameters hold.
#include "kernels/cuda/optimizer.h"

#include "kernels/cuda/alignment.h"
#include "kernels/cuda/code.h"
#include "kernels/ops/optimizer.h"

namespace raddle::kernels {
namespace {

using cuda::kRunElements;
using cuda::kTotalThreads;
using cuda::kUpdateThreads;
static_assert(kUpdateBlockElements == cuda::kRunsOfBlock * kRunElements);

int64_t run_count(std::span<const ParameterSlice> slices) {
  int64_t elements = 0;
  for (const ParameterSlice& slice : slices) elements += slice.count;
  return blocks_for(elements, kRunElements);
}

// Scratch: the sum of each run.
size_t square_sum_scratch(const SquareSumArgs& a, const DeviceCaps&) {
  return static_cast<size_t>(run_count(a.slices)) * sizeof(double);
}

Status launch_square_sum(const cuda::SquareSumParameters& p, const Launch& launch) {
  const int64_t runs = blocks_for(p.start[p.slices], kRunElements) - p.first_run;
  return launch_cuda(launch, CudaKernel::square_sum, {runs, kUpdateThreads}, p);
}

Status square_sum(const SquareSumArgs& a, const Launch& launch) {
  cuda::SquareSumParameters p = {};
  p.sums = reinterpret_cast<double*>(launch.scratch.data());
  int64_t at = 0;
  for (const ParameterSlice& slice : a.slices) {
    if (slice.count == 0) continue;
    if (p.slices == cuda::kSquareSumSlices) {
      RADDLE_RETURN_IF_ERROR(launch_square_sum(p, launch));
      p.slices = 0;
    }
    if (p.slices == 0) p.first_run = at / kRunElements;
    p.start[p.slices] = at;
    p.gradient[p.slices] = slice.gradient;
    at += slice.count;
    p.start[++p.slices] = at;
  }
  if (p.slices > 0) RADDLE_RETURN_IF_ERROR(launch_square_sum(p, launch));
  return launch_cuda(
      launch, CudaKernel::total, {1, kTotalThreads},
      cuda::TotalParameters{p.sums, blocks_for(at, kRunElements), a.sum, a.block_sums});
}

Status step_verdict(const StepVerdictArgs& a, const Launch& launch) {
  return launch_cuda(launch, CudaKernel::step_verdict, {1, kTotalThreads},
                     cuda::VerdictParameters{a.sums, a.parts, a.scalars, a.verdict});
}

Status adamw(const AdamWArgs& a, const Launch& launch) {
  cuda::AdamWParameters p = {};
  p.scalars = a.scalars;
  p.verdict = a.verdict;
  int64_t runs = 0;
  const auto launch_slices = [&] {
    const Status status = launch_cuda(launch, CudaKernel::adamw, {runs, kUpdateThreads}, p);
    p.slices = 0;
    runs = 0;
    return status;
  };
  for (const ParameterSlice& slice : a.slices) {
    if (slice.count == 0) continue;
    if (p.slices == cuda::kAdamWSlices) RADDLE_RETURN_IF_ERROR(launch_slices());
    p.first_run[p.slices] = static_cast<int32_t>(runs);
    p.slice[p.slices++] = {slice.master,
                           slice.gradient,
                           slice.m,
                           slice.v,
                           slice.count,
                           slice.weight_decay,
                           slice.learning_rate_scale,
                           slice.compute,
                           is_packed(4, slice.master, slice.gradient, slice.m, slice.v) &&
                               reinterpret_cast<uintptr_t>(slice.compute) % 8 == 0};
    runs += blocks_for(slice.count, kRunElements);
  }
  return launch_slices();
}

Status loss_sum(const LossSumArgs& a, const Launch& launch) {
  return launch_cuda(launch, CudaKernel::loss_sum, {1, 32},
                     cuda::LossSumParameters{a.loss, a.sum, a.accumulate});
}

}  // namespace

constinit const Kernel<SquareSumArgs> kSquareSumCuda = {
    "square_sum:cuda", accept_any<SquareSumArgs>, square_sum_scratch, square_sum, RunsOn::kCuda};
constinit const Kernel<StepVerdictArgs> kStepVerdictCuda = {
    "step_verdict:cuda", accept_any<StepVerdictArgs>, no_scratch<StepVerdictArgs>, step_verdict,
    RunsOn::kCuda};
constinit const Kernel<AdamWArgs> kAdamWCuda = {"adamw:cuda", accept_any<AdamWArgs>,
                                                no_scratch<AdamWArgs>, adamw, RunsOn::kCuda};
constinit const Kernel<LossSumArgs> kLossSumCuda = {
    "loss_sum:cuda", accept_any<LossSumArgs>, no_scratch<LossSumArgs>, loss_sum, RunsOn::kCuda};

}  // namespace raddle::kernels
