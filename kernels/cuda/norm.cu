// SPDX-License-Identifier: Apache-2.0
// Layer norm, RMS norm and the norm of heads (ops/norm.h, ops/rope.h), and their gradients.
#include "kernels/cuda/norm.h"

#include "kernels/cuda/pack.h"
#include "kernels/cuda/team.h"

namespace raddle::cuda {
namespace {

template <int kLanes>
constexpr int kKept = norm_kept(kLanes);

struct Place {
  int64_t element, stats;
};
RADDLE_CUDA_DEVICE Place place_of(const NormRows& at, int64_t row) {
  if (at.group == 1) return {row * at.stride, row * at.stats_stride};
  const int64_t group = row / at.group, in_group = row - group * at.group;
  return {group * at.stride + in_group * at.width, group * at.stats_stride + in_group};
}

// Calls body(index, kept pack) for the thread's packs of a row of `packs` that are in registers.
template <int kLanes, class Body>
RADDLE_CUDA_DEVICE void each_kept(const Team& team, int packs, Pack<kLanes> (&kept)[kKept<kLanes>],
                                  const Body& body) {
#pragma unroll
  for (int k = 0; k < kKept<kLanes>; ++k) {
    const int i = team.rank + k * team.threads;
    if (i < packs) body(i, kept[k]);
  }
}

template <int kLanes, class T>
RADDLE_CUDA_DEVICE void load_kept(const Team& team, int packs, const T* row,
                                  Pack<kLanes> (&kept)[kKept<kLanes>]) {
#pragma unroll
  for (int k = 0; k < kKept<kLanes>; ++k) {
    const int i = team.rank + k * team.threads;
    kept[k] = i < packs ? load_pack<kLanes>(row + int64_t{kLanes} * i) : pack_of<kLanes>(0);
  }
}

// Likewise for all of the thread's packs; those beyond are loaded from `row`.
template <int kLanes, class T, class Body>
RADDLE_CUDA_DEVICE void each_pack(const Team& team, int packs, Pack<kLanes> (&kept)[kKept<kLanes>],
                                  const T* row, const Body& body) {
  each_kept(team, packs, kept, body);
  for (int i = team.rank + kKept<kLanes> * team.threads; i < packs; i += team.threads) {
    body(i, load_pack<kLanes>(row + int64_t{kLanes} * i));
  }
}

template <int kLanes>
RADDLE_CUDA_DEVICE Pack<kLanes> weight_pack(const float* weight, int i) {
  return weight != nullptr ? load_pack<kLanes>(weight + int64_t{kLanes} * i) : pack_of<kLanes>(1);
}

template <bool kCentered, int kLanes, class T>
RADDLE_CUDA_DEVICE void norm(const NormPart<T>& p, float eps, int team_threads) {
  const Team team = team_of(team_threads);
  const int64_t row = static_cast<int64_t>(blockIdx.x) * team.count + team.index;
  const bool is_there = row < p.at.rows;
  const int packs = is_there ? static_cast<int>(p.at.width / kLanes) : 0;
  const Place place = place_of(p.at, is_there ? row : 0);
  const T* x = p.x + place.element;
  T* y = p.y + place.element;
  const float over_width = 1.0f / static_cast<float>(p.at.width);

  Pack<kLanes> kept[kKept<kLanes>];
  load_kept(team, packs, x, kept);
  float mean = 0;
  if constexpr (kCentered) {
    float sum[1] = {0};
    each_pack(team, packs, kept, x, [&](int, const Pack<kLanes>& v) {
#pragma unroll
      for (int j = 0; j < kLanes; ++j) sum[0] += v.at[j];
    });
    team_sum(team, sum);
    mean = sum[0] * over_width;
  }
  float squares[1] = {0};
  each_pack(team, packs, kept, x, [&](int, const Pack<kLanes>& v) {
#pragma unroll
    for (int j = 0; j < kLanes; ++j) {
      const float distance = v.at[j] - mean;
      squares[0] = fmaf(distance, distance, squares[0]);
    }
  });
  team_sum(team, squares);
  const float rstd = 1.0f / sqrtf(squares[0] * over_width + eps);
  each_pack(team, packs, kept, x, [&](int i, const Pack<kLanes>& v) {
    const Pack<kLanes> weight = weight_pack<kLanes>(p.weight, i);
    Pack<kLanes> bias = pack_of<kLanes>(0), out;
    if (kCentered && p.bias != nullptr) bias = load_pack<kLanes>(p.bias + int64_t{kLanes} * i);
#pragma unroll
    for (int j = 0; j < kLanes; ++j) {
      out.at[j] = fmaf((v.at[j] - mean) * rstd, weight.at[j], bias.at[j]);
    }
    store_pack(y + int64_t{kLanes} * i, out);
  });
  if (!is_there || team.rank != 0) return;
  if constexpr (kCentered) {
    p.stats[2 * place.stats] = mean;
    p.stats[2 * place.stats + 1] = rstd;
  } else {
    p.stats[place.stats] = rstd;
  }
}

// What a thread adds up over the rows of a block: of its packs the gradients of weight and bias.
template <int kLanes>
struct WeightSums {
  Pack<kLanes> dweight[kKept<kLanes>], dbias[kKept<kLanes>];
};

// A pack's part of the row's sums (g xhat; g), where g = dy weight. dy becomes g, x becomes xhat.
template <int kLanes, bool kCentered>
RADDLE_CUDA_DEVICE void gradient_sums(const Pack<kLanes>& weight, float mean, float rstd,
                                      Pack<kLanes>& dy, Pack<kLanes>& x, Pack<kLanes>& dweight,
                                      Pack<kLanes>& dbias, float (&sums)[kCentered ? 2 : 1]) {
#pragma unroll
  for (int j = 0; j < kLanes; ++j) {
    const float xhat = (x.at[j] - mean) * rstd, g = dy.at[j] * weight.at[j];
    dweight.at[j] = fmaf(dy.at[j], xhat, dweight.at[j]);
    if constexpr (kCentered) {
      dbias.at[j] += dy.at[j];
      sums[1] += g;
    }
    sums[0] = fmaf(g, xhat, sums[0]);
    dy.at[j] = g;
    x.at[j] = xhat;
  }
}

template <int kLanes>
RADDLE_CUDA_DEVICE Pack<kLanes> input_gradient(const Pack<kLanes>& g, const Pack<kLanes>& xhat,
                                               float rstd, float mean_g, float mean_gx) {
  Pack<kLanes> out;
#pragma unroll
  for (int j = 0; j < kLanes; ++j) {
    out.at[j] = rstd * (g.at[j] - mean_g - xhat.at[j] * mean_gx);
  }
  return out;
}

// One row: dx, and what it adds to the sums of the block. `partial` has the sums of packs that are
// not in registers, which the block's first row sets. Then the team is the whole block, so they are
// the thread's own.
template <bool kCentered, int kLanes, class T>
RADDLE_CUDA_DEVICE void norm_grad_row(const NormGradPart<T>& p, const Team& team, int64_t row,
                                      bool is_there, bool is_first, float* partial,
                                      WeightSums<kLanes>& sums_of_block) {
  const int packs = is_there ? static_cast<int>(p.at.width / kLanes) : 0;
  const Place place = place_of(p.at, is_there ? row : 0);
  const T* dy = p.dy + place.element;
  const T* x = p.x + place.element;
  T* dx = p.dx + place.element;
  const float* stats = p.stats + (kCentered ? 2 : 1) * place.stats;
  const float mean = kCentered && is_there ? stats[0] : 0;
  const float rstd = is_there ? stats[kCentered ? 1 : 0] : 0;
  const float over_width = 1.0f / static_cast<float>(p.at.width);

  Pack<kLanes> g[kKept<kLanes>], xhat[kKept<kLanes>];
  load_kept(team, packs, dy, g);
  load_kept(team, packs, x, xhat);
  float sums[kCentered ? 2 : 1] = {};
#pragma unroll
  for (int k = 0; k < kKept<kLanes>; ++k) {
    const int i = team.rank + k * team.threads;
    if (i >= packs) continue;
    gradient_sums<kLanes, kCentered>(weight_pack<kLanes>(p.weight, i), mean, rstd, g[k], xhat[k],
                                     sums_of_block.dweight[k], sums_of_block.dbias[k], sums);
  }
  const int first_beyond = team.rank + kKept<kLanes> * team.threads;
  for (int i = first_beyond; i < packs; i += team.threads) {
    const int64_t at = int64_t{kLanes} * i;
    Pack<kLanes> dy_pack = load_pack<kLanes>(dy + at), x_pack = load_pack<kLanes>(x + at);
    Pack<kLanes> dweight = pack_of<kLanes>(0), dbias = pack_of<kLanes>(0);
    if (partial != nullptr && !is_first) {
      dweight = load_pack<kLanes>(partial + at);
      if (kCentered) dbias = load_pack<kLanes>(partial + p.at.width + at);
    }
    gradient_sums<kLanes, kCentered>(weight_pack<kLanes>(p.weight, i), mean, rstd, dy_pack, x_pack,
                                     dweight, dbias, sums);
    if (partial != nullptr) {
      store_pack(partial + at, dweight);
      if (kCentered) store_pack(partial + p.at.width + at, dbias);
    }
  }
  team_sum(team, sums);
  const float mean_gx = sums[0] * over_width, mean_g = kCentered ? sums[kCentered] * over_width : 0;
#pragma unroll
  for (int k = 0; k < kKept<kLanes>; ++k) {
    const int i = team.rank + k * team.threads;
    if (i >= packs) continue;
    store_pack(dx + int64_t{kLanes} * i,
               input_gradient<kLanes>(g[k], xhat[k], rstd, mean_g, mean_gx));
  }
  for (int i = first_beyond; i < packs; i += team.threads) {
    const int64_t at = int64_t{kLanes} * i;
    Pack<kLanes> dy_pack = load_pack<kLanes>(dy + at), x_pack = load_pack<kLanes>(x + at);
    const Pack<kLanes> weight = weight_pack<kLanes>(p.weight, i);
#pragma unroll
    for (int j = 0; j < kLanes; ++j) {
      dy_pack.at[j] *= weight.at[j];
      x_pack.at[j] = (x_pack.at[j] - mean) * rstd;
    }
    store_pack(dx + at, input_gradient<kLanes>(dy_pack, x_pack, rstd, mean_g, mean_gx));
  }
}

// Adds up what the teams of a block have, in their order.
template <int kLanes>
RADDLE_CUDA_DEVICE void store_sums_of_teams(const Team& team, int packs,
                                            Pack<kLanes> (&sums)[kKept<kLanes>], float* to) {
  RADDLE_CUDA_SHARED(Pack<kLanes>, of_thread, kNormThreads);
#pragma unroll
  for (int k = 0; k < kKept<kLanes>; ++k) {
    if (k * team.threads >= packs) continue;  // for all threads of the block
    const int i = team.rank + k * team.threads;
    if (team.count > 1) {
      __syncthreads();  // of_thread may still be read
      of_thread[threadIdx.x] = sums[k];
      __syncthreads();
    }
    if (team.index != 0) continue;
    for (int other = 1; other < team.count; ++other) {
      const Pack<kLanes> theirs = of_thread[other * team.threads + team.rank];
#pragma unroll
      for (int j = 0; j < kLanes; ++j) sums[k].at[j] += theirs.at[j];
    }
    if (i < packs) store_pack(to + int64_t{kLanes} * i, sums[k]);
  }
}

template <bool kCentered, int kLanes, class T>
RADDLE_CUDA_DEVICE void norm_grad(const NormGradPart<T>& p, int team_threads) {
  const Team team = team_of(team_threads);
  const int64_t first = blockIdx.x * p.rows_per_block;
  if (first >= p.at.rows) return;
  const int64_t end = first + p.rows_per_block < p.at.rows ? first + p.rows_per_block : p.at.rows;
  float* partial = nullptr;
  if (p.partials != nullptr) partial = p.partials + (kCentered ? 2 : 1) * p.at.width * blockIdx.x;

  WeightSums<kLanes> sums;
#pragma unroll
  for (int k = 0; k < kKept<kLanes>; ++k) sums.dweight[k] = sums.dbias[k] = pack_of<kLanes>(0);
  for (int64_t row = first; row < end; row += team.count) {
    const int64_t mine = row + team.index;
    norm_grad_row<kCentered, kLanes>(p, team, mine, mine < end, row == first, partial, sums);
  }
  if (partial == nullptr) return;
  const int packs = static_cast<int>(p.at.width / kLanes);
  store_sums_of_teams(team, packs, sums.dweight, partial);
  if constexpr (kCentered) store_sums_of_teams(team, packs, sums.dbias, partial + p.at.width);
}

template <int kLanes, class T>
RADDLE_CUDA_DEVICE void copy_columns(const CopyColumns<T>& p) {
  const int64_t packs = p.width / kLanes, step = static_cast<int64_t>(gridDim.x) * blockDim.x;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  for (int64_t i = first; i < p.rows * packs; i += step) {
    const int64_t row = i / packs, at = row * p.stride + (i - row * packs) * kLanes;
    store_pack(p.to + at, load_pack<kLanes>(p.from + at));
  }
}

template <bool kCentered, int kLanes, class T>
RADDLE_CUDA_DEVICE void norm_block(const NormParameters<T>& p) {
  if (blockIdx.y == 2) {
    copy_columns<kLanes>(p.copy);
  } else {
    norm<kCentered, kLanes>(p.part[blockIdx.y], p.eps, p.team);
  }
}

template <bool kCentered, int kLanes, class T>
RADDLE_CUDA_DEVICE void norm_grad_block(const NormGradParameters<T>& p) {
  if (blockIdx.y == 2) {
    copy_columns<kLanes>(p.copy);
  } else {
    norm_grad<kCentered, kLanes>(p.part[blockIdx.y], p.team);
  }
}

template <bool kCentered, class T>
RADDLE_CUDA_DEVICE void norm(const NormParameters<T>& p) {
  p.packed ? norm_block<kCentered, kPackOf<T>>(p) : norm_block<kCentered, 1>(p);
}
template <bool kCentered, class T>
RADDLE_CUDA_DEVICE void norm_grad(const NormGradParameters<T>& p) {
  p.packed ? norm_grad_block<kCentered, kPackOf<T>>(p) : norm_grad_block<kCentered, 1>(p);
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_layer_norm, NormParameters<float>, kNormThreads) { norm<true>(p); }
RADDLE_CUDA_GLOBAL(raddle_rms_norm, NormParameters<float>, kNormThreads) { norm<false>(p); }
RADDLE_CUDA_GLOBAL(raddle_layer_norm_grad, NormGradParameters<float>, kNormThreads) {
  norm_grad<true>(p);
}
RADDLE_CUDA_GLOBAL(raddle_rms_norm_grad, NormGradParameters<float>, kNormThreads) {
  norm_grad<false>(p);
}
RADDLE_CUDA_GLOBAL(raddle_layer_norm_bf16, NormParameters<Bf16>, kNormThreads) { norm<true>(p); }
RADDLE_CUDA_GLOBAL(raddle_rms_norm_bf16, NormParameters<Bf16>, kNormThreads) { norm<false>(p); }
RADDLE_CUDA_GLOBAL(raddle_layer_norm_grad_bf16, NormGradParameters<Bf16>, kNormThreads) {
  norm_grad<true>(p);
}
RADDLE_CUDA_GLOBAL(raddle_rms_norm_grad_bf16, NormGradParameters<Bf16>, kNormThreads) {
  norm_grad<false>(p);
}

// A block has some columns; each of its warps adds up a run of the partials, and one adds the runs.
RADDLE_CUDA_GLOBAL(raddle_sum_partials, SumPartialsParameters, kPartialColumns* kPartialGroups) {
  RADDLE_CUDA_SHARED(float, of_group, kPartialColumns* kPartialGroups);
  const PartialSum& s = p.of[blockIdx.y];
  const int group = static_cast<int>(threadIdx.x) / kPartialColumns;
  const int lane = static_cast<int>(threadIdx.x) % kPartialColumns;
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kPartialColumns + lane;
  const int64_t each = (s.count + kPartialGroups - 1) / kPartialGroups;
  const int64_t first = group * each, end = first + each < s.count ? first + each : s.count;
  float sum = 0;
  if (column < s.width) {
#pragma unroll 8
    for (int64_t i = first; i < end; ++i) sum += s.partials[i * s.stride + column];
  }
  of_group[threadIdx.x] = sum;
  __syncthreads();
  if (group != 0 || column >= s.width) return;
#pragma unroll
  for (int other = 1; other < kPartialGroups; ++other) {
    sum += of_group[other * kPartialColumns + lane];
  }
  s.target[column] = s.accumulate ? s.target[column] + sum : sum;
}

}  // namespace raddle::cuda
