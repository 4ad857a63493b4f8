// SPDX-License-Identifier: Apache-2.0
// The language of the .cu files: CUDA C++ with names for what a kernel declares. The same files are
// compiled for the host by tests/cuda_standin, whose header of the device language comes first and
// defines these names in its own way; so a .cu file uses nothing of CUDA that is not listed there.
#pragma once

#include <cstdint>

#ifdef __CUDACC__

// A kernel: its parameters are one plain struct, `p` in the body. `threads` is the most of a block.
#define RADDLE_CUDA_GLOBAL(name, Parameters, threads) \
  extern "C" __global__ void __launch_bounds__(threads) name(const __grid_constant__ Parameters p)

// The same, of which `blocks` must find room on a multiprocessor: it bounds the registers.
#define RADDLE_CUDA_GLOBAL_BLOCKS(name, Parameters, threads, blocks) \
  extern "C" __global__ void __launch_bounds__(threads, blocks)      \
      name(const __grid_constant__ Parameters p)

// An array that the threads of a block share, inside a kernel or a function of one.
#define RADDLE_CUDA_SHARED(type, name, count) __shared__ type name[count]

// The dynamic part of it: as many bytes as the launch says.
#define RADDLE_CUDA_DYNAMIC_SHARED(type, name)                            \
  extern __shared__ __align__(128) unsigned char raddle_dynamic_shared[]; \
  type* const name = reinterpret_cast<type*>(raddle_dynamic_shared)

#define RADDLE_CUDA_DEVICE __device__ __forceinline__

#endif  // __CUDACC__

namespace raddle::cuda {

constexpr int kWarp = 32;
constexpr unsigned kAllLanes = 0xffffffffu;

// Sum over the 32 lanes of a warp, in the same order and so with the same bits in each lane.
template <class T>
RADDLE_CUDA_DEVICE T warp_sum(T value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kAllLanes, value, distance);
  }
  return value;
}

template <class T>
RADDLE_CUDA_DEVICE T warp_max(T value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    const T other = __shfl_xor_sync(kAllLanes, value, distance);
    value = other > value ? other : value;
  }
  return value;
}

// Sum over a block of whole warps, at most 1,024 threads, the same bits in each thread. All threads
// of the block must call it.
template <class T>
RADDLE_CUDA_DEVICE T block_sum(T value) {
  RADDLE_CUDA_SHARED(T, of_warp, kWarp);
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  value = warp_sum(value);
  __syncthreads();  // of_warp may still be read from the last call
  if (lane == 0) of_warp[warp] = value;
  __syncthreads();
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  return warp_sum(lane < warps ? of_warp[lane] : T(0));
}

}  // namespace raddle::cuda
