// SPDX-License-Identifier: Apache-2.0
// Parameters of column_sum.cu, shared by host and device.
#pragma once

#include <cstdint>

namespace raddle::cuda {

constexpr int kColumnSumThreads = 256;
constexpr int kColumnSumColumns = 128;  // of a block: a warp has four a lane

// out[part] (columns) (+)= sum over the part's rows of x. A block of the grid is 128 columns along
// x and a part of the rows along y.
struct ColumnSumParameters {
  const float* x;  // (rows, columns)
  float* out;      // (parts, columns)
  int64_t rows, columns;
  int64_t part_rows;
  bool accumulate;
  bool x_quads;  // its rows begin on multiples of 16 bytes
};

}  // namespace raddle::cuda
