// SPDX-License-Identifier: Apache-2.0
// BF16 as float. Who includes this says first what RADDLE_CUDA_DEVICE is (language.h
// does).
#pragma once

#include "kernels/bf16.h"

namespace raddle::cuda {

RADDLE_CUDA_DEVICE constexpr float to_float(Bf16 value) { return value; }

// Of two neighbours in one word, as raddle_bf16_pair makes it, the one that comes first in memory,
// and the other.
RADDLE_CUDA_DEVICE constexpr float low_of_pair(uint32_t pair) {
  return __builtin_bit_cast(float, pair << 16);
}
RADDLE_CUDA_DEVICE constexpr float high_of_pair(uint32_t pair) {
  return __builtin_bit_cast(float, pair & 0xffff0000u);
}

}  // namespace raddle::cuda
