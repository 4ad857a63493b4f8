// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/bf16.h"

#include <gtest/gtest.h>

#include <limits>

namespace raddle {
namespace {

float of_bits(uint32_t bits) { return std::bit_cast<float>(bits); }

// For every BF16 value and the one above it: what lies between goes to the nearer of the two, what
// lies in the middle to the even one.
TEST(Bf16, IsTheNearestAndOfTwoTheEvenOne) {
  for (uint32_t sign : {0u, 0x8000u}) {
    for (uint32_t upper = 0; upper < 0x7F80; ++upper) {
      const uint32_t low = sign | upper, high = low + 1;
      ASSERT_EQ(f32_to_bf16(of_bits(low << 16)), low);
      ASSERT_EQ(f32_to_bf16(of_bits((low << 16) | 0x0001)), low);
      ASSERT_EQ(f32_to_bf16(of_bits((low << 16) | 0x7FFF)), low);
      ASSERT_EQ(f32_to_bf16(of_bits((low << 16) | 0x8000)), low % 2 == 0 ? low : high);
      ASSERT_EQ(f32_to_bf16(of_bits((low << 16) | 0x8001)), high);
      ASSERT_EQ(f32_to_bf16(of_bits((low << 16) | 0xFFFF)), high);
    }
  }
}

TEST(Bf16, WhatIsNotFiniteStays) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(f32_to_bf16(kInfinity), 0x7F80);
  EXPECT_EQ(f32_to_bf16(-kInfinity), 0xFF80);
  EXPECT_EQ(f32_to_bf16(std::numeric_limits<float>::max()), 0x7F80);
  for (const uint32_t bits : {0x7F800001u, 0x7FFFFFFFu, 0xFF800001u, 0xFFC12345u}) {
    const uint16_t rounded = f32_to_bf16(of_bits(bits));
    EXPECT_TRUE(std::isnan(bf16_to_f32(rounded))) << bits;
    EXPECT_EQ(rounded >> 15, bits >> 31) << bits;
  }
}

TEST(Bf16, EveryValueComesBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    if (std::isnan(bf16_to_f32(half))) continue;
    ASSERT_EQ(f32_to_bf16(bf16_to_f32(half)), half);
  }
}

}  // namespace
}  // namespace raddle
