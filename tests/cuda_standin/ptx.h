// SPDX-License-Identifier: Apache-2.0
// kernels/cuda/ptx.h on the host, as the PTX manual describes the instructions. A copy is done when
// it begins: a wait that is missing does not show here.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "tests/cuda_standin/block.h"

inline int raddle_ptx_lane() { return static_cast<int>(::raddle::standin::lane().thread.x % 32); }
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
  const uint64_t* const rows = ::raddle::standin::exchange_all(raddle_ptx_address(row));
  const int lane = raddle_ptx_lane(), column = lane % 4 * 2;
  for (int m = 0; m < 4; ++m) {
    const uint64_t from = rows[m * 8 + lane / 4];
    to[m] = raddle_ptx_element(from, column) |
            static_cast<uint32_t>(raddle_ptx_element(from, column + 1)) << 16;
  }
}
inline void raddle_load_transposed(const void* row, uint32_t (&to)[4]) {
  const uint64_t* const rows = ::raddle::standin::exchange_all(raddle_ptx_address(row));
  const int lane = raddle_ptx_lane(), column = lane / 4;
  for (int m = 0; m < 4; ++m) {
    const uint64_t* const two = rows + m * 8 + lane % 4 * 2;
    to[m] = raddle_ptx_element(two[0], column) |
            static_cast<uint32_t>(raddle_ptx_element(two[1], column)) << 16;
  }
}

// The sixteen elements along the inner dimension that four neighbouring lanes gave, two registers
// each.
inline void raddle_ptx_unpack(const uint64_t* given, float (&to)[16]) {
  for (int t = 0; t < 4; ++t) {
    for (int i = 0; i < 4; ++i) {
      to[2 * t + i % 2 + i / 2 * 8] = raddle_ptx_bf16(given[t] >> (16 * i));
    }
  }
}
// Row lane / 4 of a, and the one 8 below it, lie in the four lanes of its quad; columns 2 (lane %
// 4) and the next of b in the quads of those numbers.
inline void raddle_mma_bf16(const uint32_t (&a)[4], uint32_t b0, uint32_t b1, float (&sums)[4]) {
  const int lane = raddle_ptx_lane(), quad = lane / 4 * 4, columns_at = lane % 4 * 8;
  const auto pair = [](uint32_t low, uint32_t high) { return low | uint64_t{high} << 32; };
  float rows[2][16], columns[2][16];
  raddle_ptx_unpack(::raddle::standin::exchange_all(pair(a[0], a[2])) + quad, rows[0]);
  raddle_ptx_unpack(::raddle::standin::exchange_all(pair(a[1], a[3])) + quad, rows[1]);
  const uint64_t* const b = ::raddle::standin::exchange_all(pair(b0, b1));
  raddle_ptx_unpack(b + columns_at, columns[0]);
  raddle_ptx_unpack(b + columns_at + 4, columns[1]);
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
inline void raddle_begin_part_copy(void* to, const void* from, int bytes) {
  std::memset(to, 0, 16);
  if (bytes > 0) std::memcpy(to, from, static_cast<size_t>(bytes));
}
inline void raddle_wait_for_copies() {}
