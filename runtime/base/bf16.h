// SPDX-License-Identifier: Apache-2.0
// BF16 as its bits: the upper half of an F32. What is faster gives these bits.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace raddle {

inline float bf16_to_f32(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

// To the nearest, of two as near to the even one. What is too large becomes an infinity; a NaN
// stays one, with its sign and the upper bits of its payload.
inline uint16_t f32_to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

}  // namespace raddle
