// SPDX-License-Identifier: Apache-2.0
// Read, write and boundary of virtual width (ops/hyper_connection.h).
//
// Elements that a kernel moves per token, with everything of a token on chip, against the least
// that its Args allow (each input once, each result once): the same. A token whose slots do not fit
// (n d above about 24,000) is read again by the read from the second-level cache.
//   read      n d + m d + n q                     H | x, t
//   write     2 n d + m d + n q                   H, Z, t | H'
//   boundary  2 n d + 2 m d + 2 n q               H, Z, t | H', x, t'   (n > 8: H' again, from L2)
// The generator (d q) and the static coefficients (2 n q) come from the caches.
#include "kernels/cuda/hyper_connection_block.h"

namespace raddle::cuda {
namespace {

// x_i = sum over k of C[k, i] H_k.
template <class T, int kRows>
RADDLE_CUDA_DEVICE void read_tile(const SiteSizes& s, const float* c, const float* state,
                                  int stride, T* x, int rows, int left) {
  float4 sum[kRows];
  set_zero(sum);
  mix_by_columns(sum, c, s.qp, state, stride, s.n);
  store_tile(x, s.d, sum, rows, left, s.is_aligned);
}

template <class T>
RADDLE_CUDA_DEVICE void read_chunk(const SiteSizes& s, const SiteTiles& tiles, const Work& work,
                                   const float* coefficients, T* x, const Tokens& tokens,
                                   const Chunk& chunk) {
  for_each_tile(tokens.count, s.m, chunk.columns, [&](int token, int row, int column) {
    if (column >= chunk.columns) return;
    const float* c = coefficients + static_cast<int64_t>(token) * s.n * s.qp + row;
    const float* state = work.state + static_cast<int64_t>(token) * s.n * tiles.stride + column;
    T* to = x + ((tokens.first + token) * s.m + row) * s.d + chunk.begin + column;
    const int rows = s.m - row, left = chunk.columns - column;
    if (rows > 4) {
      read_tile<T, 8>(s, c, state, tiles.stride, to, rows, left);
    } else {
      read_tile<T, 4>(s, c, state, tiles.stride, to, rows, left);
    }
  });
}

// H'_j = H_j + sum over k of (C[k, m + j] - I) H_k + sum over i of C[j, m + n + i] Z_i.
template <class T, int kRows>
RADDLE_CUDA_DEVICE void write_tile(const SiteSizes& s, const float* matrix, float* state,
                                   const float* narrow, int stride, int row, T* h_next, int left,
                                   bool in_place) {
  const int rows = s.n - row;
  float4 sum[kRows];
  for (int r = 0; r < kRows; ++r) sum[r] = load4(state + lesser(row + r, s.n - 1) * stride);
  mix_by_columns(sum, matrix + s.mp + row, s.qp, state, stride, s.n);
  mix_by_rows(sum, matrix + static_cast<int64_t>(row) * s.qp + s.mp + s.np, s.qp, narrow, stride,
              s.m);
  store_tile(h_next, s.d, sum, rows, left, s.is_aligned);
  for (int r = 0; r < kRows; ++r) {
    if (in_place && r < rows) store4(state + (row + r) * stride, rounded<T>(sum[r]));
  }
}

// `in_place`: the lane that has read all slots of its columns writes them, as memory has them,
// which needs all slots in one tile.
template <class T>
RADDLE_CUDA_DEVICE void write_chunk(const SiteSizes& s, const SiteTiles& tiles, const Work& work,
                                    T* h_next, const Tokens& tokens, const Chunk& chunk,
                                    bool in_place) {
  const int padded = static_cast<int>(pad_to(chunk.columns, kColumnPad));
  for_each_tile(tokens.count, s.n, padded, [&](int token, int row, int column) {
    if (column >= padded) return;
    const float* matrix = work.matrix + static_cast<int64_t>(token) * s.n * s.qp;
    float* state = work.state + static_cast<int64_t>(token) * s.n * tiles.stride + column;
    const float* narrow = work.narrow + static_cast<int64_t>(token) * s.m * tiles.stride + column;
    T* to = h_next + ((tokens.first + token) * s.n + row) * s.d + chunk.begin + column;
    const int left = chunk.columns - column;
    if (s.n - row > 4) {
      write_tile<T, 8>(s, matrix, state, narrow, tiles.stride, row, to, left, in_place);
    } else {
      write_tile<T, 4>(s, matrix, state, narrow, tiles.stride, row, to, left, in_place);
    }
  });
}

// Adds what a chunk of H contributes to U = H Wg, and to the squares of its slots.
RADDLE_CUDA_DEVICE void generate_chunk(const SiteSizes& s, const SiteTiles& tiles, const Work& work,
                                       const float* folded, float* u, int slots,
                                       const Chunk& chunk) {
  const Rows state = {work.state, 0, tiles.stride, slots};
  squares(state, work.scale, chunk.columns, chunk.is_first);
  dots<4>(state, {folded + chunk.begin, 0, s.dp, s.qp}, {u, 0, s.qp}, 1, chunk.columns,
          chunk.is_first);
}

// t = tanh(rho_k U), which is kept, and C = S o t + C0 in the place of U.
RADDLE_CUDA_DEVICE void finish_coefficients(const SiteSizes& s, const SiteCoefficients& site,
                                            const float* squares_of_slots, float* u, float* t,
                                            const Tokens& tokens) {
  const int count = s.n * s.qp;
  for (int i = static_cast<int>(threadIdx.x); i < tokens.count * count; i += kSiteThreads) {
    const int row = i / s.qp, k = row % s.n, column = coefficient_column(s, i % s.qp);
    float c = 0;
    if (column >= 0) {
      c = site.c0[k * s.q + column];
      if (s.is_dynamic) {
        const float rho = 1.0f / sqrtf(squares_of_slots[row] / static_cast<float>(s.d) + s.eps);
        const float value = tanhf(rho * u[i]);
        t[(tokens.first * s.n + row) * s.q + column] = value;
        c = fmaf(site.s[k * s.q + column], value, c);
      }
    }
    u[i] = c;
  }
}

template <bool kWrite, bool kRead, class T>
RADDLE_CUDA_DEVICE void first_pass(const SiteForwardParametersOf<T>& p, const Work& work, float* u,
                                   const Tokens& tokens, const Chunk& chunk) {
  const SiteSizes& s = p.size;
  load_tokens(s, p.tiles, work.state, p.h, s.n, tokens, chunk);
  if constexpr (kWrite) load_tokens(s, p.tiles, work.narrow, p.z, s.m, tokens, chunk);
  __syncthreads();
  if constexpr (kWrite) {
    const bool in_place = kRead && s.n <= kTileRows;
    write_chunk(s, p.tiles, work, p.h_next, tokens, chunk, in_place);
    if constexpr (kRead) {
      __syncthreads();
      if (!in_place) {
        load_tokens(s, p.tiles, work.state, p.h_next, s.n, tokens, chunk);
        __syncthreads();
      }
    }
  }
  if constexpr (kRead) {
    if (s.is_dynamic) generate_chunk(s, p.tiles, work, p.folded, u, tokens.count * s.n, chunk);
  }
  __syncthreads();
}

template <bool kShared, bool kWrite, bool kRead, class T>
RADDLE_CUDA_DEVICE void forward(const SiteForwardParametersOf<T>& p) {
  const SiteSizes& s = p.size;
  const Work work = work_of<kShared>(p.tiles);
  float* const u = kWrite ? work.second : work.matrix;
  const int64_t step = static_cast<int64_t>(gridDim.x) * p.tiles.tokens;
  for (int64_t at = static_cast<int64_t>(blockIdx.x) * p.tiles.tokens; at < s.rows; at += step) {
    const Tokens tokens = {
        at, static_cast<int>(s.rows - at < p.tiles.tokens ? s.rows - at : p.tiles.tokens)};
    if constexpr (kWrite) combine_carry(s, p.written, p.t, tokens, work.matrix);
    for (int begin = 0; begin < s.d; begin += p.tiles.width) {
      first_pass<kWrite, kRead>(p, work, u, tokens, chunk_at(s, p.tiles, begin));
    }
    if constexpr (kRead) {
      finish_coefficients(s, p.read, work.scale, u, p.t_read, tokens);
      __syncthreads();
      for (int begin = 0; begin < s.d; begin += p.tiles.width) {
        const Chunk chunk = chunk_at(s, p.tiles, begin);
        if (is_chunked(s, p.tiles)) {
          if constexpr (kWrite) {
            load_tokens(s, p.tiles, work.state, p.h_next, s.n, tokens, chunk);
          } else {
            load_tokens(s, p.tiles, work.state, p.h, s.n, tokens, chunk);
          }
          __syncthreads();
        }
        read_chunk(s, p.tiles, work, u, p.x, tokens, chunk);
        __syncthreads();
      }
    }
  }
}

}  // namespace

// Wg^T, once a launch: d q floats.
RADDLE_CUDA_GLOBAL(raddle_hyper_connection_fold, SiteFoldParameters, kSiteThreads) {
  const SiteSizes& s = p.size;
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kSiteThreads + threadIdx.x;
  if (i >= static_cast<int64_t>(s.qp) * s.dp) return;
  const int column = coefficient_column(s, static_cast<int>(i / s.dp));
  const int e = static_cast<int>(i % s.dp);
  float value = 0;
  if (column >= 0 && e < s.d) {
    const float gain = p.norm_weight[e] * (1.0f / sqrtf(static_cast<float>(s.d)));
    value = gain * p.w[static_cast<int64_t>(e) * s.q + column];
  }
  p.folded[i] = value;
}

// Those named `large` are for tokens that do not fit into shared memory.
#define RADDLE_SITE_FORWARD(T, suffix)                                                           \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_read##suffix, SiteForwardParametersOf<T>,           \
                     kSiteThreads) {                                                             \
    forward<true, false, true>(p);                                                               \
  }                                                                                              \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_write##suffix, SiteForwardParametersOf<T>,          \
                     kSiteThreads) {                                                             \
    forward<true, true, false>(p);                                                               \
  }                                                                                              \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_boundary##suffix, SiteForwardParametersOf<T>,       \
                     kSiteThreads) {                                                             \
    forward<true, true, true>(p);                                                                \
  }                                                                                              \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_read_large##suffix, SiteForwardParametersOf<T>,     \
                     kSiteThreads, 1) {                                                          \
    forward<false, false, true>(p);                                                              \
  }                                                                                              \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_write_large##suffix, SiteForwardParametersOf<T>,    \
                     kSiteThreads, 1) {                                                          \
    forward<false, true, false>(p);                                                              \
  }                                                                                              \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_boundary_large##suffix, SiteForwardParametersOf<T>, \
                     kSiteThreads, 1) {                                                          \
    forward<false, true, true>(p);                                                               \
  }
RADDLE_SITE_FORWARD(float, )
RADDLE_SITE_FORWARD(Bf16, _bf16)

}  // namespace raddle::cuda
