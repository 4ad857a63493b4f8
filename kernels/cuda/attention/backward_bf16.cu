// SPDX-License-Identifier: Apache-2.0
// backward.cu with BF16 matrices and the matrix instructions: a warp holds sixteen rows of the side
// that stays. Weights and gradients of scores are rounded to BF16 as operands, all sums are float.
// Head dimensions are multiples of 8 up to 256 (backward.cu has the others).
#include "kernels/cuda/attention/warp_tile.h"

namespace raddle::cuda {
namespace {

using Parameters = AttentionGradParametersOf<Bf16>;

// Two matrices of the side that stays, two of the other; of its rows the log-sum-exp and delta.
template <int kRows, int kSteps, int kColumns, int kStages>
struct BackwardTiles {
  static constexpr int kStride = kColumns + 8, kStep = kSteps * kStride;
  static constexpr int kThreads = kRows / 16 * kWarp;
  Bf16 *row_a, *row_b, *step_a, *step_b;
  RowRange* visible;  // steps of each row
  float *lse2, *delta;
  RADDLE_CUDA_DEVICE explicit BackwardTiles(Bf16* shared)
      : row_a(shared),
        row_b(row_a + kRows * kStride),
        step_a(row_b + kRows * kStride),
        step_b(step_a + kStages * kStep),
        visible(reinterpret_cast<RowRange*>(step_b + kStages * kStep)),
        lse2(reinterpret_cast<float*>(visible + kRows)),
        delta(lse2 + kStages * kSteps) {}
  RADDLE_CUDA_DEVICE void begin_both_rows(const Source<Bf16>& a, const Source<Bf16>& b,
                                          int row) const {
    begin_rows<kRows, kColumns, kThreads>(a, row, row_a);
    begin_rows<kRows, kColumns, kThreads>(b, row, row_b);
  }
  RADDLE_CUDA_DEVICE void begin_both_steps(const Source<Bf16>& a, const Source<Bf16>& b, int step,
                                           int stage) const {
    begin_rows<kSteps, kColumns, kThreads>(a, step, step_a + stage * kStep);
    begin_rows<kSteps, kColumns, kThreads>(b, step, step_b + stage * kStep);
  }
};

template <int kColumns>
RADDLE_CUDA_DEVICE void store_rows(const Parameters& p, int row, int64_t head, int first_column,
                                   const WarpSums<kColumns>& sums, Bf16* target) {
  RADDLE_CUDA_UNROLL(2)
  for (int r = 0; r < kRowsOfLane; ++r) {
    if (row + 8 * r >= p.rows) continue;
    store_warp_row(sums, r, 1.0f, p.head_dim - first_column,
                   target + (row + 8 * r) * p.stride + head * p.head_dim + first_column);
  }
}

// What a block of keys walks over: the tiles of queries of one head of its group after the other.
struct GroupWalk {
  RowRange queries;
  int steps, tiles, heads;
  RADDLE_CUDA_DEVICE GroupWalk(RowRange walk, int each, int group)
      : queries(walk),
        steps(each),
        tiles((walk.end - walk.begin + each - 1) / each),
        heads(group) {}
  RADDLE_CUDA_DEVICE int size() const { return tiles * heads; }
  RADDLE_CUDA_DEVICE int head(int i) const { return i / tiles; }
  RADDLE_CUDA_DEVICE int query(int i) const { return queries.begin + i % tiles * steps; }
};

template <int kRows, int kSteps, int kColumns, int kStages, int kOut>
RADDLE_CUDA_DEVICE void key_gradients(const Parameters& p, Bf16* shared) {
  using Tiles = BackwardTiles<kRows, kSteps, kColumns, kStages>;
  const Tiles tiles(shared);
  const BlockTask task = block_task(blockIdx.x, p.tiles, p.heads / p.group, p.chunks, false);
  const int tile_row = task.tile * kRows, thread = static_cast<int>(threadIdx.x);
  const int rows = rows_in_tile(tile_row, kRows, p.cu_seqlens[p.rows]);
  const GroupWalk walk(find_walk<kRows, queries_of>(p, tile_row, rows, tiles.visible), kSteps,
                       p.group);
  const RowRange keys = {tile_row, tile_row + rows};
  const auto begin_tile = [&](int i, int stage) {
    const int head = task.head * p.group + walk.head(i), query = walk.query(i);
    const HeadSources<Bf16> from(p, head, task.head, walk.queries, keys);
    tiles.begin_both_steps(from.q, from.dout, query, stage);
    if (thread >= kSteps) return;
    const int64_t at = static_cast<int64_t>(head) * p.rows + query + thread;
    const bool is_there = query + thread < walk.queries.end;
    tiles.lse2[stage * kSteps + thread] = is_there ? p.lse2[at] : 0.0f;
    tiles.delta[stage * kSteps + thread] = is_there ? p.delta[at] : 0.0f;
  };
  const HeadSources<Bf16> own(p, 0, task.head, walk.queries, keys);
  const MatrixPlace place = sum_place(lane_number(), 0);
  const int warp_row = thread / kWarp * 16, row = warp_row + place.row;
  const RowRange visible[kRowsOfLane] = {tiles.visible[row], tiles.visible[row + 8]};
  WarpSums<kOut> dk, dv;
  tiles.begin_both_rows(own.k, own.v, tile_row);
  if (kStages == 2 && walk.size() > 0) begin_tile(0, 0);
  int stage = 0;
  for (int i = 0; i < walk.size(); ++i) {
    if (kStages == 1) {
      __syncthreads();
      begin_tile(i, 0);
    }
    raddle_wait_for_copies();
    __syncthreads();
    if (kStages == 2 && i + 1 < walk.size()) begin_tile(i + 1, 1 - stage);
    const Bf16 *q = tiles.step_a + stage * Tiles::kStep,
               *dout = tiles.step_b + stage * Tiles::kStep;
    const float *lse2 = tiles.lse2 + stage * kSteps, *delta = tiles.delta + stage * kSteps;
    WarpSums<kSteps> scores, products;
    add_warp_scores<kSteps, kColumns>(tiles.row_a + warp_row * Tiles::kStride, q, scores);
    add_warp_scores<kSteps, kColumns>(tiles.row_b + warp_row * Tiles::kStride, dout, products);
    RADDLE_CUDA_UNROLL(8)
    for (int n = 0; n < kSteps / 8; ++n) {
      RADDLE_CUDA_UNROLL(4)
      for (int e = 0; e < 4; ++e) {
        const int step = 8 * n + place.column + e % 2;
        PairScale{p.scale, p.scale2}.turn(contains(visible[e / 2], walk.query(i) + step),
                                          lse2[step], delta[step], scores.of[n][e],
                                          products.of[n][e]);
      }
    }
    add_warp_products<kSteps, Tiles::kStride>(scores, dout + task.chunk * kOut, dv);
    add_warp_products<kSteps, Tiles::kStride>(products, q + task.chunk * kOut, dk);
    if (kStages == 2) stage = 1 - stage;
  }
  raddle_wait_for_copies();
  store_rows(p, tile_row + row, task.head, task.chunk * kOut, dk, p.dk);
  store_rows(p, tile_row + row, task.head, task.chunk * kOut, dv, p.dv);
}

template <int kRows, int kSteps, int kColumns, int kStages, int kOut>
RADDLE_CUDA_DEVICE void query_gradients(const Parameters& p, Bf16* shared) {
  using Tiles = BackwardTiles<kRows, kSteps, kColumns, kStages>;
  const Tiles tiles(shared);
  const BlockTask task = block_task(blockIdx.x, p.tiles, p.heads, p.chunks, true);
  const int tile_row = task.tile * kRows;
  const int rows = rows_in_tile(tile_row, kRows, p.cu_seqlens[p.rows]);
  const RowRange walk = find_walk<kRows, keys_of>(p, tile_row, rows, tiles.visible);
  const HeadSources<Bf16> from(p, task.head, task.head / p.group, {tile_row, tile_row + rows},
                               walk);
  const MatrixPlace place = sum_place(lane_number(), 0);
  const int warp_row = static_cast<int>(threadIdx.x) / kWarp * 16, row = warp_row + place.row;
  RowRange visible[kRowsOfLane];
  float lse2[kRowsOfLane], delta[kRowsOfLane];
  RADDLE_CUDA_UNROLL(2)
  for (int r = 0; r < kRowsOfLane; ++r) {
    const int query = tile_row + row + 8 * r;
    const int64_t at = static_cast<int64_t>(task.head) * p.rows + query;
    visible[r] = tiles.visible[row + 8 * r];
    lse2[r] = query < p.rows ? p.lse2[at] : 0.0f;
    delta[r] = query < p.rows ? p.delta[at] : 0.0f;
  }
  WarpSums<kOut> dq;
  tiles.begin_both_rows(from.q, from.dout, tile_row);
  if (kStages == 2 && walk.begin < walk.end) tiles.begin_both_steps(from.k, from.v, walk.begin, 0);
  int stage = 0;
  for (int key = walk.begin; key < walk.end; key += kSteps) {
    if (kStages == 1) {
      __syncthreads();
      tiles.begin_both_steps(from.k, from.v, key, 0);
    }
    raddle_wait_for_copies();
    __syncthreads();
    if (kStages == 2 && key + kSteps < walk.end) {
      tiles.begin_both_steps(from.k, from.v, key + kSteps, 1 - stage);
    }
    const Bf16 *k = tiles.step_a + stage * Tiles::kStep, *v = tiles.step_b + stage * Tiles::kStep;
    WarpSums<kSteps> scores, products;
    add_warp_scores<kSteps, kColumns>(tiles.row_a + warp_row * Tiles::kStride, k, scores);
    add_warp_scores<kSteps, kColumns>(tiles.row_b + warp_row * Tiles::kStride, v, products);
    RADDLE_CUDA_UNROLL(8)
    for (int n = 0; n < kSteps / 8; ++n) {
      RADDLE_CUDA_UNROLL(4)
      for (int e = 0; e < 4; ++e) {
        const int at = key + 8 * n + place.column + e % 2;
        PairScale{p.scale, p.scale2}.turn(contains(visible[e / 2], at), lse2[e / 2], delta[e / 2],
                                          scores.of[n][e], products.of[n][e]);
      }
    }
    add_warp_products<kSteps, Tiles::kStride>(products, k + task.chunk * kOut, dq);
    if (kStages == 2) stage = 1 - stage;
  }
  raddle_wait_for_copies();
  store_rows(p, tile_row + row, task.head, task.chunk * kOut, dq, p.dq);
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_attention_bf16_delta, Parameters, kDeltaThreads) { find_deltas(p); }

#define RADDLE_ATTENTION_GRAD_BF16(name, body, shape)                                         \
  RADDLE_CUDA_GLOBAL(raddle_attention_bf16_grad_##name, Parameters, shape.threads(), 1) {     \
    RADDLE_CUDA_DYNAMIC_SHARED(Bf16, shared);                                                 \
    body<shape.rows, shape.steps, shape.columns, shape.stages, shape.out_columns>(p, shared); \
  }
RADDLE_ATTENTION_GRAD_BF16(kv_64, key_gradients, kKeysBf64)
RADDLE_ATTENTION_GRAD_BF16(kv_80, key_gradients, kKeysBf80)
RADDLE_ATTENTION_GRAD_BF16(kv_96, key_gradients, kKeysBf96)
RADDLE_ATTENTION_GRAD_BF16(kv_128, key_gradients, kKeysBf128)
RADDLE_ATTENTION_GRAD_BF16(kv_256, key_gradients, kKeysBf256)
RADDLE_ATTENTION_GRAD_BF16(q_64, query_gradients, kQueriesBf64)
RADDLE_ATTENTION_GRAD_BF16(q_80, query_gradients, kQueriesBf80)
RADDLE_ATTENTION_GRAD_BF16(q_96, query_gradients, kQueriesBf96)
RADDLE_ATTENTION_GRAD_BF16(q_128, query_gradients, kQueriesBf128)
RADDLE_ATTENTION_GRAD_BF16(q_256, query_gradients, kQueriesBf256)

}  // namespace raddle::cuda
