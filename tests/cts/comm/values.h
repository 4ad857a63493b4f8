// SPDX-License-Identifier: Apache-2.0
// Values that ranks put into windows, and what collectives must make of them.
#pragma once

#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "comm/communicator.h"
#include "runtime/base/bf16.h"
#include "runtime/base/random.h"

namespace raddle::comm::test {

// Small integers have exact sums; these have not, so their order shows.
inline float value_of(int32_t rank, size_t i) {
  uint64_t h = (i + 1) * 0x9E3779B97F4A7C15U + static_cast<uint64_t>(rank) * 0xD1B54A32D192ED03U;
  h = (h ^ (h >> 29)) * 0xBF58476D1CE4E5B9U;
  const float scale = rank % 3 == 0 ? 1.0F : rank % 3 == 1 ? 11.3F : 371.9F;
  return (to_unit(static_cast<uint32_t>(h >> 32)) - 0.5F) * scale;
}
inline uint16_t bits_of(int32_t rank, size_t i) { return f32_to_bf16(value_of(rank, i)); }

inline float* floats(const Window& window) { return reinterpret_cast<float*>(window.address()); }
inline uint16_t* halves(const Window& window) {
  return reinterpret_cast<uint16_t*>(window.address());
}
inline void fill(const Window& window, int32_t rank) {
  for (size_t i = 0; i < window.bytes() / sizeof(float); ++i) floats(window)[i] = value_of(rank, i);
}
inline void fill_bf16(const Window& window, int32_t rank) {
  for (size_t i = 0; i < window.bytes() / 2; ++i) halves(window)[i] = bits_of(rank, i);
}

inline float sum_of(Group group, size_t i) {
  float sum = value_of(group.front(), i);
  for (size_t k = 1; k < group.size(); ++k) sum += value_of(group[k], i);
  return sum;
}
// One rounding, at the end.
inline uint16_t bf16_sum_of(Group group, size_t i) {
  float sum = bf16_to_f32(bits_of(group.front(), i));
  for (size_t k = 1; k < group.size(); ++k) sum += bf16_to_f32(bits_of(group[k], i));
  return f32_to_bf16(sum);
}

inline std::vector<int32_t> all_of(int32_t size) {
  std::vector<int32_t> ranks(static_cast<size_t>(size));
  std::iota(ranks.begin(), ranks.end(), 0);
  return ranks;
}
// So many elements of 4 bytes.
inline Range elements(size_t begin, size_t end) {
  return {begin * sizeof(float), end * sizeof(float)};
}

}  // namespace raddle::comm::test
