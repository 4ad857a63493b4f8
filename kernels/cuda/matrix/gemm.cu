// SPDX-License-Identifier: Apache-2.0
// Matrix products in FP32 (gemm.h). A block makes a tile of C of 128 x 128, each thread 8 x 8 of it
// as four squares of 4 x 4. Slices of A and B, 8 of the inner dimension, pass through shared memory
// with the inner dimension outermost; while one slice is multiplied the next is on its way in
// registers. Each element of C is one chain of fused multiply-adds in the order of the inner
// dimension.
#include "kernels/cuda/matrix/tile_order.h"
#include "kernels/cuda/pack.h"

namespace raddle::cuda {
namespace {

// A slice in shared memory: element (k, i) is at k * kSliceStride + i. The stride keeps quads
// aligned and lets a warp store 16 rows of two quads, turned, to 32 different banks.
constexpr int kSliceStride = kGemmTile + 4;
constexpr int kDepth = kGemmDepth<float>;
constexpr int kSliceFloats = kDepth * kSliceStride;

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

// What a thread carries of one operand from its matrix to shared memory: a quad of a slice.
// `rows_are_i`: a row of the matrix is one i and runs along the inner dimension; else it is one k.
template <bool rows_are_i>
class Carrier {
 public:
  // For the tile's i from first_i on, of end_i in the matrix, and slices from first_k on.
  RADDLE_CUDA_DEVICE Carrier(const float* matrix, int64_t stride, int64_t first_i, int64_t end_i,
                             int64_t first_k) {
    const int64_t i = first_i + i_of(), k = first_k + k_of();
    across_ = at_most(end_i - i, 4);
    // An element beside the matrix is beyond any depth.
    before_ = across_ > 0 ? k_of() : INT32_MAX;
    from_ = matrix + (rows_are_i ? i * stride + k : k * stride + i);
  }
  // The next slice, from which on the matrix has `depth` more.
  RADDLE_CUDA_DEVICE void load(int64_t stride, bool is_aligned, int depth) {
    const int deep = depth > before_ ? depth - before_ : 0;
    const int inside = rows_are_i ? deep : (deep > 0 ? across_ : 0);
    carried_ = load_quad(from_, inside, is_aligned);
    from_ += kDepth * (rows_are_i ? 1 : stride);
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
  int across_;  // of the quad where it runs along i
  int before_;  // of the slice's depth
  float4 carried_;
};

// Where a thread's squares are in the tile: a warp has 32 x 64 of it, a lane 4 x 4 in each quarter,
// so that the lanes' reads of shared memory are one run of 64 or 128 bytes.
struct Place {
  // Of the first square; the others are 16 below and 32 beside it. Row -1: all lie beside C, and
  // the thread has nothing to multiply, as most have of a product of few rows.
  int row, column;
};
RADDLE_CUDA_DEVICE Place place_of_thread(const GemmParameters& p, const Tile& tile) {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const Place place = {warp % 4 * 32 + lane / 8 * 4, warp / 4 * 64 + lane % 8 * 4};
  const bool is_inside = static_cast<int64_t>(tile.down) * kGemmTile + place.row < p.m &&
                         static_cast<int64_t>(tile.across) * kGemmTile + place.column < p.n;
  return {is_inside ? place.row : -1, place.column};
}

RADDLE_CUDA_DEVICE void multiply_slices(float* a, float* b, const Place& place,
                                        float (&sums)[8][8]) {
#pragma unroll
  for (int k = 0; k < kDepth; ++k) {
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

// `columns` are left in C from the thread's first one on; its second four are 32 beside it.
RADDLE_CUDA_DEVICE void add_bias(const float* bias, int columns, float (&sums)[8][8]) {
#pragma unroll
  for (int j = 0; j < 8; ++j) {
    const int column = j % 4 + j / 4 * 32;
    const float one = column < columns ? bias[column] : 0;
#pragma unroll
    for (int i = 0; i < 8; ++i) sums[i][j] += one;
  }
}

// Four neighbours of a row of C, of which `inside` exist.
RADDLE_CUDA_DEVICE void write_quad(float* to, float4 four, int inside, bool is_aligned,
                                   bool accumulate) {
  if (is_aligned && inside >= 4) {
    if (accumulate) {
      const float4 old = quad(to);
      four = make_float4(four.x + old.x, four.y + old.y, four.z + old.z, four.w + old.w);
    }
    quad(to) = four;
    return;
  }
  if (inside > 0) to[0] = accumulate ? to[0] + four.x : four.x;
  if (inside > 1) to[1] = accumulate ? to[1] + four.y : four.y;
  if (inside > 2) to[2] = accumulate ? to[2] + four.z : four.z;
  if (inside > 3) to[3] = accumulate ? to[3] + four.w : four.w;
}

RADDLE_CUDA_DEVICE void write_tile(const GemmParameters& p, const Tile& tile, const Place& place,
                                   float (&sums)[8][8]) {
  if (place.row < 0) return;
  const int64_t row = static_cast<int64_t>(tile.down) * kGemmTile + place.row;
  const int64_t column = static_cast<int64_t>(tile.across) * kGemmTile + place.column;
  const int rows = at_most(p.m - row, kGemmTile), columns = at_most(p.n - column, kGemmTile);
  if (p.bias != nullptr) add_bias(p.bias + column, columns, sums);
  float* to = p.c + static_cast<int64_t>(blockIdx.y) * p.part_stride + row * p.c_stride + column;
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    if (i % 4 + i / 4 * 16 < rows) {
      const float(&of)[8] = sums[i];
      write_quad(to, make_float4(of[0], of[1], of[2], of[3]), columns, p.c_packs, p.accumulate);
      write_quad(to + 32, make_float4(of[4], of[5], of[6], of[7]), columns - 32, p.c_packs,
                 p.accumulate);
    }
    to += (i == 3 ? 13 : 1) * p.c_stride;
  }
}

template <bool a_rows_are_m, bool b_rows_are_n>
RADDLE_CUDA_DEVICE void gemm(const GemmParameters& p) {
  RADDLE_CUDA_SHARED(float4, a_memory, 2 * kSliceFloats / 4);
  RADDLE_CUDA_SHARED(float4, b_memory, 2 * kSliceFloats / 4);
  float* const a_slices = reinterpret_cast<float*>(a_memory);
  float* const b_slices = reinterpret_cast<float*>(b_memory);
  const Tile tile = tile_of_block(p.m, p.n);
  const int64_t begin = static_cast<int64_t>(blockIdx.y) * p.part_depth;
  int left = at_most(p.k - begin, p.part_depth);  // of the part
  Carrier<a_rows_are_m> a(p.a, p.a_stride, static_cast<int64_t>(tile.down) * kGemmTile, p.m, begin);
  Carrier<b_rows_are_n> b(p.b, p.b_stride, static_cast<int64_t>(tile.across) * kGemmTile, p.n,
                          begin);
  float sums[8][8] = {};
  const Place place = place_of_thread(p, tile);

  a.load(p.a_stride, p.a_packs, left);
  b.load(p.b_stride, p.b_packs, left);
  a.store(a_slices);
  b.store(b_slices);
  __syncthreads();
  int now = 0;
  for (; left > 0; left -= kDepth) {
    const int next = left - kDepth, then = kSliceFloats - now;
    if (next > 0) {
      a.load(p.a_stride, p.a_packs, next);
      b.load(p.b_stride, p.b_packs, next);
    }
    if (place.row >= 0) multiply_slices(a_slices + now, b_slices + now, place, sums);
    if (next > 0) {
      a.store(a_slices + then);
      b.store(b_slices + then);
    }
    now = then;
    __syncthreads();
  }
  write_tile(p, tile, place, sums);
}

template <class T>
RADDLE_CUDA_DEVICE void add_parts(const AddPartsParametersOf<T>& p) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= p.m * p.n) return;
  const int64_t row = i / p.n, column = i % p.n;
  float sum = 0;
#pragma unroll 8
  for (int64_t part = 0; part < p.count; ++part) sum += p.parts[part * p.m * p.n + i];
  if (p.bias != nullptr) sum += p.bias[column];
  T* const to = p.c + row * p.c_stride + column;
  store_pack<1>(to, {p.accumulate ? *to + sum : sum});
}

}  // namespace

// Named for whether A and B are stored transposed.
RADDLE_CUDA_GLOBAL(raddle_gemm_nn, GemmParameters, kGemmThreads, 2) { gemm<true, false>(p); }
RADDLE_CUDA_GLOBAL(raddle_gemm_nt, GemmParameters, kGemmThreads, 2) { gemm<true, true>(p); }
RADDLE_CUDA_GLOBAL(raddle_gemm_tn, GemmParameters, kGemmThreads, 2) { gemm<false, false>(p); }

RADDLE_CUDA_GLOBAL(raddle_add_parts, AddPartsParametersOf<float>, kAddPartsThreads) {
  add_parts(p);
}
RADDLE_CUDA_GLOBAL(raddle_add_parts_bf16, AddPartsParametersOf<Bf16>, kAddPartsThreads) {
  add_parts(p);
}

}  // namespace raddle::cuda
