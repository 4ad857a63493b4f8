// SPDX-License-Identifier: Apache-2.0
// The language of the .cu files: CUDA C++ with names for what a kernel declares. The same files are
// compiled for the host by tests/cuda_standin, whose header of the device language comes first and
// defines these names in its own way; so a .cu file uses nothing of CUDA that is not listed there.
#pragma once

#include <cstdint>

#ifdef __CUDACC__

// A kernel: its parameters are one plain struct, `p` in the body. Then the most threads of a block,
// and perhaps how many such blocks a multiprocessor has at least: the compiler takes the registers
// that this leaves to have loads in flight, which it does not where it may hope for more blocks; 1
// where more registers are better than spills.
#define RADDLE_CUDA_GLOBAL(name, Parameters, ...)           \
  extern "C" __global__ void __launch_bounds__(__VA_ARGS__) \
      name(const __grid_constant__ Parameters p)

// An array that the threads of a block share, inside a kernel or a function of one.
#define RADDLE_CUDA_SHARED(type, name, count) __shared__ type name[count]

// The dynamic part of it: as many bytes as the launch says.
#define RADDLE_CUDA_DYNAMIC_SHARED(type, name)                            \
  extern __shared__ __align__(128) unsigned char raddle_dynamic_shared[]; \
  type* const name = reinterpret_cast<type*>(raddle_dynamic_shared)

#define RADDLE_CUDA_DEVICE __device__ __forceinline__

// In front of a loop: how many of its turns are written out one after the other. Loops of a fixed
// small count need none.
#define RADDLE_CUDA_PRAGMA(text) _Pragma(#text)
#define RADDLE_CUDA_UNROLL(turns) RADDLE_CUDA_PRAGMA(unroll turns)

// 16 bytes in one store. From plain C++ the compiler makes four of it where another path to the
// same place stores single elements.
__device__ __forceinline__ void raddle_store4(float* to, float4 value) {
  asm volatile("st.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(to), "f"(value.x), "f"(value.y),
               "f"(value.z), "f"(value.w)
               : "memory");
}
__device__ __forceinline__ void raddle_store4(void* to, uint4 words) {
  asm volatile("st.v4.b32 [%0], {%1, %2, %3, %4};" ::"l"(to), "r"(words.x), "r"(words.y),
               "r"(words.z), "r"(words.w)
               : "memory");
}

// The same of 8 bytes: four BF16.
__device__ __forceinline__ void raddle_store2(void* to, uint32_t first, uint32_t second) {
  asm volatile("st.v2.b32 [%0], {%1, %2};" ::"l"(to), "r"(first), "r"(second) : "memory");
}

#include "kernels/cuda/ptx.h"

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
