// SPDX-License-Identifier: Apache-2.0
// Between BF16 and float. Who includes this says first what RADDLE_CUDA_DEVICE is (language.h
// does).
#pragma once

#include "kernels/cuda/bf16.h"

namespace raddle::cuda {

RADDLE_CUDA_DEVICE constexpr float to_float(Bf16 value) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(value.bits) << 16);
}

// Of two neighbours in one word, as raddle_bf16_pair makes it, the one that comes first in memory,
// and the other.
RADDLE_CUDA_DEVICE constexpr float low_of_pair(uint32_t pair) {
  return __builtin_bit_cast(float, pair << 16);
}
RADDLE_CUDA_DEVICE constexpr float high_of_pair(uint32_t pair) {
  return __builtin_bit_cast(float, pair & 0xffff0000u);
}

// To the nearest, and of two to the even one, as the hardware does; no number stays none.
RADDLE_CUDA_DEVICE constexpr Bf16 to_bf16(float value) {
  const auto bits = __builtin_bit_cast(uint32_t, value);
  if (value != value) return {0x7fff};
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

}  // namespace raddle::cuda
