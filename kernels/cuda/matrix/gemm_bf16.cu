// SPDX-License-Identifier: Apache-2.0
// Matrix products of BF16 operands with float sums (gemm.h). A block makes a tile of C of 128 x
// 128, each of its eight warps 64 x 32 of it by matrix instructions (mma.h). Slices of A and B, 64
// of the inner dimension, lie in shared memory as they do in theirs, rows of either side; while one
// slice is multiplied the next one is copied.
#include "kernels/cuda/matrix/tile_order.h"
#include "kernels/cuda/mma.h"
#include "kernels/cuda/pack.h"

namespace raddle::cuda {
namespace {

constexpr int kDepth = kGemmDepth<Bf16>;
constexpr int kWarpRows = 64, kWarpColumns = 32;
constexpr int kWarpsDown = kGemmTile / kWarpRows;

struct Place {
  int row, column;
};
struct alignas(16) Eight {
  Bf16 of[8];
};

// What a thread brings of one operand from its matrix to shared memory: four times eight elements
// of a slice. `rows_are_i`: a row of the matrix is one i, of the tile's 128, and runs along the
// inner dimension; else it is one k.
template <bool rows_are_i>
class Carrier {
 public:
  // For the tile's i from first_i on, of end_i in the matrix, and slices from first_k on.
  RADDLE_CUDA_DEVICE Carrier(const Bf16* matrix, int64_t stride, bool has_packs, int64_t first_i,
                             int64_t end_i, int64_t first_k)
      : from_(matrix + (rows_are_i ? first_i * stride + first_k : first_k * stride + first_i)),
        stride_(stride),
        i_left_(at_most(end_i - first_i, kGemmTile)),
        has_packs_(has_packs) {}
  // Begins to copy the next slice, of which the matrix has `depth`; what it lacks becomes zero.
  RADDLE_CUDA_DEVICE void begin(Bf16* slice, int depth) {
    if (has_packs_) {
#pragma unroll
      for (int turn = 0; turn < kTurns; ++turn) {
        const Place at = place_of(turn);
        const int inside = inside_at(at, depth);
        raddle_begin_part_copy(slice + at.row * kBf16SliceStride<rows_are_i> + at.column,
                               inside > 0 ? from_ + at.row * stride_ + at.column : from_,
                               2 * inside);
      }
    } else {
#pragma unroll 1
      for (int turn = 0; turn < kTurns; ++turn) {
        const Place at = place_of(turn);
        const int inside = inside_at(at, depth);
        Eight eight;
#pragma unroll
        for (int i = 0; i < 8; ++i) {
          eight.of[i] = i < inside ? from_[at.row * stride_ + at.column + i] : Bf16{0};
        }
        Bf16* const to = slice + at.row * kBf16SliceStride<rows_are_i> + at.column;
        *reinterpret_cast<Eight*>(to) = eight;
      }
    }
    from_ += kDepth * (rows_are_i ? 1 : stride_);
  }

