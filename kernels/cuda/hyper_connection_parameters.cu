// SPDX-License-Identifier: Apache-2.0
// From the partial sums of the groups to the gradients of a site's parameters. It reads all partial
// sums once, a fixed number whatever the batch.
#include "kernels/cuda/hyper_connection_block.h"

namespace raddle::cuda {
namespace {

RADDLE_CUDA_DEVICE void put(float* to, float value, bool accumulate) {
  *to = accumulate ? *to + value : value;
}

}  // namespace

// Each warp adds up a range of the groups, in order, for 32 elements; their sums are added in
// order.
RADDLE_CUDA_GLOBAL(raddle_hyper_connection_sum, SiteSumParameters, kSiteThreads) {
  RADDLE_CUDA_SHARED(float, of_slice, kSiteThreads);
  const SiteSizes& s = p.size;
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kWarp + lane_of_warp();
  const int slice = warp_of_block();
  float sum = 0;
  if (i < p.partial_floats) {
    const int64_t end = p.groups * (slice + 1) / kSumSlices;
    int64_t group = p.groups * slice / kSumSlices;
    for (; group + 4 <= end; group += 4) {  // four loads under way
      const float* from = p.partials + group * p.partial_floats + i;
      const float first = from[0], second = from[p.partial_floats];
      const float third = from[2 * p.partial_floats], fourth = from[3 * p.partial_floats];
      sum = (((sum + first) + second) + third) + fourth;
    }
    for (; group < end; ++group) sum += p.partials[group * p.partial_floats + i];
  }
  of_slice[threadIdx.x] = sum;
  __syncthreads();
  if (slice != 0 || i >= p.partial_floats) return;
  for (int other = 1; other < kSumSlices; ++other) sum += of_slice[other * kWarp + lane_of_warp()];
  const int64_t count = static_cast<int64_t>(s.n) * s.qp;
  if (i >= 2 * count) {
    p.dfolded[i - 2 * count] = sum;
    return;
  }
  const int64_t within = i < count ? i : i - count;
  const int column = coefficient_column(s, static_cast<int>(within % s.qp));
  if (column < 0) return;
  const int64_t at = within / s.qp * s.q + column;
  if (i < count) {
    if (p.dc0 != nullptr) put(p.dc0 + at, sum, p.accumulate_dc0);
  } else {
    if (p.ds != nullptr) put(p.ds + at, sum, p.accumulate_ds);
  }
}

// From the folded generator's gradient to W's and the norm weight's.
RADDLE_CUDA_GLOBAL(raddle_hyper_connection_unfold, SiteUnfoldParameters, kSiteThreads) {
  const SiteSizes& s = p.size;
  const int e = static_cast<int>(blockIdx.x) * kSiteWarps + warp_of_block();
  if (e >= s.d) return;  // a whole warp
  const float scale = 1.0f / sqrtf(static_cast<float>(s.d)), gain = p.norm_weight[e];
  float sum = 0;
  RADDLE_CUDA_UNROLL(1)
  for (int padded = lane_of_warp(); padded < s.qp; padded += kWarp) {
    const int column = coefficient_column(s, padded);
    if (column < 0) continue;
    const float folded = p.dfolded[static_cast<int64_t>(padded) * s.dp + e] * scale;
    const int64_t at = static_cast<int64_t>(e) * s.q + column;
    sum = fmaf(p.w[at], folded, sum);
    if (p.dw != nullptr) put(p.dw + at, gain * folded, p.accumulate_dw);
  }
  sum = warp_sum(sum);
  if (lane_of_warp() == 0 && p.dnorm_weight != nullptr) {
    put(p.dnorm_weight + e, sum, p.accumulate_dnorm_weight);
  }
}

}  // namespace raddle::cuda
