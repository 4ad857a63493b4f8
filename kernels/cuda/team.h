// SPDX-License-Identifier: Apache-2.0
// Teams: the threads of a block in equal runs, a power of two from 8 on, that work on one row each
// and in step, so that the barriers of a team are the block's.
#pragma once

#include "kernels/cuda/language.h"

namespace raddle::cuda {

struct Team {
  int threads;  // of a team
  int count;    // of teams in the block
  int index;    // of this thread's team
  int rank;     // of this thread in it
};

RADDLE_CUDA_DEVICE Team team_of(int threads) {
  const int thread = static_cast<int>(threadIdx.x);
  return {threads, static_cast<int>(blockDim.x) / threads, thread / threads, thread % threads};
}

// Sums over each team, the same bits in each of its threads. All threads of the block must call it.
template <int kValues>
RADDLE_CUDA_DEVICE void team_sum(const Team& team, float (&values)[kValues]) {
#pragma unroll
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    if (distance >= team.threads) continue;  // for the whole block
#pragma unroll
    for (int v = 0; v < kValues; ++v) {
      values[v] += __shfl_xor_sync(kAllLanes, values[v], distance);
    }
  }
  if (team.threads <= kWarp) return;
  RADDLE_CUDA_SHARED(float, of_warp, kValues* kWarp);
  const int warp = static_cast<int>(threadIdx.x) / kWarp, warps = team.threads / kWarp;
  __syncthreads();  // of_warp may still be read from the last call
  if (threadIdx.x % kWarp == 0) {
#pragma unroll
    for (int v = 0; v < kValues; ++v) of_warp[v * kWarp + warp] = values[v];
  }
  __syncthreads();
#pragma unroll
  for (int v = 0; v < kValues; ++v) {
    const float* mine = of_warp + v * kWarp + team.index * warps;
    values[v] = mine[0];
    for (int other = 1; other < warps; ++other) values[v] += mine[other];
  }
}

}  // namespace raddle::cuda
