// SPDX-License-Identifier: Apache-2.0
// Table look-up and scatter-add (ops/embedding.h). The gradient adds the rows of an id in ascending
// order, which takes the rows sorted by id: chunks are sorted, then each row finds its place among
// all chunks by binary searches. Nothing is counted by atomics, so nothing depends on who was
// first.
#include "kernels/cuda/embedding.h"

#include "kernels/cuda/pack.h"

namespace raddle::cuda {
namespace {

template <class Word>
RADDLE_CUDA_DEVICE void look_up(const EmbeddingParameters& p) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kEmbeddingThreads + threadIdx.x;
  if (i >= p.rows * p.width) return;
  const int64_t row = i / p.width, column = i - row * p.width;
  static_cast<Word*>(p.y)[i] = static_cast<const Word*>(p.table)[p.ids[row] * p.width + column];
}

template <int kLanes>
RADDLE_CUDA_DEVICE void zero(const ZeroParameters& p) {
  const int64_t i = (static_cast<int64_t>(blockIdx.x) * kEmbeddingThreads + threadIdx.x) * kLanes;
  if (i < p.count) store_pack(p.at + i, pack_of<kLanes>(0));
}

// Of `count` entries in order, how many have an id below `bound`.
RADDLE_CUDA_DEVICE int entries_below(const IdRow* entries, int count, int64_t bound) {
  int below = 0;  // the answer is within [below, below + count]
  while (count > 0) {
    const int half = count / 2;
    const bool is_below = entries[below + half].id < bound;
    below = is_below ? below + half + 1 : below;
    count = is_below ? count - half - 1 : half;
  }
  return below;
}

RADDLE_CUDA_DEVICE int chunk_rows(int64_t rows, int64_t chunk) {
  const int64_t left = rows - chunk * kSortThreads;
  return left < kSortThreads ? static_cast<int>(left) : kSortThreads;
}

template <int kLanes>
RADDLE_CUDA_DEVICE void add(const Pack<kLanes>& pack, Pack<kLanes>& sum) {
#pragma unroll
  for (int j = 0; j < kLanes; ++j) sum.at[j] += pack.at[j];
}

// The block at the first place of an id adds all of that id's rows to its columns of the table.
template <int kLanes, class T>
RADDLE_CUDA_DEVICE void scatter(const ScatterParameters<T>& p) {
  int64_t at = blockIdx.x;
  const int32_t id = p.sorted[at].id;
  if (at > 0 && p.sorted[at - 1].id == id) return;
  const int64_t column =
      (static_cast<int64_t>(blockIdx.y) * kScatterThreads + threadIdx.x) * kLanes;
  if (column >= p.width) return;
  const T* const from = p.dy + column;
  float* const to = p.dtable + id * p.width + column;
  Pack<kLanes> sum = p.accumulate ? load_pack<kLanes>(to) : pack_of<kLanes>(0);
  // As long as the next kScatterRows are all of this id, their loads are in flight together.
  for (; at + kScatterRows <= p.rows && p.sorted[at + kScatterRows - 1].id == id;
       at += kScatterRows) {
    Pack<kLanes> rows[kScatterRows];
#pragma unroll
    for (int r = 0; r < kScatterRows; ++r) {
      rows[r] = load_pack<kLanes>(from + p.sorted[at + r].row * p.width);
    }
#pragma unroll
    for (int r = 0; r < kScatterRows; ++r) add(rows[r], sum);
  }
  for (; at < p.rows && p.sorted[at].id == id; ++at) {
    add(load_pack<kLanes>(from + p.sorted[at].row * p.width), sum);
  }
  store_pack(to, sum);
}

template <class T>
RADDLE_CUDA_DEVICE void scatter(const ScatterParameters<T>& p) {
  p.packed ? scatter<kPackOf<T>>(p) : scatter<1>(p);
}

}  // namespace

RADDLE_CUDA_GLOBAL(raddle_embedding, EmbeddingParameters, kEmbeddingThreads) {
  if (p.word_bytes == 16) {
    look_up<uint4>(p);
  } else if (p.word_bytes == 4) {
    look_up<uint32_t>(p);
  } else {
    look_up<uint16_t>(p);
  }
}

RADDLE_CUDA_GLOBAL(raddle_zero, ZeroParameters, kEmbeddingThreads) {
  p.packed ? zero<kPackOf<float>>(p) : zero<1>(p);
}

// A block sorts a chunk: an entry's place is the number of those before it.
RADDLE_CUDA_GLOBAL(raddle_sort_id_chunks, SortIdsParameters, kSortThreads) {
  RADDLE_CUDA_SHARED(int32_t, ids, kSortThreads);
  const int64_t chunk = blockIdx.x, row = chunk * kSortThreads + threadIdx.x;
  const int rows = chunk_rows(p.rows, chunk), mine = static_cast<int>(threadIdx.x);
  if (mine < rows) ids[mine] = p.ids[row];
  __syncthreads();
  if (mine >= rows) return;
  const int32_t id = ids[mine];
  int place = 0;
#pragma unroll 8
  for (int other = 0; other < rows; ++other) {
    place += ids[other] < id || (ids[other] == id && other < mine) ? 1 : 0;
  }
  p.chunks[chunk * kSortThreads + place] = {id, static_cast<int32_t>(row)};
}

// An entry's place among all: in chunks before its own those of its id come first as well, in
// chunks after it they do not.
RADDLE_CUDA_GLOBAL(raddle_merge_id_chunks, SortIdsParameters, kSortThreads) {
  const int64_t own = blockIdx.x, at = own * kSortThreads + threadIdx.x;
  if (at >= p.rows) return;
  const IdRow entry = p.chunks[at];
  int64_t place = threadIdx.x;
  const int64_t chunks = (p.rows + kSortThreads - 1) / kSortThreads;
#pragma unroll 4
  for (int64_t chunk = 0; chunk < chunks; ++chunk) {
    if (chunk == own) continue;
    const int64_t bound = int64_t{entry.id} + (chunk < own ? 1 : 0);
    place += entries_below(p.chunks + chunk * kSortThreads, chunk_rows(p.rows, chunk), bound);
  }
  p.sorted[place] = entry;
}

RADDLE_CUDA_GLOBAL(raddle_embedding_grad, ScatterParameters<float>, kScatterThreads,
                   kScatterBlocks) {
  scatter(p);
}
RADDLE_CUDA_GLOBAL(raddle_embedding_grad_bf16, ScatterParameters<Bf16>, kScatterThreads,
                   kScatterBlocks) {
  scatter(p);
}

}  // namespace raddle::cuda
