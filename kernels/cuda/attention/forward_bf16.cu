// SPDX-License-Identifier: Apache-2.0
// forward.cu with BF16 matrices and the matrix instructions: a warp holds sixteen queries. Head
// dimensions are multiples of 8 up to 256 (forward.cu has the others).
#include "kernels/cuda/attention/warp_tile.h"

namespace raddle::cuda {
namespace {

template <int kRows, int kSteps, int kColumns, int kStages>
struct ForwardTiles {
  static constexpr int kStride = kColumns + 8, kStep = kSteps * kStride;
  Bf16 *q, *k, *v;
  RowRange* visible;  // keys of each query
  RADDLE_CUDA_DEVICE explicit ForwardTiles(Bf16* shared)
      : q(shared),
        k(q + kRows * kStride),
        v(k + kStages * kStep),
        visible(reinterpret_cast<RowRange*>(v + kStages * kStep)) {}
};

// As in forward.cu.
template <int kColumns>
struct Online {
  float largest[kRowsOfLane] = {kLowest, kLowest}, total[kRowsOfLane] = {};
  WarpSums<kColumns> out;
};

template <int kSteps, int kColumns>
RADDLE_CUDA_DEVICE void soften(const RowRange (&visible)[kRowsOfLane], int first_key, float scale2,
                               WarpSums<kSteps>& scores, Online<kColumns>& online) {
  RADDLE_CUDA_UNROLL(2)
  for (int r = 0; r < kRowsOfLane; ++r) {
    float largest = online.largest[r];
    RADDLE_CUDA_UNROLL(8)
    for (int n = 0; n < kSteps / 8; ++n) {
      RADDLE_CUDA_UNROLL(2)
      for (int i = 0; i < 2; ++i) {
        float& score = scores.of[n][2 * r + i];
        score = contains(visible[r], first_key + 8 * n + i) ? scale2 * score : -INFINITY;
        largest = fmaxf(largest, score);
      }
    }
    largest = quad_max(largest);
    const float before = exp2f(online.largest[r] - largest);
    online.largest[r] = largest;
    float total = before * online.total[r];
    RADDLE_CUDA_UNROLL(8)
    for (int n = 0; n < kSteps / 8; ++n) {
      RADDLE_CUDA_UNROLL(2)
      for (int i = 0; i < 2; ++i) {
        float& score = scores.of[n][2 * r + i];
        score = exp2f(score - largest);
        total += score;
      }
    }
    online.total[r] = total;
    RADDLE_CUDA_UNROLL(32)
    for (int n = 0; n < kColumns / 8; ++n) {
      online.out.of[n][2 * r] *= before;
      online.out.of[n][2 * r + 1] *= before;
    }
  }
}

template <int kColumns>
RADDLE_CUDA_DEVICE void store_queries(const AttentionParametersOf<Bf16>& p, int head, int first_row,
                                      const RowRange (&visible)[kRowsOfLane],
                                      const Online<kColumns>& online) {
  RADDLE_CUDA_UNROLL(2)
  for (int r = 0; r < kRowsOfLane; ++r) {
    const float total = quad_sum(online.total[r]);
    const int row = first_row + 8 * r;
    if (row >= p.rows) continue;
    const bool is_padding = visible[r].begin == visible[r].end;
    const int64_t at = static_cast<int64_t>(row) * p.heads + head;
    store_warp_row(online.out, r, is_padding ? 0.0f : 1.0f / total, p.head_dim,
                   p.out + at * p.head_dim);
    if (p.lse == nullptr || lane_number() % 4 != 0) continue;
    p.lse[at] = is_padding ? 0.0f : kLn2 * (online.largest[r] + log2f(total));
  }
}

template <int kRows, int kSteps, int kColumns, int kStages>
RADDLE_CUDA_DEVICE void attend(const AttentionParametersOf<Bf16>& p, Bf16* shared) {
  using Tiles = ForwardTiles<kRows, kSteps, kColumns, kStages>;
  constexpr int kThreads = kRows / 16 * kWarp;
  const Tiles tiles(shared);
  const BlockTask task = block_task(blockIdx.x, p.tiles, p.heads, 1, true);
  const int tile_row = task.tile * kRows, warp = static_cast<int>(threadIdx.x) / kWarp;
  if (static_cast<int>(threadIdx.x) < kRows) {
    tiles.visible[threadIdx.x] = keys_of_row(p, tile_row + static_cast<int>(threadIdx.x));
  }
  __syncthreads();
  const int rows = rows_in_tile(tile_row, kRows, valid_rows(p));
  const RowRange walk = rows == 0 ? RowRange{} : walk_of(tiles.visible[0], tiles.visible[rows - 1]);
  const int64_t kv_at = static_cast<int64_t>(task.head / p.group) * p.head_dim;
  const Source<Bf16> q = {p.q + static_cast<int64_t>(task.head) * p.head_dim,
                          p.q_stride,
                          {tile_row, tile_row + rows},
                          p.head_dim,
                          true};
  const Source<Bf16> k = {p.k + kv_at, p.kv_stride, walk, p.head_dim, true};
  const Source<Bf16> v = {p.v + kv_at, p.kv_stride, walk, p.head_dim, true};
  const auto begin_tile = [&](int key, int stage) {
    begin_rows<kSteps, kColumns, kThreads>(k, key, tiles.k + stage * Tiles::kStep);
    begin_rows<kSteps, kColumns, kThreads>(v, key, tiles.v + stage * Tiles::kStep);
  };
  const MatrixPlace place = sum_place(lane_number(), 0);
  const int row = warp * 16 + place.row;
  const RowRange visible[kRowsOfLane] = {tiles.visible[row], tiles.visible[row + 8]};
  Online<kColumns> online;
  begin_rows<kRows, kColumns, kThreads>(q, tile_row, tiles.q);
  if (kStages == 2 && walk.begin < walk.end) begin_tile(walk.begin, 0);
  int stage = 0;
  for (int key = walk.begin; key < walk.end; key += kSteps) {
    if (kStages == 1) {
      __syncthreads();
      begin_tile(key, 0);
    }
    raddle_wait_for_copies();
    __syncthreads();
    if (kStages == 2 && key + kSteps < walk.end) begin_tile(key + kSteps, 1 - stage);
    WarpSums<kSteps> scores;
    add_warp_scores<kSteps, kColumns>(tiles.q + warp * 16 * Tiles::kStride,
                                      tiles.k + stage * Tiles::kStep, scores);
    soften(visible, key + place.column, p.scale2, scores, online);
    add_warp_products<kSteps, Tiles::kStride>(scores, tiles.v + stage * Tiles::kStep, online.out);
    if (kStages == 2) stage = 1 - stage;
  }
  raddle_wait_for_copies();
  store_queries(p, task.head, tile_row + row, visible, online);
}

}  // namespace

#define RADDLE_ATTENTION_BF16(columns)                                             \
  RADDLE_CUDA_GLOBAL(raddle_attention_bf16_##columns, AttentionParametersOf<Bf16>, \
                     kForwardBf##columns.threads(), 1) {                           \
    RADDLE_CUDA_DYNAMIC_SHARED(Bf16, shared);                                      \
    attend<kForwardBf##columns.rows, kForwardBf##columns.steps, columns,           \
           kForwardBf##columns.stages>(p, shared);                                 \
  }
RADDLE_ATTENTION_BF16(64)
RADDLE_ATTENTION_BF16(80)
RADDLE_ATTENTION_BF16(96)
RADDLE_ATTENTION_BF16(128)
RADDLE_ATTENTION_BF16(256)

}  // namespace raddle::cuda
