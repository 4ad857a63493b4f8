// SPDX-License-Identifier: Apache-2.0
// How rows are cut into blocks whose partial weight gradients are summed in block order. The cut
// depends on the number of rows alone, never on threads, so results do not either.
#pragma once

#include <algorithm>
#include <cstdint>

namespace raddle::kernels {

struct RowBlocks {
  int64_t rows, count, rows_per_block;

  // At most 64 blocks of at least 8 rows: enough tasks for many cores, few partials to sum.
  explicit RowBlocks(int64_t row_count) : rows(row_count) {
    const int64_t wanted = std::clamp<int64_t>((rows + 7) / 8, 1, 64);
    rows_per_block = std::max<int64_t>(1, (rows + wanted - 1) / wanted);
    count = (rows + rows_per_block - 1) / rows_per_block;
  }
  int64_t begin(int64_t block) const { return block * rows_per_block; }
  int64_t end(int64_t block) const { return std::min(rows, (block + 1) * rows_per_block); }
};

}  // namespace raddle::kernels
