// SPDX-License-Identifier: Apache-2.0
// Rotary positions (ops/rope.h). A block has a few rows: it makes their angles once, in double, and
// uses them for all heads.
#include "kernels/cuda/rope.h"

#include "kernels/cuda/pack.h"

namespace raddle::cuda {
namespace {

// Sine and cosine of r, |r| <= pi / 4: interpolated at Chebyshev nodes, error 2e-14.
RADDLE_CUDA_DEVICE double sin_near_zero(double r, double u) {
  double p = -2.4805634696364275e-08;
  p = fma(p, u, 2.755599091165205e-06);
  p = fma(p, u, -1.9841266916919455e-4);
  p = fma(p, u, 8.333333331079136e-3);
  p = fma(p, u, -0.16666666666663885);
  return fma(p * u, r, r);
}
RADDLE_CUDA_DEVICE double cos_near_zero(double u) {
  double p = 2.0700599378258868e-09;
  p = fma(p, u, -2.7556369682763407e-07);
  p = fma(p, u, 2.4801585210942956e-05);
  p = fma(p, u, -1.3888888887277281e-3);
  p = fma(p, u, 4.166666666666468e-2);
  p = fma(p, u, -0.5);
  return fma(p, u, 1.0);
}

// The library's sincos() reduces any double and takes local memory for it. Angles here are an int32
// times at most 1, for which pi / 2 in two parts is enough.
RADDLE_CUDA_DEVICE void sine_and_cosine(double angle, float& sine, float& cosine) {
  const double n = rint(angle * 0.63661977236758134308);
  double r = fma(-n, 1.57079632679489655800, angle);
  r = fma(-n, 6.12323399573676603587e-17, r);
  const double u = r * r;
  const double s = sin_near_zero(r, u), c = cos_near_zero(u);
  const int quadrant = static_cast<int>(static_cast<int64_t>(n) & 3);
  const double sin_out = quadrant % 2 == 0 ? s : c, cos_out = quadrant % 2 == 0 ? c : s;
  sine = static_cast<float>(quadrant >= 2 ? -sin_out : sin_out);
  cosine = static_cast<float>(quadrant == 1 || quadrant == 2 ? -cos_out : cos_out);
}

// Rotates pairs [first, first + pairs) of all heads of the block's rows.
template <int kLanes, class T>
RADDLE_CUDA_DEVICE void rotate(const RopeParameters<T>& p, int64_t first_row, int rows,
                               int64_t first, int pairs, const float* sine, const float* cosine) {
  const int64_t half = p.head_dim / 2;
  const int packs = pairs / kLanes;
  for (int item = static_cast<int>(threadIdx.x); item < rows * p.heads * packs;
       item += kRopeThreads) {
    const int row_and_head = item / packs, i = (item - row_and_head * packs) * kLanes;
    const int row = row_and_head / p.heads, head = row_and_head - row * p.heads;
    const int64_t at = (first_row + row) * p.width + head * p.head_dim + first + i;
    const Pack<kLanes> lower = load_pack<kLanes>(p.x + at),
                       upper = load_pack<kLanes>(p.x + at + half);
    const Pack<kLanes> s = load_pack<kLanes>(sine + row * kRopePairs + i);
    const Pack<kLanes> c = load_pack<kLanes>(cosine + row * kRopePairs + i);
    Pack<kLanes> new_lower, new_upper;
#pragma unroll
    for (int j = 0; j < kLanes; ++j) {
      new_lower.at[j] = fmaf(-upper.at[j], s.at[j], lower.at[j] * c.at[j]);
      new_upper.at[j] = fmaf(lower.at[j], s.at[j], upper.at[j] * c.at[j]);
    }
    store_pack(p.y + at, new_lower);
    store_pack(p.y + at + half, new_upper);
  }
}

template <int kLanes, class T>
RADDLE_CUDA_DEVICE void copy_rest(const RopeParameters<T>& p, int64_t first_row, int rows) {
  const int64_t packs = p.copied / kLanes;
  for (int64_t item = threadIdx.x; item < rows * packs; item += kRopeThreads) {
    const int64_t row = item / packs;
    const int64_t at = (first_row + row + 1) * p.width - p.copied + (item - row * packs) * kLanes;
    store_pack(p.y + at, load_pack<kLanes>(p.x + at));
  }
}

template <class T>
RADDLE_CUDA_DEVICE void rope(const RopeParameters<T>& p) {
  RADDLE_CUDA_SHARED(double, frequency, kRopePairs);
  RADDLE_CUDA_SHARED(float4, sines, kRopeRows * kRopePairs / 4);
  RADDLE_CUDA_SHARED(float4, cosines, kRopeRows * kRopePairs / 4);
  float* const sine = reinterpret_cast<float*>(sines);
  float* const cosine = reinterpret_cast<float*>(cosines);
  const int thread = static_cast<int>(threadIdx.x);
  const int64_t first_row = static_cast<int64_t>(blockIdx.x) * kRopeRows, half = p.head_dim / 2;
  const int64_t left = p.rows - first_row;
  const int rows = left < kRopeRows ? static_cast<int>(left) : kRopeRows;
  p.packed ? copy_rest<kPackOf<T>>(p, first_row, rows) : copy_rest<1>(p, first_row, rows);
  for (int64_t first = 0; first < half; first += kRopePairs) {
    const int pairs = half - first < kRopePairs ? static_cast<int>(half - first) : kRopePairs;
    for (int i = thread; i < pairs; i += kRopeThreads) {
      frequency[i] =
          pow(p.theta, -2.0 * static_cast<double>(first + i) / static_cast<double>(p.head_dim));
    }
    __syncthreads();  // and nobody reads the last angles any more
    for (int i = thread; i < rows * kRopePairs; i += kRopeThreads) {
      const int row = i / kRopePairs, pair = i % kRopePairs;
      if (pair >= pairs) continue;
      const double angle = p.positions[first_row + row] * frequency[pair];
      sine_and_cosine(p.inverse ? -angle : angle, sine[i], cosine[i]);
    }
    __syncthreads();
    if (p.packed) {
      rotate<kPackOf<T>>(p, first_row, rows, first, pairs, sine, cosine);
    } else {
      rotate<1>(p, first_row, rows, first, pairs, sine, cosine);
    }
  }
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_rope, RopeParameters<float>, kRopeThreads) { rope(p); }
RADDLE_CUDA_GLOBAL(raddle_rope_bf16, RopeParameters<Bf16>, kRopeThreads) { rope(p); }

}  // namespace raddle::cuda
