// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/convert.h"

#include <bit>
#include <cstring>

#include "runtime/base/bf16.h"

namespace raddle::checkpoint {

float f16_to_f32(uint16_t bits) {
  const uint32_t sign = (uint32_t{bits} & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1Fu;
  uint32_t mantissa = bits & 0x3FFu;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000u | (mantissa << 13));
  if (exponent != 0)
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  if (mantissa == 0) return std::bit_cast<float>(sign);
  // Subnormal: shift the leading one up to bit 10; float32 has room for the smaller exponent.
  const uint32_t shift = static_cast<uint32_t>(std::countl_zero(mantissa)) - 21;
  mantissa = (mantissa << shift) & 0x3FFu;
  return std::bit_cast<float>(sign | ((113 - shift) << 23) | (mantissa << 13));
}

bool can_convert(DType from, DType to) {
  return from == to || (to == DType::kF32 &&
                        (from == DType::kBF16 || from == DType::kF16 || from == DType::kF64));
}

namespace {

template <float (*Convert)(uint16_t)>
void widen(const void* in, float* out, size_t elements) {
  const auto* source = static_cast<const std::byte*>(in);
  for (size_t i = 0; i < elements; ++i) {
    uint16_t bits;
    std::memcpy(&bits, source + 2 * i, sizeof(bits));
    out[i] = Convert(bits);
  }
}

// To the nearest; what is too large for a float becomes an infinity, as in other tools.
void narrow(const void* in, float* out, size_t elements) {
  const auto* source = static_cast<const std::byte*>(in);
  for (size_t i = 0; i < elements; ++i) {
    double value;
    std::memcpy(&value, source + sizeof(value) * i, sizeof(value));
    out[i] = static_cast<float>(value);
  }
}

}  // namespace

void convert(DType from, const void* in, DType to, void* out, size_t elements) {
  RADDLE_ASSERT(can_convert(from, to));
  if (elements == 0) return;
  if (from == to) {
    std::memcpy(out, in, elements * dtype_bytes(from));
  } else if (from == DType::kF64) {
    narrow(in, static_cast<float*>(out), elements);
  } else if (from == DType::kBF16) {
    widen<bf16_to_f32>(in, static_cast<float*>(out), elements);
  } else {
    widen<f16_to_f32>(in, static_cast<float*>(out), elements);
  }
}

}  // namespace raddle::checkpoint
