// SPDX-License-Identifier: Apache-2.0
// Gradients of attention of packed rows (ops/attention.h) without atomics: the products of dout and
// out first, then a pass in which a block holds keys and walks over the queries of its group that
// see them, and one in which a block holds queries and walks over the keys that they see.
#include "kernels/cuda/attention/tile.h"

namespace raddle::cuda {
namespace {

// What is shared by the threads of a block: two matrices of the side that stays, two of the other.
template <int kRows, int kSteps, int kColumns>
struct BackwardTiles {
  float *row_a, *row_b, *step_a, *step_b, *weights;
  RowRange* visible;  // steps of each row
  RADDLE_CUDA_DEVICE explicit BackwardTiles(float* shared)
      : row_a(shared),
        row_b(row_a + kRows * (kColumns + 4)),
        step_a(row_b + kRows * (kColumns + 4)),
        step_b(step_a + kSteps * (kColumns + 4)),
        weights(step_b + kSteps * (kColumns + 4)),
        visible(reinterpret_cast<RowRange*>(weights + kRows * (kSteps + 4))) {}
};

// Where a thread stands in its tile.
struct Place {
  int thread;     // of the neighbours
  int first_row;  // in the tile
  RADDLE_CUDA_DEVICE Place()
      : thread(static_cast<int>(threadIdx.x) % kNeighbours),
        first_row(static_cast<int>(threadIdx.x) / kNeighbours * kRowsOfThread) {}
};

// The two products of rows and steps over all of the head dimension. The chunk of the block comes
// last, and lies in the tiles afterwards.
template <int kRows, int kSteps, int kColumns, class T>
RADDLE_CUDA_DEVICE void add_both_scores(const Source<T> (&of_rows)[2],
                                        const Source<T> (&of_steps)[2], int row, int step,
                                        int own_chunk, int chunks, bool is_first,
                                        const BackwardTiles<kRows, kSteps, kColumns>& tiles,
                                        float (&a)[kRowsOfThread][kSteps / kNeighbours],
                                        float (&b)[kRowsOfThread][kSteps / kNeighbours]) {
  constexpr int kThreads = kRows / kRowsOfThread * kNeighbours, kStride = kColumns + 4;
  const Place place;
  for (int chunk = 0; chunk < chunks; ++chunk) {
    const int column = chunk_at(chunk, own_chunk, chunks) * kColumns;
    __syncthreads();
    if (chunks > 1 || is_first) {
      load_tile<kRows, kColumns, kThreads>(of_rows[0], row, column, tiles.row_a);
      load_tile<kRows, kColumns, kThreads>(of_rows[1], row, column, tiles.row_b);
    }
    load_tile<kSteps, kColumns, kThreads>(of_steps[0], step, column, tiles.step_a);
    load_tile<kSteps, kColumns, kThreads>(of_steps[1], step, column, tiles.step_b);
    __syncthreads();
    add_scores<kSteps / kNeighbours, kColumns>(tiles.row_a + place.first_row * kStride,
                                               tiles.step_a + place.thread * kStride, a);
    add_scores<kSteps / kNeighbours, kColumns>(tiles.row_b + place.first_row * kStride,
                                               tiles.step_b + place.thread * kStride, b);
  }
}

template <int kElements>
struct Sums {
  float of[kRowsOfThread][kElements] = {};
};

template <int kColumns, class T>
RADDLE_CUDA_DEVICE void store_rows(const AttentionGradParametersOf<T>& p, int row, int64_t head,
                                   int chunk, int thread, const Sums<kColumns / 16>& sums,
                                   T* target) {
  const int first_column = chunk * kColumns;
  RADDLE_CUDA_UNROLL(4)
  for (int i = 0; i < kRowsOfThread; ++i) {
    if (row + i >= p.rows) continue;
    store_row<kColumns>(sums.of[i], 1.0f, thread, p.head_dim - first_column, p.vectors,
                        target + (row + i) * p.stride + head * p.head_dim + first_column);
  }
}

template <int kRows, int kSteps, int kColumns, class T>
RADDLE_CUDA_DEVICE void key_gradients(const AttentionGradParametersOf<T>& p, float* shared) {
  constexpr int kScores = kSteps / kNeighbours;
  const BackwardTiles<kRows, kSteps, kColumns> tiles(shared);
  const Place place;
  const BlockTask task = block_task(blockIdx.x, p.tiles, p.heads / p.group, p.chunks, false);
  const int tile_row = task.tile * kRows;
  const int rows = rows_in_tile(tile_row, kRows, p.cu_seqlens[p.rows]);
  const RowRange walk = find_walk<kRows, queries_of>(p, tile_row, rows, tiles.visible);
  float* const weights = tiles.weights + place.first_row * (kSteps + 4);
  Sums<kColumns / 16> dk, dv;
  for (int head = task.head * p.group; head < (task.head + 1) * p.group; ++head) {
    const HeadSources<T> from(p, head, task.head, walk, {tile_row, tile_row + rows});
    const float* lse2 = p.lse2 + static_cast<int64_t>(head) * p.rows;
    const float* delta = p.delta + static_cast<int64_t>(head) * p.rows;
    for (int query = walk.begin; query < walk.end; query += kSteps) {
      float scores[kRowsOfThread][kScores] = {}, products[kRowsOfThread][kScores] = {};
      const bool is_first = head == task.head * p.group && query == walk.begin;
      add_both_scores({from.k, from.v}, {from.q, from.dout}, tile_row, query, task.chunk, p.chunks,
                      is_first, tiles, scores, products);
      RADDLE_CUDA_UNROLL(4)
      for (int j = 0; j < kScores; ++j) {
        const int step = query + score_column(place.thread, j);
        const float step_lse2 = step < walk.end ? lse2[step] : 0.0f;
        const float step_delta = step < walk.end ? delta[step] : 0.0f;
        RADDLE_CUDA_UNROLL(4)
        for (int i = 0; i < kRowsOfThread; ++i) {
          PairScale{p.scale, p.scale2}.turn(contains(tiles.visible[place.first_row + i], step),
                                            step_lse2, step_delta, scores[i][j], products[i][j]);
        }
      }
      // Neighbours of one warp write and read these rows.
      store_scores(scores, weights + place.thread);
      __syncwarp();
      add_products<kSteps, kColumns>(weights, tiles.step_b, place.thread, dv.of);
      __syncwarp();
      store_scores(products, weights + place.thread);
      __syncwarp();
      add_products<kSteps, kColumns>(weights, tiles.step_a, place.thread, dk.of);
    }
  }
  store_rows<kColumns>(p, tile_row + place.first_row, task.head, task.chunk, place.thread, dk,
                       p.dk);
  store_rows<kColumns>(p, tile_row + place.first_row, task.head, task.chunk, place.thread, dv,
                       p.dv);
}

template <int kRows, int kSteps, int kColumns, class T>
RADDLE_CUDA_DEVICE void query_gradients(const AttentionGradParametersOf<T>& p, float* shared) {
  constexpr int kScores = kSteps / kNeighbours;
  const BackwardTiles<kRows, kSteps, kColumns> tiles(shared);
  const Place place;
  const BlockTask task = block_task(blockIdx.x, p.tiles, p.heads, p.chunks, true);
  const int tile_row = task.tile * kRows, row = tile_row + place.first_row;
  const int rows = rows_in_tile(tile_row, kRows, p.cu_seqlens[p.rows]);
  const RowRange walk = find_walk<kRows, keys_of>(p, tile_row, rows, tiles.visible);
  float* const weights = tiles.weights + place.first_row * (kSteps + 4);
  const HeadSources<T> from(p, task.head, task.head / p.group, {tile_row, tile_row + rows}, walk);
  float lse2[kRowsOfThread], delta[kRowsOfThread];
  RADDLE_CUDA_UNROLL(4)
  for (int i = 0; i < kRowsOfThread; ++i) {
    const int64_t at = static_cast<int64_t>(task.head) * p.rows + row + i;
    lse2[i] = row + i < p.rows ? p.lse2[at] : 0.0f;
    delta[i] = row + i < p.rows ? p.delta[at] : 0.0f;
  }
  Sums<kColumns / 16> dq;
  for (int key = walk.begin; key < walk.end; key += kSteps) {
    float scores[kRowsOfThread][kScores] = {}, products[kRowsOfThread][kScores] = {};
    add_both_scores({from.q, from.dout}, {from.k, from.v}, tile_row, key, task.chunk, p.chunks,
                    key == walk.begin, tiles, scores, products);
    RADDLE_CUDA_UNROLL(4)
    for (int i = 0; i < kRowsOfThread; ++i) {
      const RowRange visible = tiles.visible[place.first_row + i];
      RADDLE_CUDA_UNROLL(4)
      for (int j = 0; j < kScores; ++j) {
        PairScale{p.scale, p.scale2}.turn(contains(visible, key + score_column(place.thread, j)),
                                          lse2[i], delta[i], scores[i][j], products[i][j]);
      }
    }
    store_scores(products, weights + place.thread);
    __syncwarp();
    add_products<kSteps, kColumns>(weights, tiles.step_a, place.thread, dq.of);
  }
  store_rows<kColumns>(p, row, task.head, task.chunk, place.thread, dq, p.dq);
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_attention_delta, AttentionGradParameters, kDeltaThreads) {
  find_deltas(p);
}

#define RADDLE_ATTENTION_GRAD(name, T, shape)                                                     \
  RADDLE_CUDA_GLOBAL(raddle_attention_##name##_kv, AttentionGradParametersOf<T>, shape.threads(), \
                     2) {                                                                         \
    RADDLE_CUDA_DYNAMIC_SHARED(float, shared);                                                    \
    key_gradients<shape.rows, shape.steps, shape.columns, T>(p, shared);                          \
  }                                                                                               \
  RADDLE_CUDA_GLOBAL(raddle_attention_##name##_q, AttentionGradParametersOf<T>, shape.threads(),  \
                     2) {                                                                         \
    RADDLE_CUDA_DYNAMIC_SHARED(float, shared);                                                    \
    query_gradients<shape.rows, shape.steps, shape.columns, T>(p, shared);                        \
  }
RADDLE_ATTENTION_GRAD(grad_64, float, kBackward64)
RADDLE_ATTENTION_GRAD(grad_80, float, kBackward80)
RADDLE_ATTENTION_GRAD(grad_96, float, kBackward96)
RADDLE_ATTENTION_GRAD(grad_128, float, kBackward128)
// For the head dimensions that backward_bf16.cu has no tiles for.
RADDLE_ATTENTION_GRAD(bf16_grad_any, Bf16, kBackward128)

}  // namespace raddle::cuda
