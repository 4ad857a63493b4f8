// SPDX-License-Identifier: Apache-2.0
// How packed sequences are cut into attention's blocks of kTile rows, and where the pieces of
// scratch lie. Tables are rebuilt at each launch because sequence lengths are data; their size is
// bounded by the number of rows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace raddle::kernels {

inline constexpr int64_t kTile = 64;          // queries and keys of a tile
inline constexpr int64_t kVectorFloats = 16;  // rows of tiles are padded to the longest vector

constexpr int64_t pad_to(int64_t count, int64_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

// kTile or fewer rows of one sequence.
struct Block {
  int32_t sequence_begin, sequence_end;  // rows
  int32_t begin, end;                    // rows of the block
};

// Writes the blocks of all sequences in row order; returns how many. At most `rows`.
inline int64_t cut_into_blocks(const int32_t* cu_seqlens, int64_t rows, Block* blocks) {
  int64_t count = 0;
  for (int64_t s = 0; s < rows && cu_seqlens[s] < cu_seqlens[rows]; ++s) {
    for (int32_t row = cu_seqlens[s]; row < cu_seqlens[s + 1]; row += kTile) {
      blocks[count++] = {cu_seqlens[s], cu_seqlens[s + 1], row,
                         std::min<int32_t>(row + kTile, cu_seqlens[s + 1])};
    }
  }
  return count;
}

// Hands out 64-byte aligned pieces of a scratch area, or, from null, only counts bytes.
class ScratchCursor {
 public:
  explicit ScratchCursor(std::byte* base) : base_(base) {}
  template <class T>
  T* take(int64_t count) {
    T* piece = base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + bytes_);
    bytes_ += static_cast<size_t>(pad_to(count * static_cast<int64_t>(sizeof(T)), 64));
    return piece;
  }
  size_t bytes() const { return bytes_; }

 private:
  std::byte* base_;
  size_t bytes_ = 0;
};

}  // namespace raddle::kernels
