// SPDX-License-Identifier: Apache-2.0
// Neighbours in memory that one thread moves together: 16 bytes where rows allow it, else one
// element. In registers they are floats, whatever the type in memory is.
#pragma once

#include "kernels/cuda/language.h"  // ahead of bf16_convert.h, which is written in it

#include "kernels/cuda/bf16_convert.h"

namespace raddle::cuda {

// As many of a type as 16 bytes hold.
template <class T>
constexpr int kPackOf = 16 / static_cast<int>(sizeof(T));

template <int kLanes>
struct alignas(kLanes % 4 == 0 ? 16 : 4) Pack {
  float at[kLanes];
};

template <int kLanes>
RADDLE_CUDA_DEVICE Pack<kLanes> load_pack(const float* from) {
  Pack<kLanes> pack;
  if constexpr (kLanes % 4 == 0) {
#pragma unroll
    for (int i = 0; i < kLanes; i += 4) {
      const float4 four = *reinterpret_cast<const float4*>(from + i);
      pack.at[i] = four.x;
      pack.at[i + 1] = four.y;
      pack.at[i + 2] = four.z;
      pack.at[i + 3] = four.w;
    }
  } else {
#pragma unroll
    for (int i = 0; i < kLanes; ++i) pack.at[i] = from[i];
  }
  return pack;
}

template <int kLanes>
RADDLE_CUDA_DEVICE void store_pack(float* to, const Pack<kLanes>& pack) {
  if constexpr (kLanes % 4 == 0) {
#pragma unroll
    for (int i = 0; i < kLanes; i += 4) {
      *reinterpret_cast<float4*>(to + i) =
          make_float4(pack.at[i], pack.at[i + 1], pack.at[i + 2], pack.at[i + 3]);
    }
  } else {
#pragma unroll
    for (int i = 0; i < kLanes; ++i) to[i] = pack.at[i];
  }
}

template <int kLanes>
RADDLE_CUDA_DEVICE Pack<kLanes> load_pack(const Bf16* from) {
  Pack<kLanes> pack;
  if constexpr (kLanes % 8 == 0) {
#pragma unroll
    for (int i = 0; i < kLanes; i += 8) {
      const uint4 eight = *reinterpret_cast<const uint4*>(from + i);
      const uint32_t pairs[4] = {eight.x, eight.y, eight.z, eight.w};
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        pack.at[i + 2 * j] = low_of_pair(pairs[j]);
        pack.at[i + 2 * j + 1] = high_of_pair(pairs[j]);
      }
    }
  } else {
#pragma unroll
    for (int i = 0; i < kLanes; ++i) pack.at[i] = to_float(from[i]);
  }
  return pack;
}

template <int kLanes>
RADDLE_CUDA_DEVICE void store_pack(Bf16* to, const Pack<kLanes>& pack) {
  if constexpr (kLanes % 8 == 0) {
#pragma unroll
    for (int i = 0; i < kLanes; i += 8) {
      uint4 eight;
      eight.x = raddle_bf16_pair(pack.at[i], pack.at[i + 1]);
      eight.y = raddle_bf16_pair(pack.at[i + 2], pack.at[i + 3]);
      eight.z = raddle_bf16_pair(pack.at[i + 4], pack.at[i + 5]);
      eight.w = raddle_bf16_pair(pack.at[i + 6], pack.at[i + 7]);
      *reinterpret_cast<uint4*>(to + i) = eight;
    }
  } else {
#pragma unroll
    for (int i = 0; i < kLanes; ++i) to[i].bits = raddle_bf16(pack.at[i]);
  }
}

template <int kLanes>
RADDLE_CUDA_DEVICE Pack<kLanes> pack_of(float value) {
  Pack<kLanes> pack;
#pragma unroll
  for (int i = 0; i < kLanes; ++i) pack.at[i] = value;
  return pack;
}

}  // namespace raddle::cuda
