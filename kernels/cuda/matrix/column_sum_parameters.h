// SPDX-License-Identifier: Apache-2.0
// Parameters of column_sum.cu, shared by host and device.
#pragma once

#include <cstdint>

namespace raddle::cuda {

constexpr int kColumnSumThreads = 256;
// Of a block: a lane of a warp has 16 bytes.
template <class T>
constexpr int kColumnSumColumns = 32 * 16 / static_cast<int>(sizeof(T));

// out[part] (columns) (+)= sum over the part's rows of x. A block of the grid is so many columns
// along x and a part of the rows along y.
template <class T>
struct ColumnSumParametersOf {
  const T* x;  // (rows, columns)
  float* out;  // (parts, columns)
  int64_t rows, columns;
  int64_t part_rows;
  bool accumulate;
  bool x_packs;  // its rows begin on multiples of 16 bytes
};

}  // namespace raddle::cuda
