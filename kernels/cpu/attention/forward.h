// SPDX-License-Identifier: Apache-2.0
// The work of one task of tiled attention, shared by training, by decoding with a cache and by
// parts of a sequence.
#pragma once

#include <cstdint>

#include "kernels/cpu/attention/blocks.h"

namespace raddle::kernels {

// At most kTile queries of one head and the keys and values they may see. Query i sees keys
// [0, min(keys, visible + i + 1)); key 0 is visible to all. With `merge`, out and lse hold the
// result over earlier keys and get the result over those and these.
struct AttendBlock {
  const float *q, *k, *v;
  int64_t q_stride, k_stride, v_stride;
  int64_t queries, keys, visible;
  int64_t head_dim;
  float scale;
  float* out;
  int64_t out_stride;
  float* lse;  // null: not wanted
  int64_t lse_stride;
  bool merge = false;
};

// Scratch of one worker.
struct ForwardTile {
  float* q_transposed;              // (head_dim, kTile), scaled
  float* scores;                    // (keys, queries): kTile x kTile
  float* values;                    // (keys, padded_dim)
  float* sums;                      // (queries, padded_dim)
  float *largest, *total, *shrink;  // (queries)
  int64_t padded_dim;

  ForwardTile(ScratchCursor& cursor, int64_t head_dim)
      : q_transposed(cursor.take<float>(head_dim * kTile)),
        scores(cursor.take<float>(kTile * kTile)),
        values(cursor.take<float>(kTile * pad_to(head_dim, kVectorFloats))),
        sums(cursor.take<float>(kTile * pad_to(head_dim, kVectorFloats))),
        largest(cursor.take<float>(kTile)),
        total(cursor.take<float>(kTile)),
        shrink(cursor.take<float>(kTile)),
        padded_dim(pad_to(head_dim, kVectorFloats)) {}
};

inline size_t forward_tile_bytes(int64_t head_dim) {
  ScratchCursor cursor(nullptr);
  ForwardTile tile(cursor, head_dim);
  return cursor.bytes();
}

}  // namespace raddle::kernels
