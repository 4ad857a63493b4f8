// SPDX-License-Identifier: Apache-2.0
// Neighbours in memory that one thread moves together: 16 bytes where rows allow it, else one
// element. In registers they are floats, whatever the type in memory is.
#pragma once

#include "kernels/cuda/language.h"

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
RADDLE_CUDA_DEVICE Pack<kLanes> pack_of(float value) {
  Pack<kLanes> pack;
#pragma unroll
  for (int i = 0; i < kLanes; ++i) pack.at[i] = value;
  return pack;
}

}  // namespace raddle::cuda
