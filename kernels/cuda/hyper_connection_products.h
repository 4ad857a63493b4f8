// SPDX-License-Identifier: Apache-2.0
// The two products along a slot that all of virtual width is made of, for a block of kSiteThreads
// threads. Rows lie in shared memory (or in a block's own workspace) and are zero up to a multiple
// of kColumnPad columns.
//
//   mix   a few rows made of a few others with coefficients: a warp takes kPanel columns, a lane 4
//         of them, and up to kTileRows results in registers. Per row read: 4 wavefronts of shared
//         memory and 1 or 2 for coefficients, against 16 or 32 FMA instructions.
//   dots  inner products of two sets of rows: 4 x 4 of them for each kLanes lanes, which divide the
//         columns of a panel between them.
//
// The order of every sum depends on the shape alone: columns of a panel, then panel by panel; never
// on how many tokens or columns a block holds. This is the place for matrix instructions (BF16):
// both are (rows x columns) tiles of a plain product.
#pragma once

#include "kernels/cuda/hyper_connection.h"
#include "kernels/cuda/language.h"
#include "kernels/cuda/pack.h"

namespace raddle::cuda {

RADDLE_CUDA_DEVICE int warp_of_block() { return static_cast<int>(threadIdx.x) / kWarp; }
RADDLE_CUDA_DEVICE int lane_of_warp() { return static_cast<int>(threadIdx.x) % kWarp; }

RADDLE_CUDA_DEVICE int lesser(int a, int b) { return a < b ? a : b; }

RADDLE_CUDA_DEVICE float4 load4(const float* from) {
  return *reinterpret_cast<const float4*>(from);
}
RADDLE_CUDA_DEVICE void store4(float* to, float4 value) { raddle_store4(to, value); }

RADDLE_CUDA_DEVICE float4 load4(const Bf16* from) {
  const uint2 pairs = *reinterpret_cast<const uint2*>(from);
  return make_float4(low_of_pair(pairs.x), high_of_pair(pairs.x), low_of_pair(pairs.y),
                     high_of_pair(pairs.y));
}
RADDLE_CUDA_DEVICE void store4(Bf16* to, float4 value) {
  raddle_store2(to, raddle_bf16_pair(value.x, value.y), raddle_bf16_pair(value.z, value.w));
}

RADDLE_CUDA_DEVICE float load_element(const float* from) { return *from; }
RADDLE_CUDA_DEVICE float load_element(const Bf16* from) { return to_float(*from); }
RADDLE_CUDA_DEVICE void store_element(float* to, float value) { *to = value; }
RADDLE_CUDA_DEVICE void store_element(Bf16* to, float value) { to->bits = raddle_bf16(value); }

// What memory of the type would give back.
template <class T>
RADDLE_CUDA_DEVICE float4 rounded(const float4& four) {
  if constexpr (sizeof(T) == sizeof(float)) {
    return four;
  } else {
    const uint32_t low = raddle_bf16_pair(four.x, four.y), high = raddle_bf16_pair(four.z, four.w);
    return make_float4(low_of_pair(low), high_of_pair(low), low_of_pair(high), high_of_pair(high));
  }
}

// Four columns of an activation, of which `left` exist; zeros for the others.
template <class T>
RADDLE_CUDA_DEVICE float4 load_columns(const T* from, int left, bool is_aligned) {
  if (is_aligned && left >= 4) return load4(from);
  float4 four = make_float4(0, 0, 0, 0);
  if (left > 0) four.x = load_element(from);
  if (left > 1) four.y = load_element(from + 1);
  if (left > 2) four.z = load_element(from + 2);
  if (left > 3) four.w = load_element(from + 3);
  return four;
}
template <class T>
RADDLE_CUDA_DEVICE void store_columns(T* to, float4 four, int left, bool is_aligned) {
  if (is_aligned && left >= 4) return store4(to, four);
  if (left > 0) store_element(to, four.x);
  if (left > 1) store_element(to + 1, four.y);
  if (left > 2) store_element(to + 2, four.z);
  if (left > 3) store_element(to + 3, four.w);
}

RADDLE_CUDA_DEVICE void add_scaled(float4& sum, float scale, const float4& four) {
  sum.x = fmaf(scale, four.x, sum.x);
  sum.y = fmaf(scale, four.y, sum.y);
  sum.z = fmaf(scale, four.z, sum.z);
  sum.w = fmaf(scale, four.w, sum.w);
}
RADDLE_CUDA_DEVICE void add(float4& sum, const float4& four) {
  sum.x += four.x;
  sum.y += four.y;
  sum.z += four.z;
  sum.w += four.w;
}
RADDLE_CUDA_DEVICE float dot4(const float4& a, const float4& b, float sum) {
  sum = fmaf(a.x, b.x, sum);
  sum = fmaf(a.y, b.y, sum);
  sum = fmaf(a.z, b.z, sum);
  return fmaf(a.w, b.w, sum);
}

// Rows of an activation, `width` apart, to rows `stride` apart: `columns` of them, then zeros. 64
// bytes of a thread are under way at once.
template <class T>
RADDLE_CUDA_DEVICE void load_rows(float* to, int stride, const T* from, int64_t width, int rows,
                                  int columns, bool is_aligned) {
  const int padded = static_cast<int>(pad_to(columns, kColumnPad));
  constexpr int kAtOnce = 16 / static_cast<int>(sizeof(T));
  for (int row = warp_of_block(); row < rows; row += kAtOnce * kSiteWarps) {
    RADDLE_CUDA_UNROLL(1)
    for (int column = 4 * lane_of_warp(); column < padded; column += kPanel) {
      float4 four[kAtOnce];
      for (int i = 0; i < kAtOnce; ++i) {
        const int at = row + i * kSiteWarps;
        const int left = at < rows ? columns - column : 0;
        four[i] = load_columns(from + at * width + column, left, is_aligned);
      }
      for (int i = 0; i < kAtOnce; ++i) {
        const int at = row + i * kSiteWarps;
        if (at < rows) store4(to + at * static_cast<int64_t>(stride) + column, four[i]);
      }
    }
  }
}

// mix: sum[r] += sum over k of c(r, k) in[k]. Coefficients of a result lie side by side, with zeros
// up to a multiple of 4...
template <int kRows>
RADDLE_CUDA_DEVICE void mix_by_rows(float4 (&sum)[kRows], const float* c, int c_stride,
                                    const float* in, int in_stride, int count) {
  RADDLE_CUDA_UNROLL(1)
  for (int k = 0; k < count; k += 4) {
    float4 row[4];
    for (int i = 0; i < 4; ++i) {
      row[i] = k + i < count ? load4(in + (k + i) * in_stride) : make_float4(0, 0, 0, 0);
    }
    const float* of_row = c + k;
    for (int r = 0; r < kRows; ++r, of_row += c_stride) {
      const float4 four = load4(of_row);
      add_scaled(sum[r], four.x, row[0]);
      add_scaled(sum[r], four.y, row[1]);
      add_scaled(sum[r], four.z, row[2]);
      add_scaled(sum[r], four.w, row[3]);
    }
  }
}

// ... or those that one row is multiplied with do.
template <int kRows>
RADDLE_CUDA_DEVICE void mix_by_columns(float4 (&sum)[kRows], const float* c, int c_stride,
                                       const float* in, int in_stride, int count) {
  RADDLE_CUDA_UNROLL(2)
  for (int k = 0; k < count; ++k) {
    const float4 row = load4(in + k * in_stride);
    for (int r = 0; r < kRows; r += 4) {
      const float4 four = load4(c + k * c_stride + r);
      add_scaled(sum[r], four.x, row);
      add_scaled(sum[r + 1], four.y, row);
      add_scaled(sum[r + 2], four.z, row);
      add_scaled(sum[r + 3], four.w, row);
    }
  }
}

template <int kRows>
RADDLE_CUDA_DEVICE void set_zero(float4 (&sum)[kRows]) {
  for (int r = 0; r < kRows; ++r) sum[r] = make_float4(0, 0, 0, 0);
}

// Sums of kCount values over 2 kDistance neighbouring lanes. Each lane is left with its share in
// front: its highest bits say which; with more lanes than values several lanes have the same one.
template <int kCount, int kDistance, int kSize>
RADDLE_CUDA_DEVICE void sum_over_lanes(float (&values)[kSize]) {
  if constexpr (kDistance > 0) {
    constexpr int kLeft = kCount > 1 ? kCount / 2 : 1;
    const bool is_upper = (lane_of_warp() & kDistance) != 0;
    for (int i = 0; i < kLeft; ++i) {
      const float low = values[i], high = values[i + kCount - kLeft];
      const float given = is_upper ? low : high;
      values[i] = (is_upper ? high : low) + __shfl_xor_sync(kAllLanes, given, kDistance);
    }
    sum_over_lanes<kLeft, kDistance / 2>(values);
  }
}

// Rows of a batch of tokens: row r of token b starts at base + b * batch + r * stride.
struct Rows {
  const float* base;
  int64_t batch, stride;
  int count;
};
struct Results {
  float* base;
  int64_t batch, stride;
};

// dots: out[r, c] = <p_r, q_c> of each token over `columns` columns, or added to what is there.
template <int kLanes>
RADDLE_CUDA_DEVICE void dots(const Rows& p, const Rows& q, const Results& out, int tokens,
                             int columns, bool is_first) {
  constexpr int kTiles = kWarp / kLanes;               // of a warp
  constexpr int kOwn = kLanes < 16 ? 16 / kLanes : 1;  // results of a lane
  const int lane = lane_of_warp(), part = lane % kLanes;
  const int p_tiles = (p.count + 3) / 4, q_tiles = (q.count + 3) / 4;
  const int tiles = tokens * p_tiles * q_tiles;
  const int padded = static_cast<int>(pad_to(columns, kColumnPad));
  for (int first = warp_of_block() * kTiles; first < tiles; first += kSiteWarps * kTiles) {
    const int tile = first + lane / kLanes;
    const bool exists = tile < tiles;
    const int q_tile = (exists ? tile : 0) % q_tiles, rest = (exists ? tile : 0) / q_tiles;
    const int p_tile = rest % p_tiles, token = rest / p_tiles;
    const float *from_p[4], *from_q[4];  // a row beyond the last is the last again
    for (int i = 0; i < 4; ++i) {
      const int r = lesser(4 * p_tile + i, p.count - 1);
      const int c = lesser(4 * q_tile + i, q.count - 1);
      from_p[i] = p.base + token * p.batch + r * p.stride;
      from_q[i] = q.base + token * q.batch + c * q.stride;
    }
    const int own = kLanes < 16 ? part * kOwn : part * 16 / kLanes;  // among the 16
    const int row = 4 * p_tile + own / 4, column = 4 * q_tile + own % 4;
    const bool is_mine = exists && row < p.count && (kLanes <= 16 || part % (kLanes / 16) == 0);
    float* const to = out.base + token * out.batch + row * out.stride + column;
    float total[kOwn];
    for (int i = 0; i < kOwn; ++i) {
      total[i] = !is_first && is_mine && column + i < q.count ? to[i] : 0.0f;
    }
    RADDLE_CUDA_UNROLL(1)
    for (int panel = 0; panel < padded; panel += kPanel) {
      float sum[16];
      for (int i = 0; i < 16; ++i) sum[i] = 0;
      const int end = lesser(panel + kPanel, padded);
      RADDLE_CUDA_UNROLL(1)
      for (int e = panel + 4 * part; e < end; e += 4 * kLanes) {
        float4 a[4];
        for (int i = 0; i < 4; ++i) a[i] = load4(from_p[i] + e);
        for (int j = 0; j < 4; ++j) {
          const float4 b = load4(from_q[j] + e);
          for (int i = 0; i < 4; ++i) sum[4 * i + j] = dot4(a[i], b, sum[4 * i + j]);
        }
      }
      sum_over_lanes<16, kLanes / 2>(sum);
      for (int i = 0; i < kOwn; ++i) total[i] += sum[i];
    }
    for (int i = 0; i < kOwn; ++i) {
      if (is_mine && column + i < q.count) to[i] = total[i];
    }
  }
}

// Few tiles are shared by whole warps; the choice must not depend on how many tokens a block has.
RADDLE_CUDA_DEVICE void dots_of_token(const Rows& p, const Rows& q, const Results& out, int tokens,
                                      int columns, bool is_first) {
  if (p.count <= 16) {
    dots<kWarp>(p, q, out, tokens, columns, is_first);
  } else {
    dots<4>(p, q, out, tokens, columns, is_first);
  }
}

// out[r] = |row r|^2, or added to what is there. A warp a row.
RADDLE_CUDA_DEVICE void squares(const Rows& p, float* out, int columns, bool is_first) {
  const int padded = static_cast<int>(pad_to(columns, kColumnPad));
  for (int row = warp_of_block(); row < p.count; row += kSiteWarps) {
    float total = is_first ? 0.0f : out[row];
    for (int panel = 0; panel < padded; panel += kPanel) {
      const int column = panel + 4 * lane_of_warp();
      float sum = 0;
      if (column < padded) {
        const float4 four = load4(p.base + row * p.stride + column);
        sum = dot4(four, four, sum);
      }
      total += warp_sum(sum);
    }
    __syncwarp();  // all lanes have read out[row]
    if (lane_of_warp() == 0) out[row] = total;
  }
}

}  // namespace raddle::cuda
