// SPDX-License-Identifier: Apache-2.0
// The device language on the host: what kernels/cuda/language.h names, and the few built-ins of
// CUDA C++ that the .cu files use. Included in front of them by the build.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "tests/cuda_standin/block.h"
#include "tests/cuda_standin/ptx.h"

#define RADDLE_CUDA_DEVICE inline
#define RADDLE_CUDA_UNROLL(turns)
#define RADDLE_CUDA_GLOBAL(name, Parameters, ...)                                        \
  static void name##_body(const Parameters& p);                                          \
  static const ::raddle::standin::Registration name##_registration(                      \
      {#name, sizeof(Parameters), ::raddle::standin::most_threads(__VA_ARGS__),          \
       [](const void* given) { name##_body(*static_cast<const Parameters*>(given)); }}); \
  static void name##_body(const Parameters& p)

// One array a place in the source, for all threads of a block.
#define RADDLE_CUDA_SHARED(type, name, count)   \
  static const char raddle_place_of_##name = 0; \
  type* const name = static_cast<type*>(        \
      ::raddle::standin::shared_array(&raddle_place_of_##name, sizeof(type) * (count)))
#define RADDLE_CUDA_DYNAMIC_SHARED(type, name) \
  type* const name = static_cast<type*>(::raddle::standin::dynamic_shared())

#define threadIdx (::raddle::standin::lane().thread)
#define blockIdx (::raddle::standin::lane().block)
#define blockDim (::raddle::standin::lane().block_size)
#define gridDim (::raddle::standin::lane().grid_size)

struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) float2 {
  float x, y;
};
// Whole words of what lies in memory as BF16, so they may stand for it.
struct [[gnu::may_alias]] alignas(8) uint2 {
  unsigned x, y;
};
struct [[gnu::may_alias]] alignas(16) uint4 {
  unsigned x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline float2 make_float2(float x, float y) { return {x, y}; }
inline void raddle_store4(float* to, float4 value) { *reinterpret_cast<float4*>(to) = value; }
inline void raddle_store4(void* to, uint4 words) { *static_cast<uint4*>(to) = words; }
inline void raddle_store2(void* to, uint32_t first, uint32_t second) {
  *static_cast<uint2*>(to) = {first, second};
}
inline float rsqrtf(float x) { return 1.0f / std::sqrt(x); }

inline void __syncthreads() { ::raddle::standin::wait_for_block(); }
inline void __syncwarp(unsigned mask = 0xffffffffu) { ::raddle::standin::wait_for_warp(mask); }

template <class T>
T raddle_from_lane(unsigned mask, T value, int lane) {
  static_assert(sizeof(T) <= 8);
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = ::raddle::standin::exchange(mask, bits, lane);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
inline int raddle_lane_number() { return static_cast<int>(threadIdx.x % 32); }
template <class T>
T __shfl_sync(unsigned mask, T value, int lane) {
  return raddle_from_lane(mask, value, lane & 31);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int distance) {
  return raddle_from_lane(mask, value, raddle_lane_number() ^ distance);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, int distance) {
  const int lane = raddle_lane_number() + distance;
  return raddle_from_lane(mask, value, lane < 32 ? lane : raddle_lane_number());
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, int distance) {
  const int lane = raddle_lane_number() - distance;
  return raddle_from_lane(mask, value, lane >= 0 ? lane : raddle_lane_number());
}
