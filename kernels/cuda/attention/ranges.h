// SPDX-License-Identifier: Apache-2.0
// Index arithmetic of the attention kernels: who may see whom, which tiles a block walks, which
// elements of a tile a thread holds. Tests of the host call the same functions; who includes this
// says first what RADDLE_CUDA_DEVICE is (language.h does).
#pragma once

#include <cstdint>

namespace raddle::cuda {

struct RowRange {
  int begin = 0, end = 0;
};

// The rows of the sequence that `row` belongs to; empty for padding. `cu_seqlens` has rows + 1
// entries that rise. Halves at most 32 times.
RADDLE_CUDA_DEVICE constexpr RowRange sequence_of(const int32_t* cu_seqlens, int rows, int row) {
  if (row < cu_seqlens[0] || row >= cu_seqlens[rows]) return {};
  int below = 0, above = rows;  // cu_seqlens[below] <= row < cu_seqlens[above]
  while (above - below > 1) {
    const int middle = below + (above - below) / 2;
    if (cu_seqlens[middle] <= row) {
      below = middle;
    } else {
      above = middle;
    }
  }
  return {cu_seqlens[below], cu_seqlens[above]};
}

// The keys that a query sees, and the queries that see a key, in their sequence.
RADDLE_CUDA_DEVICE constexpr RowRange keys_of(RowRange sequence, int query, bool causal) {
  if (sequence.begin == sequence.end) return {};
  return {sequence.begin, causal ? query + 1 : sequence.end};
}
RADDLE_CUDA_DEVICE constexpr RowRange queries_of(RowRange sequence, int key, bool causal) {
  if (sequence.begin == sequence.end) return {};
  return {causal ? key : sequence.begin, sequence.end};
}

RADDLE_CUDA_DEVICE constexpr bool contains(RowRange range, int row) {
  return row >= range.begin && row < range.end;
}

// A block holds a tile of rows that stay and walks over tiles of rows on the other side, from
// `begin` in steps. The rows that it must see are those between what its first row sees first and
// its last row that is no padding sees last, since sequences follow each other.
RADDLE_CUDA_DEVICE constexpr int rows_in_tile(int tile_first, int tile_rows, int valid_rows) {
  const int left = valid_rows - tile_first;
  return left < 0 ? 0 : (left < tile_rows ? left : tile_rows);
}
RADDLE_CUDA_DEVICE constexpr RowRange walk_of(RowRange of_first_row, RowRange of_last_row) {
  return {of_first_row.begin, of_last_row.end};
}

// Sixteen neighbours hold four rows of a tile: thread t of them the columns t, t + 16, ... of a
// tile of scores,
constexpr int kNeighbours = 16;
RADDLE_CUDA_DEVICE constexpr int score_column(int thread, int element) {
  return thread + kNeighbours * element;
}
// and of `columns` output columns, a multiple of 16, four neighbours in each 64, then two in 32 and
// one in 16 of what is left, so that a thread reads them from a row with few wide accesses.
RADDLE_CUDA_DEVICE constexpr int output_column(int columns, int thread, int element) {
  const int whole = columns / 64 * 4;
  if (element < whole) return element / 4 * 64 + 4 * thread + element % 4;
  const int rest = element - whole, first = columns / 64 * 64;
  if (columns % 64 < 32) return first + thread;
  if (rest < 2) return first + 2 * thread + rest;
  return first + 32 + thread;
}

// Which of the blocks of a launch does what: the tiles outermost, those with the most work first.
struct BlockTask {
  int tile, head, chunk;
};
RADDLE_CUDA_DEVICE constexpr BlockTask block_task(int64_t block, int tiles, int heads, int chunks,
                                                  bool last_tile_first) {
  const int tile = static_cast<int>(block / (static_cast<int64_t>(heads) * chunks));
  const int rest = static_cast<int>(block % (static_cast<int64_t>(heads) * chunks));
  return {last_tile_first ? tiles - 1 - tile : tile, rest / chunks, rest % chunks};
}

// The chunks of a head dimension in the order in which a block reads them: its own comes last,
// because that one is needed again.
RADDLE_CUDA_DEVICE constexpr int chunk_at(int step, int own, int chunks) {
  return (own + 1 + step) % chunks;
}

// Decoding: the keys of a cache are cut into splits of a fixed number.
RADDLE_CUDA_DEVICE constexpr RowRange keys_of_split(int split, int split_keys, int visible) {
  const int64_t begin = static_cast<int64_t>(split) * split_keys;
  if (begin >= visible) return {};
  const int64_t end = begin + split_keys;
  return {static_cast<int>(begin), static_cast<int>(end < visible ? end : visible)};
}
RADDLE_CUDA_DEVICE constexpr int splits_of(int keys, int split_keys) {
  return (keys + split_keys - 1) / split_keys;
}

}  // namespace raddle::cuda
