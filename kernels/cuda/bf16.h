// SPDX-License-Identifier: Apache-2.0
// BF16 as a type of our own, the same for host and device; bf16_convert.h makes floats of it.
#pragma once

#include <cstdint>

namespace raddle::cuda {

struct Bf16 {
  uint16_t bits;
};

}  // namespace raddle::cuda
