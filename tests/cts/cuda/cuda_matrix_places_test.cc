// SPDX-License-Identifier: Apache-2.0
// Who holds what of a matrix instruction: each element of an operand exactly once; and BF16.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#define RADDLE_CUDA_DEVICE inline
#include "kernels/cuda/bf16_convert.h"
#include "kernels/cuda/mma.h"
#include "kernels/ref/rounded.h"

namespace raddle::cuda {
namespace {

template <class Place>
void expect_covered_once(int rows, int columns, int elements, const Place& place) {
  std::vector<int> held(static_cast<size_t>(rows * columns));
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < elements; ++i) {
      const MatrixPlace at = place(lane, i);
      ASSERT_TRUE(at.row >= 0 && at.row < rows && at.column >= 0 && at.column < columns);
      ++held[static_cast<size_t>(at.row * columns + at.column)];
    }
  }
  EXPECT_EQ(held, std::vector<int>(held.size(), 1));
}

TEST(MatrixPlaces, EachElementIsHeldOnce) {
  expect_covered_once(16, 16, 8, left_place);
  expect_covered_once(16, 8, 4, right_place);
  expect_covered_once(16, 8, 4, sum_place);
}

// A lane points to eight elements; a load gives it those of the place that the instruction wants.
TEST(MatrixPlaces, AddressesCoverATileOnce) {
  expect_covered_once(16, 16, 8, [](int lane, int i) {
    const MatrixPlace at = left_address(lane);
    return MatrixPlace{at.row, at.column + i};
  });
  expect_covered_once(16, 16, 8, [](int lane, int i) {
    const MatrixPlace at = right_address(lane);
    return MatrixPlace{at.row, at.column + i};
  });
}

// Register m of a load is matrix m, whose row r is where lane 8 m + r points.
TEST(MatrixPlaces, LoadsGiveWhatTheInstructionWants) {
  for (int lane = 0; lane < 32; ++lane) {
    for (int m = 0; m < 4; ++m) {
      for (int half = 0; half < 2; ++half) {
        const MatrixPlace left = left_place(lane, 2 * m + half);
        const MatrixPlace from = left_address(8 * m + lane / 4);
        EXPECT_EQ(left.row, from.row);
        EXPECT_EQ(left.column, from.column + lane % 4 * 2 + half);
        // Registers 0 and 1 are the right operand of columns 0 to 7, 2 and 3 of 8 to 15.
        const MatrixPlace right = right_place(lane, 2 * (m % 2) + half);
        const MatrixPlace row = right_address(8 * m + lane / 4);
        EXPECT_EQ(right.column + m / 2 * 8, row.row);
        EXPECT_EQ(right.row, row.column + lane % 4 * 2 + half);
        const MatrixPlace turned = left_address(8 * m + lane % 4 * 2 + half);
        EXPECT_EQ(right.row, turned.row);
        EXPECT_EQ(right.column + m / 2 * 8, turned.column + lane / 4);
        // A left operand that lies transposed, by addresses of the other side.
        const MatrixPlace below = right_address(8 * m + lane % 4 * 2 + half);
        EXPECT_EQ(left.column, below.row);
        EXPECT_EQ(left.row, below.column + lane / 4);
      }
    }
  }
}

// Eight rows that one load reads lie in different banks, for each stride of a tile.
TEST(MatrixPlaces, LoadedRowsLieInDifferentBanks) {
  for (const int columns : {64, 80, 96, 128, 256}) {  // 64 and 128: of matrix products too
    unsigned banks = 0;
    for (int row = 0; row < 8; ++row) banks |= 1u << (row * (columns + 8) * 2 / 16 % 8);
    EXPECT_EQ(banks, 0xffu) << columns << " columns";
  }
}

TEST(Bf16, RoundsToTheNearestEven) {
  EXPECT_EQ(kernels::rounded<Bf16>(1.0f).bits, 0x3f80);
  EXPECT_EQ(kernels::rounded<Bf16>(1.00390625f).bits, 0x3f80);  // halfway, down to the even one
  EXPECT_EQ(kernels::rounded<Bf16>(1.01171875f).bits, 0x3f82);  // halfway, up to the even one
  EXPECT_EQ(kernels::rounded<Bf16>(1.00390637f).bits, 0x3f81);
  EXPECT_EQ(kernels::rounded<Bf16>(-2.0f).bits, 0xc000);
  EXPECT_EQ(kernels::rounded<Bf16>(std::numeric_limits<float>::infinity()).bits, 0x7f80);
  EXPECT_EQ(kernels::rounded<Bf16>(std::numeric_limits<float>::max()).bits, 0x7f80);
  EXPECT_TRUE(
      std::isnan(to_float(kernels::rounded<Bf16>(std::numeric_limits<float>::quiet_NaN()))));
  for (uint32_t bits = 0; bits < 0x7f80; ++bits) {
    const Bf16 value = {static_cast<uint16_t>(bits)};
    ASSERT_EQ(kernels::rounded<Bf16>(to_float(value)).bits, value.bits);
  }
}

}  // namespace
}  // namespace raddle::cuda
