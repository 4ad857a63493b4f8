// SPDX-License-Identifier: Apache-2.0
// What the forward and backward kernels of virtual width share: the arrays of a block, the
// coefficients of its tokens, results that leave it.
#pragma once

#include "kernels/cuda/hyper_connection_products.h"

namespace raddle::cuda {

// The arrays of SiteTiles.
struct Work {
  float *state, *narrow, *other, *matrix, *second, *scale, *along;
};
RADDLE_CUDA_DEVICE Work arrays_at(const SiteTiles& tiles, float* base) {
  return {base + tiles.state,  base + tiles.narrow, base + tiles.other, base + tiles.matrix,
          base + tiles.second, base + tiles.scale,  base + tiles.along};
}
// Two kernels of the same source: a token that does not fit into shared memory works in a workspace
// of its block.
template <bool kShared>
RADDLE_CUDA_DEVICE Work work_of(const SiteTiles& tiles) {
  if constexpr (kShared) {
    RADDLE_CUDA_DYNAMIC_SHARED(float, shared);
    return arrays_at(tiles, shared);
  } else {
    return arrays_at(tiles, tiles.workspaces + blockIdx.x * tiles.floats);
  }
}

// The tokens that a block has at the moment.
struct Tokens {
  int64_t first;
  int count;
};

// A chunk of columns of the slots.
struct Chunk {
  int begin, columns;
  bool is_first;
};
RADDLE_CUDA_DEVICE Chunk chunk_at(const SiteSizes& s, const SiteTiles& tiles, int begin) {
  return {begin, lesser(tiles.width, s.d - begin), begin == 0};
}
RADDLE_CUDA_DEVICE bool is_chunked(const SiteSizes& s, const SiteTiles& tiles) {
  return tiles.width < s.d;
}

// Rows that each token has `slots` of.
template <class T>
RADDLE_CUDA_DEVICE void load_tokens(const SiteSizes& s, const SiteTiles& tiles, float* to,
                                    const T* from, int slots, const Tokens& tokens,
                                    const Chunk& chunk) {
  load_rows(to, tiles.stride, from + tokens.first * slots * s.d + chunk.begin, s.d,
            tokens.count * slots, chunk.columns, s.is_aligned);
}

// C = S o t + C0 of the carry and write columns, with the identity taken off the carry: H is then
// added without a rounded product.
RADDLE_CUDA_DEVICE void combine_carry(const SiteSizes& s, const SiteCoefficients& site,
                                      const float* t, const Tokens& tokens, float* matrix) {
  const int count = s.n * s.qp;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kSiteThreads) {
    const int k = i / s.qp, padded = i % s.qp, column = coefficient_column(s, padded);
    if (padded < s.mp) continue;  // of the read
    float c0 = 0, scale = 0;
    if (column >= 0) {
      c0 = site.c0[k * s.q + column] - (column == s.m + k ? 1.0f : 0.0f);
      if (s.is_dynamic) scale = site.s[k * s.q + column];
    }
    const bool varies = s.is_dynamic && column >= 0;
    for (int token = 0; token < tokens.count; ++token) {
      const int64_t row = (tokens.first + token) * s.n + k;
      matrix[static_cast<int64_t>(token) * count + i] =
          varies ? fmaf(scale, t[row * s.q + column], c0) : c0;
    }
  }
}

// Calls body(token, first row of a tile, column of this lane) for each piece of `rows` results of
// each token that a warp takes. A column beyond the chunk: the lane has none.
template <class Body>
RADDLE_CUDA_DEVICE void for_each_tile(int tokens, int rows, int columns, const Body& body) {
  const int tiles = (rows + kTileRows - 1) / kTileRows, panels = (columns + kPanel - 1) / kPanel;
  const int count = tokens * panels * tiles;
  for (int item = warp_of_block(); item < count; item += kSiteWarps) {
    const int tile = item % tiles, rest = item / tiles;
    body(rest / panels, tile * kTileRows, rest % panels * kPanel + 4 * lane_of_warp());
  }
}

// A row r of results that exists goes to `to` + r `stride`, as far as columns exist.
template <int kRows, class T>
RADDLE_CUDA_DEVICE void store_tile(T* to, int stride, const float4 (&sum)[kRows], int rows,
                                   int left, bool is_aligned) {
  for (int r = 0; r < kRows; ++r, to += stride) {
    if (r < rows) store_columns(to, sum[r], left, is_aligned);
  }
}

}  // namespace raddle::cuda
