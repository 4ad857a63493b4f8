// SPDX-License-Identifier: Apache-2.0
// BF16 as a type of activations, the same for host and device.
#pragma once

#include <cstdint>

#include "kernels/host_device.h"

namespace raddle {

struct Bf16 {
  uint16_t bits;
  // Exact, and so as implicit as from float to double. Back it is `rounded`.
  RADDLE_HOST_DEVICE operator float() const {
    return __builtin_bit_cast(float, static_cast<uint32_t>(bits) << 16);
  }
};

}  // namespace raddle
