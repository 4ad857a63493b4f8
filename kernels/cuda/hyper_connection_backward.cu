// SPDX-License-Identifier: Apache-2.0
// Gradients of read, write and boundary of virtual width (ops/hyper_connection.h).
//
// Elements that a kernel moves per token, with everything of a token on chip, against the least
// that its Args allow (each input once, each result once): the same.
//   write_grad     3 n d + 2 m d + n q + n (n + m)      G, H, Z, t | dH, dZ, dc
//   read_grad      3 n d + m d + n q + n (n + m)        dX, dc, dH_in, H, t | dH
//   boundary_grad  4 n d + 3 m d + 2 n q + 2 n (n + m)  those of both, without the gradient between
// Parameter gradients go to one partial sum a group of tokens, which stays in the second-level
// cache: the block that owns it adds to it once for each few tokens. A token whose slots do not fit
// is read again from there, three times by a read's gradient, and the gradient between waits in dH,
// or in a float buffer of the block where dH would round it.
#include "kernels/cuda/hyper_connection_block.h"

namespace raddle::cuda {
namespace {

// The partial sums of a block's group.
struct Sums {
  float *dc0, *ds, *dfolded;
};
template <class T>
RADDLE_CUDA_DEVICE Sums sums_of(const SiteBackwardParametersOf<T>& p, int64_t group) {
  float* const dc0 = p.partials + group * p.partial_floats;
  const int64_t count = static_cast<int64_t>(p.size.n) * p.size.qp;
  return {dc0, dc0 + count, dc0 + 2 * count};
}

// Where the gradient of a token's state waits for the norm's part while its slots are there in
// chunks, one token a block.
RADDLE_CUDA_DEVICE float* waiting_of(const SiteBackwardParametersOf<float>& p,
                                     const Tokens& tokens) {
  return p.dh + tokens.first * p.size.n * p.size.d;
}
RADDLE_CUDA_DEVICE float* waiting_of(const SiteBackwardParametersOf<Bf16>& p, const Tokens&) {
  return p.waiting + static_cast<int64_t>(blockIdx.x) * p.size.n * p.size.d;
}

// From dC to dC0, dS and dU (times rho_k), all padded columns; Aread takes the place of <H_k,
// dX_i>.
template <class T>
RADDLE_CUDA_DEVICE void coefficient_grad(const SiteBackwardParametersOf<T>& p, const Work& work,
                                         const Sums& sums, const Tokens& tokens,
                                         bool begins_group) {
  const SiteSizes& s = p.size;
  const int count = s.n * s.qp;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kSiteThreads) {
    const int k = i / s.qp, padded = i % s.qp, column = coefficient_column(s, padded);
    const bool exists = column >= 0, is_read = padded < s.mp;
    const int at = k * s.q + column;
    const float c0 = exists ? p.read.c0[at] : 0.0f;
    const float scale = exists && s.is_dynamic ? p.read.s[at] : 0.0f;
    float dc0 = begins_group ? 0.0f : sums.dc0[i];
    float ds = begins_group || !s.is_dynamic ? 0.0f : sums.ds[i];
    for (int token = 0; token < tokens.count; ++token) {
      const int64_t local = static_cast<int64_t>(token) * s.n + k;
      const int64_t row = tokens.first * s.n + local;
      float* const of_read = work.second + local * s.mp + padded;
      float gradient = 0, t = 0;
      if (exists) {
        gradient = is_read ? *of_read : p.dc_read[row * (s.n + s.m) + column - s.m];
        if (s.is_dynamic) t = p.t_read[row * s.q + column];
      }
      dc0 += gradient;
      ds = fmaf(gradient, t, ds);
      if (is_read) *of_read = fmaf(scale, t, c0);
      if (!s.is_dynamic) continue;
      const float rho = 1.0f / sqrtf(work.scale[local] / static_cast<float>(s.d) + s.eps);
      work.matrix[local * s.qp + padded] = exists ? gradient * scale * fmaf(-t, t, 1.0f) * rho : 0;
    }
    sums.dc0[i] = dc0;
    if (s.is_dynamic) sums.ds[i] = ds;
  }
}

// <H_k, V_k> of kRows slots over a panel, to `along`.
template <int kRows>
RADDLE_CUDA_DEVICE void dots_with_state(const float4 (&v)[kRows], const float* state, int stride,
                                        int rows, bool is_lane_used, float* along, int panels) {
  float sum[kRows];
  for (int r = 0; r < kRows; ++r) {
    sum[r] = is_lane_used ? dot4(v[r], load4(state + lesser(r, rows - 1) * stride), 0.0f) : 0.0f;
  }
  sum_over_lanes<kRows, kWarp / 2>(sum);
  constexpr int kSame = kWarp / kRows;  // lanes that have the same sum
  const int r = lane_of_warp() / kSame;
  if (lane_of_warp() % kSame == 0 && r < rows) along[r * panels] = sum[0];
}

// Slots row .. of a token: V_k = sum over c of dU[k, c] Wg[:, c], and V_k + dH_in + Aread dX.
template <class T, int kRows>
RADDLE_CUDA_DEVICE void state_grad_tile(const SiteBackwardParametersOf<T>& p, const Work& work,
                                        const Tokens& tokens, const Chunk& chunk, int token,
                                        int row, int column) {
  const SiteSizes& s = p.size;
  const int stride = p.tiles.stride, rows = s.n - row, left = chunk.columns - column;
  const int64_t slot = static_cast<int64_t>(token) * s.n + row;
  const bool is_used = column < static_cast<int>(pad_to(chunk.columns, kColumnPad));
  const int at = is_used ? column : 0;
  float4 sum[kRows];
  set_zero(sum);
  if (s.is_dynamic) {
    mix_by_rows(sum, work.matrix + slot * s.qp, s.qp, p.folded + chunk.begin + at, s.dp, s.qp);
    dots_with_state(sum, work.state + slot * stride + at, stride, rows, is_used,
                    work.along + slot * p.tiles.panels + (chunk.begin + column) / kPanel,
                    p.tiles.panels);
  }
  if (!is_used) return;
  const int64_t outside = (tokens.first * s.n + slot) * s.d + chunk.begin + column;
  const T* const dh_in = p.dh_in + outside;
  for (int r = 0; r < kRows; ++r) {
    if (r < rows)
      add(sum[r], load_columns(dh_in + r * static_cast<int64_t>(s.d), left, s.is_aligned));
  }
  mix_by_rows(sum, work.second + slot * s.mp, s.mp,
              work.narrow + static_cast<int64_t>(token) * s.m * stride + column, stride, s.m);
  if (is_chunked(s, p.tiles)) {
    float* const to = waiting_of(p, tokens) + slot * s.d + chunk.begin + column;
    return store_tile(to, s.d, sum, rows, left, s.is_aligned);
  }
  for (int r = 0; r < kRows; ++r) {
    if (r < rows) store4(work.other + (slot + r) * stride + column, sum[r]);
  }
}

// dWg[c, :] += sum over the slots k of all tokens of dU[k, c] H_k. Each element belongs to one
// lane.
template <int kRows, class T>
RADDLE_CUDA_DEVICE void folded_grad_tile(const SiteBackwardParametersOf<T>& p, const Work& work,
                                         float* dfolded, int slots, int row, int column,
                                         bool begins_group) {
  const SiteSizes& s = p.size;
  float4 sum[kRows];
  for (int r = 0; r < kRows; ++r) {
    sum[r] =
        begins_group ? make_float4(0, 0, 0, 0) : load4(dfolded + r * static_cast<int64_t>(s.dp));
  }
  mix_by_columns(sum, work.matrix + row, s.qp, work.state + column, p.tiles.stride, slots);
  for (int r = 0; r < kRows; ++r) store4(dfolded + r * static_cast<int64_t>(s.dp), sum[r]);
}

template <class T>
RADDLE_CUDA_DEVICE void folded_grad(const SiteBackwardParametersOf<T>& p, const Work& work,
                                    const Sums& sums, const Tokens& tokens, const Chunk& chunk,
                                    bool begins_group) {
  const SiteSizes& s = p.size;
  const int padded = static_cast<int>(pad_to(chunk.columns, kColumnPad));
  for_each_tile(1, s.qp, padded, [&](int, int row, int column) {
    if (column >= padded) return;
    float* const to = sums.dfolded + static_cast<int64_t>(row) * s.dp + chunk.begin + column;
    if (s.qp - row > 4) {
      folded_grad_tile<8>(p, work, to, tokens.count * s.n, row, column, begins_group);
    } else {
      folded_grad_tile<4>(p, work, to, tokens.count * s.n, row, column, begins_group);
    }
  });
}

// The read's gradient up to the norm's part: the state's gradient is left in work.other, or in dH.
template <class T>
RADDLE_CUDA_DEVICE void read_grad(const SiteBackwardParametersOf<T>& p, const Work& work,
                                  const Sums& sums, const Tokens& tokens, bool begins_group) {
  const SiteSizes& s = p.size;
  const SiteTiles& tiles = p.tiles;
  const auto load = [&](const Chunk& chunk) {
    load_tokens(s, tiles, work.state, p.h_read, s.n, tokens, chunk);
    load_tokens(s, tiles, work.narrow, p.dx, s.m, tokens, chunk);
    __syncthreads();
  };
  const int64_t wide = static_cast<int64_t>(s.n) * tiles.stride;
  const int64_t narrow = static_cast<int64_t>(s.m) * tiles.stride;
  for (int begin = 0; begin < s.d; begin += tiles.width) {
    const Chunk chunk = chunk_at(s, tiles, begin);
    load(chunk);
    if (s.is_dynamic) {
      squares({work.state, 0, tiles.stride, tokens.count * s.n}, work.scale, chunk.columns,
              chunk.is_first);
    }
    dots_of_token({work.state, wide, tiles.stride, s.n}, {work.narrow, narrow, tiles.stride, s.m},
                  {work.second, static_cast<int64_t>(s.n) * s.mp, s.mp}, tokens.count,
                  chunk.columns, chunk.is_first);
    __syncthreads();
  }
  coefficient_grad(p, work, sums, tokens, begins_group);
  __syncthreads();
  for (int begin = 0; begin < s.d; begin += tiles.width) {
    const Chunk chunk = chunk_at(s, tiles, begin);
    if (is_chunked(s, tiles)) load(chunk);
    for_each_tile(tokens.count, s.n, chunk.columns, [&](int token, int row, int column) {
      if (s.n - row > 4) {
        state_grad_tile<T, 8>(p, work, tokens, chunk, token, row, column);
      } else {
        state_grad_tile<T, 4>(p, work, tokens, chunk, token, row, column);
      }
    });
    if (s.is_dynamic) folded_grad(p, work, sums, tokens, chunk, begins_group);
    __syncthreads();
  }
}

// -rho_k^2 <H_k, V_k> / d: what the norm takes of H_k.
RADDLE_CUDA_DEVICE void norm_scales(const SiteSizes& s, const SiteTiles& tiles, const Work& work,
                                    int slots) {
  for (int slot = static_cast<int>(threadIdx.x); slot < slots; slot += kSiteThreads) {
    float sum = 0;
    for (int panel = 0; panel < tiles.panels; ++panel)
      sum += work.along[slot * tiles.panels + panel];
    const float width = static_cast<float>(s.d);
    const float rho = 1.0f / sqrtf(work.scale[slot] / width + s.eps);
    work.scale[slot] = -rho * rho * sum / width;
  }
  __syncthreads();
}

// Adds the norm's part to a chunk of the state's gradient; to dH, or to work.other for the write.
template <bool kWrite, class T>
RADDLE_CUDA_DEVICE void finish_read_grad(const SiteBackwardParametersOf<T>& p, const Work& work,
                                         T* dh, const Tokens& tokens, const Chunk& chunk) {
  const SiteSizes& s = p.size;
  const int padded = static_cast<int>(pad_to(chunk.columns, kColumnPad));
  for (int slot = warp_of_block(); slot < tokens.count * s.n; slot += kSiteWarps) {
    for (int column = 4 * lane_of_warp(); column < padded; column += kPanel) {
      const int64_t at = static_cast<int64_t>(slot) * p.tiles.stride + column;
      float4 sum = load4(work.other + at);
      if (s.is_dynamic) add_scaled(sum, work.scale[slot], load4(work.state + at));
      if constexpr (kWrite) {
        store4(work.other + at, rounded<T>(sum));  // as the write finds it in memory
      } else {
        T* const to = dh + (tokens.first * s.n + slot) * s.d + chunk.begin + column;
        store_columns(to, sum, chunk.columns - column, s.is_aligned);
      }
    }
  }
  __syncthreads();
}

// dH_k = G_k + sum over j of (C[k, m + j] - I) G_j.
template <class T, int kRows>
RADDLE_CUDA_DEVICE void carry_grad_tile(const SiteSizes& s, const float* c, const float* g,
                                        int stride, int row, T* dh, int left) {
  float4 sum[kRows];
  for (int r = 0; r < kRows; ++r) sum[r] = load4(g + lesser(row + r, s.n - 1) * stride);
  mix_by_rows(sum, c + static_cast<int64_t>(row) * s.qp + s.mp, s.qp, g, stride, s.n);
  store_tile(dh, s.d, sum, s.n - row, left, s.is_aligned);
}

// dZ_i = sum over j of C[j, m + n + i] G_j.
template <class T, int kRows>
RADDLE_CUDA_DEVICE void input_grad_tile(const SiteSizes& s, const float* c, const float* g,
                                        int stride, int row, T* dz, int left) {
  float4 sum[kRows];
  set_zero(sum);
  mix_by_columns(sum, c + s.mp + s.np + row, s.qp, g, stride, s.n);
  store_tile(dz, s.d, sum, s.m - row, left, s.is_aligned);
}

template <class T>
RADDLE_CUDA_DEVICE void write_grad_mixes(const SiteBackwardParametersOf<T>& p, const Work& work,
                                         T* dh, T* dz, const Tokens& tokens, const Chunk& chunk) {
  const SiteSizes& s = p.size;
  const int stride = p.tiles.stride;
  // Of a token: its coefficients, its gradient and the columns from `column` on that exist.
  const auto matrix = [&](int token) {
    return work.matrix + static_cast<int64_t>(token) * s.n * s.qp;
  };
  const auto gradient = [&](int token, int column) {
    return work.other + static_cast<int64_t>(token) * s.n * stride + column;
  };
  for_each_tile(tokens.count, s.n, chunk.columns, [&](int token, int row, int column) {
    const int left = chunk.columns - column;
    if (left <= 0) return;
    T* const to = dh + ((tokens.first + token) * s.n + row) * s.d + chunk.begin + column;
    if (s.n - row > 4) {
      carry_grad_tile<T, 8>(s, matrix(token), gradient(token, column), stride, row, to, left);
    } else {
      carry_grad_tile<T, 4>(s, matrix(token), gradient(token, column), stride, row, to, left);
    }
  });
  for_each_tile(tokens.count, s.m, chunk.columns, [&](int token, int row, int column) {
    const int left = chunk.columns - column;
    if (left <= 0) return;
    T* const to = dz + ((tokens.first + token) * s.m + row) * s.d + chunk.begin + column;
    if (s.m - row > 4) {
      input_grad_tile<T, 8>(s, matrix(token), gradient(token, column), stride, row, to, left);
    } else {
      input_grad_tile<T, 4>(s, matrix(token), gradient(token, column), stride, row, to, left);
    }
  });
}

// dc = [H G^T | G Z^T], dH and dZ of a chunk of G in work.other, H and Z.
template <class T>
RADDLE_CUDA_DEVICE void write_grad_chunk(const SiteBackwardParametersOf<T>& p, const Work& work,
                                         T* dh, T* dz, const Tokens& tokens, const Chunk& chunk) {
  const SiteSizes& s = p.size;
  const int stride = p.tiles.stride, width = s.n + s.m;
  const int64_t wide = static_cast<int64_t>(s.n) * stride;
  const Rows h = {work.state, wide, stride, s.n}, g = {work.other, wide, stride, s.n};
  const Rows z = {work.narrow, static_cast<int64_t>(s.m) * stride, stride, s.m};
  const int64_t batch = static_cast<int64_t>(s.n) * width;
  float* const dc = p.dc + tokens.first * batch;
  dots_of_token(h, g, {dc, batch, width}, tokens.count, chunk.columns, chunk.is_first);
  dots_of_token(g, z, {dc + s.n, batch, width}, tokens.count, chunk.columns, chunk.is_first);
  write_grad_mixes(p, work, dh, dz, tokens, chunk);
}

// Everything that a block does with a few tokens.
template <bool kRead, bool kWrite, class T>
RADDLE_CUDA_DEVICE void backward_tokens(const SiteBackwardParametersOf<T>& p, const Work& work,
                                        const Tokens& tokens, bool begins_group) {
  const SiteSizes& s = p.size;
  if constexpr (kRead) {
    read_grad(p, work, sums_of(p, blockIdx.x), tokens, begins_group);
    if (s.is_dynamic) norm_scales(s, p.tiles, work, tokens.count * s.n);
  }
  if constexpr (kWrite) combine_carry(s, p.written, p.t, tokens, work.matrix);
  for (int begin = 0; begin < s.d; begin += p.tiles.width) {
    const Chunk chunk = chunk_at(s, p.tiles, begin);
    if constexpr (kRead) {
      if (is_chunked(s, p.tiles)) {
        load_tokens(s, p.tiles, work.state, p.h_read, s.n, tokens, chunk);
        load_rows(work.other, p.tiles.stride, waiting_of(p, tokens) + chunk.begin, s.d, s.n,
                  chunk.columns, s.is_aligned);
        __syncthreads();
      }
      finish_read_grad<kWrite>(p, work, p.dh, tokens, chunk);
    }
    if constexpr (kWrite) {
      load_tokens(s, p.tiles, work.state, p.h, s.n, tokens, chunk);
      load_tokens(s, p.tiles, work.narrow, p.z, s.m, tokens, chunk);
      if constexpr (!kRead) load_tokens(s, p.tiles, work.other, p.dh_in, s.n, tokens, chunk);
      __syncthreads();
      write_grad_chunk(p, work, p.dh, p.dz, tokens, chunk);
      __syncthreads();
    }
  }
}

template <bool kShared, bool kRead, bool kWrite, class T>
RADDLE_CUDA_DEVICE void backward(const SiteBackwardParametersOf<T>& p) {
  const Work work = work_of<kShared>(p.tiles);
  const int64_t block = blockIdx.x, each = p.tiles.tokens, rows = p.size.rows;
  const int64_t begin = kRead ? rows * block / p.groups : block * each;
  const int64_t end = kRead ? rows * (block + 1) / p.groups : rows;
  const int64_t step = kRead ? each : static_cast<int64_t>(gridDim.x) * each;
  for (int64_t at = begin; at < end; at += step) {
    const Tokens tokens = {at, static_cast<int>(end - at < each ? end - at : each)};
    backward_tokens<kRead, kWrite>(p, work, tokens, at == begin);
  }
}

}  // namespace

