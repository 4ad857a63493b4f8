// SPDX-License-Identifier: Apache-2.0
// The work of one task of attention's gradient and its scratch.
#pragma once

#include <cstdint>

#include "kernels/cpu/attention/blocks.h"

namespace raddle::kernels {

constexpr int64_t kTasksWanted = 24;  // of one long sequence
constexpr int64_t kChunksMost = 4;    // bounds the partials to 3 times dq
constexpr int64_t kBlocksPerChunk = 4;

// In how many chunks the blocks of `rows` keys are dealt to tasks. Depends on shapes alone.
constexpr int64_t key_chunks(int64_t rows, int64_t kv_heads) {
  const int64_t wanted = std::min(kChunksMost, (kTasksWanted + kv_heads - 1) / kv_heads);
  return std::clamp<int64_t>((rows + kTile - 1) / kTile / kBlocksPerChunk, 1, wanted);
}

// One block of keys of one key/value head and the queries around it. Queries and keys are numbered
// each from a row 0 of their own. dq goes to its place or to the partial of a chunk of keys.
struct GradientBlock {
  const float *q, *dout, *lse, *dots;  // row 0, head 0
  const float *k, *v;                  // row 0 of the key/value head
  float *dq, *dk, *dv;                 // as q, k and v
  int64_t q_stride, kv_stride, dq_stride, dkv_stride;
  int64_t heads, head_dim;
  int64_t head_begin, head_end;  // query heads that share the keys
  int64_t query_begin, query_end, key_begin, key_end;
  int64_t visible;  // query i sees keys up to visible + i; kSeesAll: all
  float scale;
  bool first;    // of the blocks that write this dq: overwrite instead of add
  bool add_dkv;  // instead of overwriting
};
constexpr int64_t kSeesAll = int64_t{1} << 40;

struct TileSize {
  int64_t queries, keys, head_dim, padded_dim;
};

// Scratch of one worker.
struct BackwardTile {
  float *keys_transposed, *values_transposed;  // (head_dim, kTile)
  float* keys;                                 // (keys, padded_dim)
  float *queries, *douts;                      // (queries, padded_dim)
  float *p, *ds;                               // (queries, keys): kTile x kTile
  float *dk, *dv;                              // (keys, padded_dim)
  float* dq;                                   // (queries, padded_dim)
  int64_t padded_dim;

  BackwardTile(ScratchCursor& cursor, int64_t head_dim) {
    padded_dim = pad_to(head_dim, kVectorFloats);
    keys_transposed = cursor.take<float>(head_dim * kTile);
    values_transposed = cursor.take<float>(head_dim * kTile);
    keys = cursor.take<float>(kTile * padded_dim);
    queries = cursor.take<float>(kTile * padded_dim);
    douts = cursor.take<float>(kTile * padded_dim);
    p = cursor.take<float>(kTile * kTile);
    ds = cursor.take<float>(kTile * kTile);
    dk = cursor.take<float>(kTile * padded_dim);
    dv = cursor.take<float>(kTile * padded_dim);
    dq = cursor.take<float>(kTile * padded_dim);
  }
};

inline size_t backward_tile_bytes(int64_t head_dim) {
  ScratchCursor cursor(nullptr);
  BackwardTile tile(cursor, head_dim);
  return cursor.bytes();
}

}  // namespace raddle::kernels
