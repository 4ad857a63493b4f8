// SPDX-License-Identifier: Apache-2.0
// kernels/cuda/ptx.h on the host, as the PTX manual describes the instructions. A copy is done when
// it begins: a wait that is missing does not show here.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "tests/cuda_standin/block.h"

inline int raddle_ptx_lane() { return static_cast<int>(::raddle::standin::lane().thread.x % 32); }
inline uint64_t raddle_ptx_from(uint64_t given, int lane) {
  return ::raddle::standin::exchange(0xffffffffu, given, lane);
}
inline uint64_t raddle_ptx_address(const void* row) {
  uint64_t bits = 0;
  static_assert(sizeof row == sizeof bits);
  std::memcpy(&bits, &row, sizeof bits);
  return bits;
}
inline uint16_t raddle_ptx_element(uint64_t row, int column) {
  const uint16_t* address = nullptr;
  std::memcpy(&address, &row, sizeof address);
  return address[column];
}
inline float raddle_ptx_bf16(uint64_t bits) {
  const auto high = static_cast<uint32_t>(bits & 0xffff) << 16;
  float value = 0;
  std::memcpy(&value, &high, sizeof value);
  return value;
}

inline void raddle_load_matrices(const void* row, uint32_t (&to)[4]) {
  const uint64_t given = raddle_ptx_address(row);
  const int lane = raddle_ptx_lane(), column = lane % 4 * 2;
  for (int m = 0; m < 4; ++m) {
    const uint64_t from = raddle_ptx_from(given, m * 8 + lane / 4);
    to[m] = raddle_ptx_element(from, column) |
            static_cast<uint32_t>(raddle_ptx_element(from, column + 1)) << 16;
  }
}
inline void raddle_load_transposed(const void* row, uint32_t (&to)[4]) {
  const uint64_t given = raddle_ptx_address(row);
  const int lane = raddle_ptx_lane(), column = lane / 4;
  for (int m = 0; m < 4; ++m) {
    const uint64_t first = raddle_ptx_from(given, m * 8 + lane % 4 * 2);
    const uint64_t second = raddle_ptx_from(given, m * 8 + lane % 4 * 2 + 1);
    to[m] = raddle_ptx_element(first, column) |
            static_cast<uint32_t>(raddle_ptx_element(second, column)) << 16;
  }
}

// Row lane / 4 of a, and the one 8 below it, lie in the four lanes of its quad; columns 2 (lane %
// 4) and the next of b in the quads of those numbers.
inline void raddle_mma_bf16(const uint32_t (&a)[4], uint32_t b0, uint32_t b1, float (&sums)[4]) {
  const int lane = raddle_ptx_lane(), quad = lane / 4 * 4;
  const uint64_t upper = a[0] | static_cast<uint64_t>(a[2]) << 32;
  const uint64_t lower = a[1] | static_cast<uint64_t>(a[3]) << 32;
  const uint64_t b = b0 | static_cast<uint64_t>(b1) << 32;
  float rows[2][16], columns[2][16];
  for (int t = 0; t < 4; ++t) {
    const uint64_t of[4] = {raddle_ptx_from(upper, quad + t), raddle_ptx_from(lower, quad + t),
                            raddle_ptx_from(b, lane % 4 * 8 + t),
                            raddle_ptx_from(b, lane % 4 * 8 + 4 + t)};
    for (int i = 0; i < 4; ++i) {
      const int k = 2 * t + i % 2 + i / 2 * 8;
      for (int which = 0; which < 2; ++which) {
        rows[which][k] = raddle_ptx_bf16(of[which] >> (16 * i));
        columns[which][k] = raddle_ptx_bf16(of[2 + which] >> (16 * i));
      }
    }
  }
  for (int i = 0; i < 4; ++i) {
    float sum = sums[i];
    for (int k = 0; k < 16; ++k) sum += rows[i / 2][k] * columns[i % 2][k];
    sums[i] = sum;
  }
}

inline uint32_t raddle_ptx_round(float value) {
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  if (std::isnan(value)) return 0x7fff;
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
inline uint32_t raddle_bf16_pair(float low, float high) {
  return raddle_ptx_round(low) | raddle_ptx_round(high) << 16;
}
inline uint16_t raddle_bf16(float value) { return static_cast<uint16_t>(raddle_ptx_round(value)); }

inline void raddle_begin_copy(void* to, const void* from, bool clear) {
  if (clear) {
    std::memset(to, 0, 16);
  } else {
    std::memcpy(to, from, 16);
  }
}
inline void raddle_wait_for_copies() {}