// Those named `large` are for tokens that do not fit into shared memory.
#define RADDLE_SITE_BACKWARD(T, suffix)                                                            \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_write_grad##suffix, SiteBackwardParametersOf<T>,      \
                     kSiteThreads) {                                                               \
    backward<true, false, true>(p);                                                                \
  }                                                                                                \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_read_grad##suffix, SiteBackwardParametersOf<T>,       \
                     kSiteThreads) {                                                               \
    backward<true, true, false>(p);                                                                \
  }                                                                                                \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_boundary_grad##suffix, SiteBackwardParametersOf<T>,   \
                     kSiteThreads) {                                                               \
    backward<true, true, true>(p);                                                                 \
  }                                                                                                \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_write_grad_large##suffix,                             \
                     SiteBackwardParametersOf<T>, kSiteThreads, 1) {                               \
    backward<false, false, true>(p);                                                               \
  }                                                                                                \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_read_grad_large##suffix, SiteBackwardParametersOf<T>, \
                     kSiteThreads, 1) {                                                            \
    backward<false, true, false>(p);                                                               \
  }                                                                                                \
  RADDLE_CUDA_GLOBAL(raddle_hyper_connection_boundary_grad_large##suffix,                          \
                     SiteBackwardParametersOf<T>, kSiteThreads, 1) {                               \
    backward<false, true, true>(p);                                                                \
  }
RADDLE_SITE_BACKWARD(float, )
RADDLE_SITE_BACKWARD(Bf16, _bf16)

}  // namespace raddle::cuda
