// SPDX-License-Identifier: Apache-2.0
// Matrix products in FP32 (gemm.h). A block makes a tile of C of 128 x 128, each thread 8 x 8 of it
// as four squares of 4 x 4. Slices of A and B, 8 of the inner dimension, pass through shared memory
// with the inner dimension outermost; while one slice is multiplied the next is on its way in
// registers. Each element of C is one chain of fused multiply-adds in the order of the inner
// dimension.
#include "kernels/cuda/matrix/gemm_parameters.h"

#include "kernels/cuda/language.h"

namespace raddle::cuda {
namespace {

// A slice in shared memory: element (k, i) is at k * kSliceStride + i. The stride keeps quads
// aligned and lets a warp store 16 rows of two quads, turned, to 32 different banks.
constexpr int kSliceStride = kGemmTile + 4;
constexpr int kSliceFloats = kGemmDepth * kSliceStride;

RADDLE_CUDA_DEVICE float4& quad(float* at) { return *reinterpret_cast<float4*>(at); }

// Four elements from `from` on, of which `inside` exist; the others are zero.
RADDLE_CUDA_DEVICE float4 load_quad(const float* from, int inside, bool is_aligned) {
  if (is_aligned && inside >= 4) return *reinterpret_cast<const float4*>(from);
  float4 out = make_float4(0, 0, 0, 0);
  if (inside > 0) out.x = from[0];
  if (inside > 1) out.y = from[1];
  if (inside > 2) out.z = from[2];
  if (inside > 3) out.w = from[3];
  return out;
}

RADDLE_CUDA_DEVICE int at_most(int64_t value, int most) {
  return value < most ? static_cast<int>(value) : most;
}

// What a thread carries of one operand from its matrix to shared memory: a quad of a slice.
// `rows_are_i`: a row of the matrix is one i and runs along the inner dimension; else it is one k.
template <bool rows_are_i>
class Carrier {
 public:
  // For the tile's i from first_i on, of end_i in the matrix, and slices from first_k on.
  RADDLE_CUDA_DEVICE Carrier(const float* matrix, int64_t stride, int64_t first_i, int64_t end_i,
                             int64_t first_k, bool is_aligned)
      : across_(at_most(end_i - first_i - i_of(), kGemmTile)), is_aligned_(is_aligned) {
    const int64_t i = first_i + i_of(), k = first_k + k_of();
    from_ = matrix + (rows_are_i ? i * stride + k : k * stride + i);
  }
  // The next slice, from which on the matrix has `depth` more.
  RADDLE_CUDA_DEVICE void load(int64_t stride, int depth) {
    const int deep = depth - k_of();
    const int inside = rows_are_i ? (across_ > 0 ? deep : 0) : (deep > 0 ? across_ : 0);
    carried_ = load_quad(from_, inside, is_aligned_);
    from_ += kGemmDepth * (rows_are_i ? 1 : stride);
  }
  RADDLE_CUDA_DEVICE void store(float* slice) const {
    float* const to = slice + k_of() * kSliceStride + i_of();
    if (rows_are_i) {
      to[0] = carried_.x;
      to[kSliceStride] = carried_.y;
      to[2 * kSliceStride] = carried_.z;
      to[3 * kSliceStride] = carried_.w;
    } else {
      quad(to) = carried_;
    }
  }

 private:
  RADDLE_CUDA_DEVICE static int i_of() {
    const int thread = static_cast<int>(threadIdx.x);
    return rows_are_i ? thread / 2 : thread % 32 * 4;
  }
  RADDLE_CUDA_DEVICE static int k_of() {
    const int thread = static_cast<int>(threadIdx.x);
    return rows_are_i ? thread % 2 * 4 : thread / 32;
  }
  const float* from_;
  int across_;  // elements of the matrix from the thread's i on
  bool is_aligned_;
  float4 carried_;
};

// Where a thread's squares are in the tile: a warp has 32 x 64 of it, a lane 4 x 4 in each quarter,
// so that the lanes' reads of shared memory are one run of 64 or 128 bytes.
struct Place {
  int row, column;  // of the first square; the others are 16 below and 32 beside it
};
RADDLE_CUDA_DEVICE Place place_of_thread() {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  return {warp % 4 * 32 + lane / 8 * 4, warp / 4 * 64 + lane % 8 * 4};
}

RADDLE_CUDA_DEVICE void multiply_slices(float* a, float* b, const Place& place,
                                        float (&sums)[8][8]) {
#pragma unroll
  for (int k = 0; k < kGemmDepth; ++k) {
    float left[8], right[8];
    quad(left) = quad(a + k * kSliceStride + place.row);
    quad(left + 4) = quad(a + k * kSliceStride + place.row + 16);
    quad(right) = quad(b + k * kSliceStride + place.column);
    quad(right + 4) = quad(b + k * kSliceStride + place.column + 32);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
#pragma unroll
      for (int j = 0; j < 8; ++j) sums[i][j] = fmaf(left[i], right[j], sums[i][j]);
    }
  }
}

// Four neighbours of a row of C.
RADDLE_CUDA_DEVICE void write_quad(const GemmParameters& p, float* c, int64_t row, int64_t column,
                                   const float (&sums)[8], int first) {
  float* to = c + row * p.c_stride + column;
  if (p.c_quads && column + 4 <= p.n) {
    float4 four = make_float4(sums[first], sums[first + 1], sums[first + 2], sums[first + 3]);
    if (p.bias != nullptr) {
      four = make_float4(four.x + p.bias[column], four.y + p.bias[column + 1],
                         four.z + p.bias[column + 2], four.w + p.bias[column + 3]);
    }
    if (p.accumulate) {
      const float4 old = quad(to);
      four = make_float4(four.x + old.x, four.y + old.y, four.z + old.z, four.w + old.w);
    }
    quad(to) = four;
    return;
  }
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    if (column + j >= p.n) continue;
    float sum = sums[first + j];
    if (p.bias != nullptr) sum += p.bias[column + j];
    if (p.accumulate) sum += to[j];
    to[j] = sum;
  }
}

