// SPDX-License-Identifier: Apache-2.0
// Attention of packed rows, or of the rows of a prompt against a cache (ops/attention.h). A block
// holds a tile of queries of one head and walks over the keys that they see with an online softmax.
// A tile of rows may span several sequences: each row has its own range, the rest counts as -inf.
#include "kernels/cuda/attention/tile.h"

namespace raddle::cuda {
namespace {

// What is shared by the threads of a block.
template <int kRows, int kSteps, int kColumns>
struct ForwardTiles {
  float *q, *kv, *p;
  RowRange* visible;  // keys of each query
  RADDLE_CUDA_DEVICE explicit ForwardTiles(float* shared)
      : q(shared),
        kv(q + kRows * (kColumns + 4)),
        p(kv + kSteps * (kColumns + 4)),
        visible(reinterpret_cast<RowRange*>(p + kRows * (kSteps + 4))) {}
};

// The thread's part of an online softmax over rows: the largest score so far, for powers of two,
// the thread's own share of the sum, and of the output.
template <int kElements>
struct Online {
  float largest[kRowsOfThread], total[kRowsOfThread];
  float out[kRowsOfThread][kElements];
  RADDLE_CUDA_DEVICE Online() {
    RADDLE_CUDA_UNROLL(4)
    for (int i = 0; i < kRowsOfThread; ++i) {
      largest[i] = kLowest;
      total[i] = 0;
      RADDLE_CUDA_UNROLL(16)
      for (int e = 0; e < kElements; ++e) out[i][e] = 0;
    }
  }
};

// Scores become weights; what was summed before is brought to the new largest score.
template <int kScores, int kElements>
RADDLE_CUDA_DEVICE void soften(const RowRange* visible, int first_key, float scale2,
                               float (&scores)[kRowsOfThread][kScores], Online<kElements>& online) {
  RADDLE_CUDA_UNROLL(4)
  for (int i = 0; i < kRowsOfThread; ++i) {
    const RowRange range = visible[i];
    float largest = online.largest[i];
    RADDLE_CUDA_UNROLL(4)
    for (int j = 0; j < kScores; ++j) {
      const bool sees = contains(range, first_key + score_column(0, j));
      scores[i][j] = sees ? scale2 * scores[i][j] : -INFINITY;
      largest = fmaxf(largest, scores[i][j]);
    }
    largest = neighbours_max(largest);
    const float before = exp2f(online.largest[i] - largest);
    online.largest[i] = largest;
    float total = before * online.total[i];
    RADDLE_CUDA_UNROLL(4)
    for (int j = 0; j < kScores; ++j) {
      scores[i][j] = exp2f(scores[i][j] - largest);
      total += scores[i][j];
    }
    online.total[i] = total;
    RADDLE_CUDA_UNROLL(16)
    for (int e = 0; e < kElements; ++e) online.out[i][e] *= before;
  }
}

template <int kColumns, class T>
RADDLE_CUDA_DEVICE void store_queries(const AttentionParametersOf<T>& p, BlockTask task,
                                      int first_row, int thread, const RowRange* visible,
                                      const Online<kColumns / 16>& online, T* out) {
  const int first_column = task.chunk * kColumns;
  RADDLE_CUDA_UNROLL(4)
  for (int i = 0; i < kRowsOfThread; ++i) {
    const float total = neighbours_sum(online.total[i]);
    const int row = first_row + i;
    if (row >= p.rows) continue;
    const bool is_padding = visible[i].begin == visible[i].end;
    const int64_t at = static_cast<int64_t>(row) * p.heads + task.head;
    store_row<kColumns>(online.out[i], is_padding ? 0.0f : 1.0f / total, thread,
                        p.head_dim - first_column, p.vectors, out + at * p.head_dim + first_column);
    if (p.lse == nullptr || task.chunk != 0 || thread != 0) continue;
    p.lse[at] = is_padding ? 0.0f : kLn2 * (online.largest[i] + log2f(total));
  }
}

template <int kRows, int kSteps, int kColumns, class T>
RADDLE_CUDA_DEVICE void attend(const AttentionParametersOf<T>& p, float* shared) {
  constexpr int kThreads = kRows / kRowsOfThread * kNeighbours, kScores = kSteps / kNeighbours;
  constexpr int kStride = kColumns + 4;
  const ForwardTiles<kRows, kSteps, kColumns> tiles(shared);
  const BlockTask task = block_task(blockIdx.x, p.tiles, p.heads, p.chunks, true);
  const int thread = static_cast<int>(threadIdx.x) % kNeighbours;
  const int first_row = static_cast<int>(threadIdx.x) / kNeighbours * kRowsOfThread;
  const int tile_row = task.tile * kRows;
  if (static_cast<int>(threadIdx.x) < kRows) {
    tiles.visible[threadIdx.x] = keys_of_row(p, tile_row + static_cast<int>(threadIdx.x));
  }
  __syncthreads();
  const int rows = rows_in_tile(tile_row, kRows, valid_rows(p));
  const RowRange walk = rows == 0 ? RowRange{} : walk_of(tiles.visible[0], tiles.visible[rows - 1]);
  const int64_t kv_at = static_cast<int64_t>(task.head / p.group) * p.head_dim;
  const Source<T> q = {p.q + static_cast<int64_t>(task.head) * p.head_dim,
                       p.q_stride,
                       {tile_row, tile_row + rows},
                       p.head_dim,
                       p.vectors};
  const Source<T> k = {p.k + kv_at, p.kv_stride, walk, p.head_dim, p.vectors};
  const Source<T> v = {p.v + kv_at, p.kv_stride, walk, p.head_dim, p.vectors};
  Online<kColumns / 16> online;
  for (int key = walk.begin; key < walk.end; key += kSteps) {
    float scores[kRowsOfThread][kScores] = {};
    for (int step = 0; step < p.chunks; ++step) {
      const int column = chunk_at(step, task.chunk, p.chunks) * kColumns;
      __syncthreads();
      if (p.chunks > 1 || key == walk.begin) {
        load_tile<kRows, kColumns, kThreads>(q, tile_row, column, tiles.q);
      }
      load_tile<kSteps, kColumns, kThreads>(k, key, column, tiles.kv);
      __syncthreads();
      add_scores<kScores, kColumns>(tiles.q + first_row * kStride, tiles.kv + thread * kStride,
                                    scores);
    }
    soften(tiles.visible + first_row, key + thread, p.scale2, scores, online);
    float* const weights = tiles.p + first_row * (kSteps + 4);
    store_scores(scores, weights + thread);
    __syncthreads();
    load_tile<kSteps, kColumns, kThreads>(v, key, task.chunk * kColumns, tiles.kv);
    __syncthreads();
    add_products<kSteps, kColumns>(weights, tiles.kv, thread, online.out);
  }
  store_queries<kColumns>(p, task, tile_row + first_row, thread, tiles.visible + first_row, online,
                          p.out);
}

}  // namespace

#define RADDLE_ATTENTION(name, T, shape)                                                      \
  RADDLE_CUDA_GLOBAL(raddle_attention_##name, AttentionParametersOf<T>, shape.threads(), 2) { \
    RADDLE_CUDA_DYNAMIC_SHARED(float, shared);                                                \
    attend<shape.rows, shape.steps, shape.columns, T>(p, shared);                             \
  }
RADDLE_ATTENTION(64, float, kForward64)
RADDLE_ATTENTION(80, float, kForward80)
RADDLE_ATTENTION(96, float, kForward96)
RADDLE_ATTENTION(128, float, kForward128)
// For the head dimensions that forward_bf16.cu has no tiles for.
RADDLE_ATTENTION(bf16_any, Bf16, kForward128)

}  // namespace raddle::cuda
