// SPDX-License-Identifier: Apache-2.0
#include "comm/sum.h"

#include <cstring>

#include "runtime/base/bf16.h"

namespace raddle::comm {

void load(Element element, const std::byte* values, size_t count, float* sums) {
  if (element == Element::kF32) {
    std::memcpy(sums, values, count * sizeof(float));
    return;
  }
  const auto* bits = reinterpret_cast<const uint16_t*>(values);
  for (size_t i = 0; i < count; ++i) sums[i] = bf16_to_f32(bits[i]);
}

void add(Element element, const std::byte* values, size_t count, float* sums) {
  if (element == Element::kF32) {
    const auto* floats = reinterpret_cast<const float*>(values);
    for (size_t i = 0; i < count; ++i) sums[i] += floats[i];
    return;
  }
  const auto* bits = reinterpret_cast<const uint16_t*>(values);
  for (size_t i = 0; i < count; ++i) sums[i] += bf16_to_f32(bits[i]);
}

void store(Element element, const float* sums, size_t count, std::byte* to) {
  if (element == Element::kF32) {
    std::memcpy(to, sums, count * sizeof(float));
    return;
  }
  auto* bits = reinterpret_cast<uint16_t*>(to);
  for (size_t i = 0; i < count; ++i) bits[i] = f32_to_bf16(sums[i]);
}

}  // namespace raddle::comm