// The block's tile. Blocks that run side by side take 8 tiles below each other, then the next 8 to
// the right: what they read of A and B stays in the L2 cache.
struct Tile {
  int down, across;
};
RADDLE_CUDA_DEVICE Tile tile_of_block(const GemmParameters& p) {
  constexpr int kBand = 8;
  const int tiles_down = static_cast<int>((p.m + kGemmTile - 1) / kGemmTile);
  const int tiles_across = static_cast<int>((p.n + kGemmTile - 1) / kGemmTile);
  const int band = static_cast<int>(blockIdx.x) / tiles_across / kBand;
  const int rest = static_cast<int>(blockIdx.x) - band * kBand * tiles_across;
  const int down = tiles_down - band * kBand < kBand ? tiles_down - band * kBand : kBand;
  return {band * kBand + rest % down, rest / down};
}

RADDLE_CUDA_DEVICE void write_tile(const GemmParameters& p, const Tile& tile, const Place& place,
                                   const float (&sums)[8][8]) {
  float* const c = p.c + static_cast<int64_t>(blockIdx.y) * p.part_stride;
  const int64_t column = static_cast<int64_t>(tile.across) * kGemmTile + place.column;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    const int64_t row =
        static_cast<int64_t>(tile.down) * kGemmTile + place.row + i % 4 + i / 4 * 16;
    if (row >= p.m) continue;
    write_quad(p, c, row, column, sums[i], 0);
    write_quad(p, c, row, column + 32, sums[i], 4);
  }
}

template <bool a_rows_are_m, bool b_rows_are_n>
RADDLE_CUDA_DEVICE void gemm(const GemmParameters& p) {
  RADDLE_CUDA_SHARED(float4, a_memory, 2 * kSliceFloats / 4);
  RADDLE_CUDA_SHARED(float4, b_memory, 2 * kSliceFloats / 4);
  float* const a_slices = reinterpret_cast<float*>(a_memory);
  float* const b_slices = reinterpret_cast<float*>(b_memory);
  const Tile tile = tile_of_block(p);
  const int64_t begin = static_cast<int64_t>(blockIdx.y) * p.part_depth;
  int left = at_most(p.k - begin, p.part_depth);  // of the part
  Carrier<a_rows_are_m> a(p.a, p.a_stride, static_cast<int64_t>(tile.down) * kGemmTile, p.m, begin,
                          p.a_quads);
  Carrier<b_rows_are_n> b(p.b, p.b_stride, static_cast<int64_t>(tile.across) * kGemmTile, p.n,
                          begin, p.b_quads);
  float sums[8][8] = {};
  const Place place = place_of_thread();

  a.load(p.a_stride, left);
  b.load(p.b_stride, left);
  a.store(a_slices);
  b.store(b_slices);
  __syncthreads();
  int now = 0;
  for (; left > 0; left -= kGemmDepth) {
    const int next = left - kGemmDepth, then = kSliceFloats - now;
    if (next > 0) {
      a.load(p.a_stride, next);
      b.load(p.b_stride, next);
    }
    multiply_slices(a_slices + now, b_slices + now, place, sums);
    if (next > 0) {
      a.store(a_slices + then);
      b.store(b_slices + then);
    }
    now = then;
    __syncthreads();
  }
  write_tile(p, tile, place, sums);
}

}  // namespace

// Named for whether A and B are stored transposed.
RADDLE_CUDA_GLOBAL_BLOCKS(raddle_gemm_nn, GemmParameters, kGemmThreads, 2) { gemm<true, false>(p); }
RADDLE_CUDA_GLOBAL_BLOCKS(raddle_gemm_nt, GemmParameters, kGemmThreads, 2) { gemm<true, true>(p); }
RADDLE_CUDA_GLOBAL_BLOCKS(raddle_gemm_tn, GemmParameters, kGemmThreads, 2) {
  gemm<false, false>(p);
}

RADDLE_CUDA_GLOBAL(raddle_add_parts, AddPartsParameters, kAddPartsThreads) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= p.m * p.n) return;
  const int64_t row = i / p.n, column = i % p.n;
  float sum = 0;
#pragma unroll 8
  for (int64_t part = 0; part < p.count; ++part) sum += p.parts[part * p.m * p.n + i];
  if (p.bias != nullptr) sum += p.bias[column];
  float* const to = p.c + row * p.c_stride + column;
  *to = p.accumulate ? *to + sum : sum;
}

}  // namespace raddle::cuda