 private:
  static constexpr int kAcross = (rows_are_i ? kDepth : kGemmTile) / 8;  // eights of a row
  static constexpr int kTurns = kGemmTile * kDepth / 8 / kGemmThreads;
  RADDLE_CUDA_DEVICE static Place place_of(int turn) {
    const int thread = static_cast<int>(threadIdx.x);
    return {thread / kAcross + turn * (kGemmThreads / kAcross), thread % kAcross * 8};
  }
  // How many of eight elements from there on the matrix has.
  RADDLE_CUDA_DEVICE int inside_at(const Place& at, int depth) const {
    const int rows = rows_are_i ? i_left_ : depth, columns = rows_are_i ? depth : i_left_;
    const int left = at.row < rows ? columns - at.column : 0;
    return left < 0 ? 0 : left < 8 ? left : 8;
  }
  const Bf16* from_;
  const int64_t stride_;
  const int i_left_;
  const bool has_packs_;
};

// Sixteen rows of A and sixteen of the inner dimension, for one instruction; sixteen columns of B,
// for two. Whichever of the two lies along a slice's rows is turned on its way.
template <bool rows_are_m>
RADDLE_CUDA_DEVICE void load_left(const Bf16* slice, int row, int k, uint32_t (&to)[4]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  constexpr int kStride = kBf16SliceStride<rows_are_m>;
  if constexpr (rows_are_m) {
    const MatrixPlace at = left_address(lane);
    raddle_load_matrices(slice + (row + at.row) * kStride + k + at.column, to);
  } else {
    const MatrixPlace at = right_address(lane);
    raddle_load_transposed(slice + (k + at.row) * kStride + row + at.column, to);
  }
}
template <bool rows_are_n>
RADDLE_CUDA_DEVICE void load_right(const Bf16* slice, int column, int k, uint32_t (&to)[4]) {
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  constexpr int kStride = kBf16SliceStride<rows_are_n>;
  if constexpr (rows_are_n) {
    const MatrixPlace at = right_address(lane);
    raddle_load_matrices(slice + (column + at.row) * kStride + k + at.column, to);
  } else {
    const MatrixPlace at = left_address(lane);
    raddle_load_transposed(slice + (k + at.row) * kStride + column + at.column, to);
  }
}

// Of a warp: four times sixteen rows, four times eight columns.
struct Sums {
  float of[kWarpRows / 16][kWarpColumns / 8][4] = {};
};

// The warp's part of the tile. Row -1: it lies beside C, and the warp has nothing to multiply.
RADDLE_CUDA_DEVICE Place place_of_warp(int64_t rows_left, int64_t columns_left) {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const Place place = {warp % kWarpsDown * kWarpRows, warp / kWarpsDown * kWarpColumns};
  return {place.row < rows_left && place.column < columns_left ? place.row : -1, place.column};
}

// `depth` of the slices are not all zero.
template <bool a_rows_are_m, bool b_rows_are_n>
RADDLE_CUDA_DEVICE void multiply_slices(const Bf16* a, const Bf16* b, const Place& place, int depth,
                                        Sums& sums) {
#pragma unroll
  for (int k = 0; k < kDepth; k += 16) {
    if (k >= depth) return;
    uint32_t left[kWarpRows / 16][4];
#pragma unroll
    for (int i = 0; i < kWarpRows / 16; ++i) {
      load_left<a_rows_are_m>(a, place.row + 16 * i, k, left[i]);
    }
#pragma unroll
    for (int j = 0; j < kWarpColumns / 8; j += 2) {
      uint32_t right[4];
      load_right<b_rows_are_n>(b, place.column + 8 * j, k, right);
#pragma unroll
      for (int i = 0; i < kWarpRows / 16; ++i) {
        raddle_mma_bf16(left[i], right[0], right[1], sums.of[i][j]);
        raddle_mma_bf16(left[i], right[2], right[3], sums.of[i][j + 1]);
      }
    }
  }
}

// Two neighbours of a row of C, of which `inside` exist.
RADDLE_CUDA_DEVICE void write_pair(float* to, float first, float second, int inside,
                                   bool is_aligned, bool accumulate) {
  if (is_aligned && inside >= 2) {
    float2& pair = *reinterpret_cast<float2*>(to);
    pair = accumulate ? make_float2(pair.x + first, pair.y + second) : make_float2(first, second);
    return;
  }
  if (inside > 0) to[0] = accumulate ? to[0] + first : first;
  if (inside > 1) to[1] = accumulate ? to[1] + second : second;
}
RADDLE_CUDA_DEVICE void write_pair(Bf16* to, float first, float second, int inside, bool is_aligned,
                                   bool) {
  if (is_aligned && inside >= 2) {
    *reinterpret_cast<uint32_t*>(to) = raddle_bf16_pair(first, second);
    return;
  }
  if (inside > 0) store_pack<1>(to, {first});
  if (inside > 1) store_pack<1>(to + 1, {second});
}

// `c` is where the block's tile begins, of whose rows and columns so many are in C.
template <class Result>
RADDLE_CUDA_DEVICE void write_sums(const GemmParametersOf<Bf16>& p, Result* c, int rows,
                                   int columns, const Place& place, const Sums& sums) {
  const MatrixPlace at = sum_place(static_cast<int>(threadIdx.x) % kWarp, 0);
#pragma unroll
  for (int i = 0; i < kWarpRows / 8; ++i) {
    const int row = place.row + 8 * i + at.row;
    if (row >= rows) return;
    const int column = place.column + at.column;
    Result* const to = c + row * p.c_stride + column;
#pragma unroll
    for (int j = 0; j < kWarpColumns / 8; ++j) {
      const float(&of)[4] = sums.of[i / 2][j];
      write_pair(to + 8 * j, of[i % 2 * 2], of[i % 2 * 2 + 1], columns - column - 8 * j, p.c_packs,
                 p.accumulate);
    }
  }
}

// `columns` are left in C from the warp's first one on.
RADDLE_CUDA_DEVICE void add_bias(const Bf16* bias, int columns, Sums& sums) {
  const int first = sum_place(static_cast<int>(threadIdx.x) % kWarp, 0).column;
#pragma unroll
  for (int j = 0; j < kWarpColumns / 8; ++j) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int column = 8 * j + first + half;
      const float one = column < columns ? to_float(bias[column]) : 0.0f;
#pragma unroll
      for (int i = 0; i < kWarpRows / 16; ++i) {
        sums.of[i][j][half] += one;
        sums.of[i][j][half + 2] += one;
      }
    }
  }
}

