// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/convert.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "runtime/base/bf16.h"

namespace raddle::checkpoint {
namespace {

uint32_t bits_of(float value) { return std::bit_cast<uint32_t>(value); }

// The value that the definition of binary16 gives, from arithmetic instead of bit fields.
double f16_by_definition(uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1F;
  const double mantissa = bits & 0x3FF;
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024.0 + mantissa, exponent - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

TEST(Convert, EveryF16ValueIsExact) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = f16_to_f32(half);
    if ((half & 0x7C00) != 0x7C00) {
      ASSERT_EQ(bits_of(value), bits_of(static_cast<float>(f16_by_definition(half)))) << bits;
    } else if ((half & 0x3FF) == 0) {
      ASSERT_EQ(value, (half & 0x8000) != 0 ? -std::numeric_limits<float>::infinity()
                                            : std::numeric_limits<float>::infinity());
    } else {
      ASSERT_TRUE(std::isnan(value)) << bits;
      ASSERT_EQ(bits_of(value) & 0x7FFFFFu, (half & 0x3FFu) << 13) << "payload of " << bits;
      ASSERT_EQ(bits_of(value) >> 31, bits >> 15);
    }
  }
}

TEST(Convert, Bf16IsTheUpperHalfOfF32) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    ASSERT_EQ(bits_of(bf16_to_f32(static_cast<uint16_t>(bits))), bits << 16);
  }
}

TEST(Convert, ReadsUnalignedInput) {
  const std::vector<uint16_t> halves = {0x3C00, 0xC000, 0x0001};  // 1, -2, 2^-24
  std::vector<char> shifted(1 + 2 * halves.size());
  std::memcpy(shifted.data() + 1, halves.data(), 2 * halves.size());
  std::vector<float> out(3);
  convert(DType::kF16, shifted.data() + 1, DType::kF32, out.data(), 3);
  EXPECT_EQ(out, (std::vector<float>{1.0f, -2.0f, 0x1p-24f}));
}

TEST(Convert, F64BecomesTheNearestF32) {
  const double values[] = {1.0, -0.1, 1e-50, 1e300, 16777217.0};
  std::vector<float> out(5);
  convert(DType::kF64, values, DType::kF32, out.data(), 5);
  // As numpy.float32() rounds them: to nearest, ties to even, beyond the range to infinity.
  EXPECT_EQ(out, (std::vector<float>{1.0f, -0.1f, 0.0f, std::numeric_limits<float>::infinity(),
                                     16777216.0f}));
}

TEST(Convert, KnowsWhatItCanDo) {
  EXPECT_TRUE(can_convert(DType::kI64, DType::kI64));
  EXPECT_TRUE(can_convert(DType::kBF16, DType::kF32));
  EXPECT_FALSE(can_convert(DType::kF32, DType::kBF16));
  EXPECT_TRUE(can_convert(DType::kF64, DType::kF32));
  EXPECT_FALSE(can_convert(DType::kF32, DType::kF64));
  EXPECT_FALSE(can_convert(DType::kI64, DType::kF32));
}

}  // namespace
}  // namespace raddle::checkpoint
