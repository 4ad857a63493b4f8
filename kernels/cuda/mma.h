// SPDX-License-Identifier: Apache-2.0
// Who holds what of a warp's matrix instruction of 16 x 8 x 16 (raddle_mma_bf16), and which address
// a lane gives to load its operands from shared memory. Plain arithmetic, which tests of the host
// call; who includes this says first what RADDLE_CUDA_DEVICE is.
#pragma once

namespace raddle::cuda {

struct MatrixPlace {
  int row, column;
};

// Element i of the eight that a lane holds of the left operand (16 x 16), two in a register.
RADDLE_CUDA_DEVICE constexpr MatrixPlace left_place(int lane, int i) {
  return {lane / 4 + i / 2 % 2 * 8, lane % 4 * 2 + i % 2 + i / 4 * 8};
}
// Of the four of the right operand (16 x 8).
RADDLE_CUDA_DEVICE constexpr MatrixPlace right_place(int lane, int i) {
  return {lane % 4 * 2 + i % 2 + i / 2 * 8, lane / 4};
}
// Of the four of the sums (16 x 8).
RADDLE_CUDA_DEVICE constexpr MatrixPlace sum_place(int lane, int i) {
  return {lane / 4 + i / 2 * 8, lane % 4 * 2 + i % 2};
}

// The row of a 16 x 16 tile whose eight elements from `column` on a lane points to. Left operands,
// and right ones that are transposed on their way (of two instructions, 16 columns):
RADDLE_CUDA_DEVICE constexpr MatrixPlace left_address(int lane) {
  return {lane % 16, lane / 16 * 8};
}
// Right operands whose columns are rows in memory (of two instructions: 16 of them).
RADDLE_CUDA_DEVICE constexpr MatrixPlace right_address(int lane) {
  return {lane % 8 + lane / 16 * 8, lane / 8 % 2 * 8};
}

}  // namespace raddle::cuda