template <bool a_rows_are_m, bool b_rows_are_n>
RADDLE_CUDA_DEVICE void gemm(const GemmParametersOf<Bf16>& p, Bf16* shared) {
  Bf16 *const a_slices = shared, *const b_slices = shared + 2 * kBf16SliceElements;
  const Tile tile = tile_of_block(p.m, p.n);
  const int64_t row = static_cast<int64_t>(tile.down) * kGemmTile;
  const int64_t column = static_cast<int64_t>(tile.across) * kGemmTile;
  const int64_t begin = static_cast<int64_t>(blockIdx.y) * p.part_depth;
  int left = at_most(p.k - begin, p.part_depth);  // of the part
  Carrier<a_rows_are_m> a(p.a, p.a_stride, p.a_packs, row, p.m, begin);
  Carrier<b_rows_are_n> b(p.b, p.b_stride, p.b_packs, column, p.n, begin);
  const Place place = place_of_warp(p.m - row, p.n - column);
  Sums sums;

  if (left > 0) {
    a.begin(a_slices, left);
    b.begin(b_slices, left);
  }
  int now = 0;
  for (; left > 0; left -= kDepth) {
    const int then = kBf16SliceElements - now;
    raddle_wait_for_copies();
    __syncthreads();  // the slice is there, and all are done with the other one
    if (left > kDepth) {
      a.begin(a_slices + then, left - kDepth);
      b.begin(b_slices + then, left - kDepth);
    }
    if (place.row >= 0) {
      multiply_slices<a_rows_are_m, b_rows_are_n>(a_slices + now, b_slices + now, place, left,
                                                  sums);
    }
    now = then;
  }
  if (place.row < 0) return;
  const int rows = at_most(p.m - row, kGemmTile), columns = at_most(p.n - column, kGemmTile);
  const int64_t at = row * p.c_stride + column;
  if (p.c_rounded == nullptr) {
    write_sums(p, p.c + static_cast<int64_t>(blockIdx.y) * p.part_stride + at, rows, columns, place,
               sums);
    return;
  }
  if (p.bias != nullptr) add_bias(p.bias + column + place.column, columns - place.column, sums);
  write_sums(p, p.c_rounded + at, rows, columns, place, sums);
}

}  // namespace

// Named for whether A and B are stored transposed.
RADDLE_CUDA_GLOBAL(raddle_gemm_bf16_nn, GemmParametersOf<Bf16>, kGemmThreads, 2) {
  RADDLE_CUDA_DYNAMIC_SHARED(Bf16, shared);
  gemm<true, false>(p, shared);
}
RADDLE_CUDA_GLOBAL(raddle_gemm_bf16_nt, GemmParametersOf<Bf16>, kGemmThreads, 2) {
  RADDLE_CUDA_DYNAMIC_SHARED(Bf16, shared);
  gemm<true, true>(p, shared);
}
RADDLE_CUDA_GLOBAL(raddle_gemm_bf16_tn, GemmParametersOf<Bf16>, kGemmThreads, 2) {
  RADDLE_CUDA_DYNAMIC_SHARED(Bf16, shared);
  gemm<false, false>(p, shared);
}

}  // namespace raddle::cuda
