// SPDX-License-Identifier: Apache-2.0
// The work of one task of attention's gradient and its scratch.
#pragma once

#include <cstdint>

#include "kernels/cpu/attention/blocks.h"

namespace raddle::kernels {

// One block of keys of one key/value head, the sequence around it, and where dq goes: dqkv itself
// or the partial of a chunk of keys.
struct GradientBlock {
  const float *qkv, *dout, *lse, *dots;
  float *dqkv, *dq;
  int64_t width, dq_stride;
  int64_t heads, kv_heads, head_dim, kv_head;
  int64_t sequence_begin, sequence_end, key_begin, key_end;
  float scale;
  bool causal;
  bool first;  // of the blocks that write this dq: overwrite instead of add
};

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
