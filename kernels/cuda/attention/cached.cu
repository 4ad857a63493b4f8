// SPDX-License-Identifier: Apache-2.0
// Decoding with a cache (ops/attention.h): append the new rows, then a few queries against all
// keys. The keys are cut into splits of a fixed number, a block each, and a second kernel merges
// what the splits found in their order. How many of them hold keys is known on the device alone. (A
// prompt of many rows runs as tiles: forward.cu.)
#include "kernels/cuda/attention/tile.h"
#include "kernels/cuda/pack.h"

namespace raddle::cuda {
namespace {

constexpr int kKeysAtOnce = 4;  // loads in flight of a thread

template <int kWide>
RADDLE_CUDA_DEVICE float dot(const Pack<kWide>& a, const Pack<kWide>& b, float sum) {
  RADDLE_CUDA_UNROLL(8)
  for (int i = 0; i < kWide; ++i) sum += a.at[i] * b.at[i];
  return sum;
}

// Which heads, row and keys a block has.
struct SplitTask {
  int split, row, kv_head, first_head, heads;
  RowRange keys;
  template <class T>
  RADDLE_CUDA_DEVICE SplitTask(const DecodeParametersOf<T>& p, int most_heads) {
    int64_t rest = blockIdx.x;
    split = static_cast<int>(rest % p.splits);
    rest /= p.splits;
    const int part = static_cast<int>(rest % p.parts);
    rest /= p.parts;
    kv_head = static_cast<int>(rest % p.kv_heads);
    row = static_cast<int>(rest / p.kv_heads);
    first_head = kv_head * p.group + part * most_heads;
    const int left = (kv_head + 1) * p.group - first_head;
    heads = left < most_heads ? left : most_heads;
    keys = keys_of_split(split, kSplitKeys, p.cache_rows[0] + row + 1);
  }
};

// weights[h][key of the split] = q_h k. `lanes` neighbours of a warp share a key.
template <int kWide, int kHeads, class T>
RADDLE_CUDA_DEVICE void find_scores(const DecodeParametersOf<T>& p, const SplitTask& task,
                                    float* weights) {
  int lanes = 1;
  while (lanes < kWarp && lanes * kWide < p.head_dim) lanes *= 2;
  const int lane = static_cast<int>(threadIdx.x) % lanes;
  const int slot = static_cast<int>(threadIdx.x) / lanes, slots = kSplitThreads / lanes;
  const T* q = p.q + task.row * p.q_stride + static_cast<int64_t>(task.first_head) * p.head_dim;
  const T* k = p.k + static_cast<int64_t>(task.kv_head) * p.head_dim;
  for (int first = task.keys.begin; first < task.keys.end; first += kKeysAtOnce * slots) {
    float scores[kKeysAtOnce][kHeads] = {};
    for (int c = lane * kWide; c < p.head_dim; c += lanes * kWide) {
      Pack<kWide> of_key[kKeysAtOnce] = {};
      RADDLE_CUDA_UNROLL(4)
      for (int i = 0; i < kKeysAtOnce; ++i) {
        const int key = first + i * slots + slot;
        if (key < task.keys.end) of_key[i] = load_pack<kWide>(k + key * p.kv_stride + c);
      }
      RADDLE_CUDA_UNROLL(4)
      for (int h = 0; h < kHeads; ++h) {
        if (h >= task.heads) continue;
        const Pack<kWide> of_query = load_pack<kWide>(q + static_cast<int64_t>(h) * p.head_dim + c);
        RADDLE_CUDA_UNROLL(4)
        for (int i = 0; i < kKeysAtOnce; ++i) scores[i][h] = dot(of_query, of_key[i], scores[i][h]);
      }
    }
    RADDLE_CUDA_UNROLL(4)
    for (int i = 0; i < kKeysAtOnce; ++i) {
      const int key = first + i * slots + slot;
      RADDLE_CUDA_UNROLL(4)
      for (int h = 0; h < kHeads; ++h) {
        float sum = scores[i][h];
        for (int distance = lanes / 2; distance > 0; distance /= 2) {
          sum += __shfl_xor_sync(kAllLanes, sum, distance);
        }
        if (lane == 0 && key < task.keys.end && h < task.heads) {
          weights[h * kSplitKeys + key - task.keys.begin] = p.scale2 * sum;
        }
      }
    }
  }
}

// Scores become weights, a warp a head. `largest` and `total` have one of each head.
RADDLE_CUDA_DEVICE void soften_split(const SplitTask& task, float* weights, float* largest,
                                     float* total) {
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int keys = task.keys.end - task.keys.begin;
  for (int h = warp; h < task.heads; h += kSplitThreads / kWarp) {
    float* const of_head = weights + h * kSplitKeys;
    float most = -INFINITY, sum = 0;
    for (int key = lane; key < keys; key += kWarp) most = fmaxf(most, of_head[key]);
    most = warp_max(most);
    for (int key = lane; key < keys; key += kWarp) {
      of_head[key] = exp2f(of_head[key] - most);
      sum += of_head[key];
    }
    sum = warp_sum(sum);
    if (lane == 0) {
      largest[h] = most;
      total[h] = sum;
    }
  }
}

// The thread's share of the output of some columns: keys slot, slot + slots, ...
template <int kWide, int kHeads, class T>
RADDLE_CUDA_DEVICE void add_values(const DecodeParametersOf<T>& p, const SplitTask& task,
                                   int column, int slot, int slots, const float* weights,
                                   Pack<kWide> (&sums)[kHeads]) {
  const T* v = p.v + static_cast<int64_t>(task.kv_head) * p.head_dim + column;
  RADDLE_CUDA_UNROLL(4)
  for (int key = task.keys.begin + slot; key < task.keys.end; key += slots) {
    const Pack<kWide> value = load_pack<kWide>(v + key * p.kv_stride);
    RADDLE_CUDA_UNROLL(4)
    for (int h = 0; h < kHeads; ++h) {
      if (h >= task.heads) continue;
      const float weight = weights[h * kSplitKeys + key - task.keys.begin];
      RADDLE_CUDA_UNROLL(8)
      for (int i = 0; i < kWide; ++i) sums[h].at[i] += weight * value.at[i];
    }
  }
}

// Adds the shares of the slots in their order and stores them; `columns` packs from `first` on.
template <int kWide, int kHeads, class T>
RADDLE_CUDA_DEVICE void store_split(const DecodeParametersOf<T>& p, const SplitTask& task,
                                    int first, int columns, int slots, const float* total,
                                    const Pack<kWide> (&sums)[kHeads]) {
  RADDLE_CUDA_SHARED(float, shares, kHeads* kWide* kSplitThreads);
  const int thread = static_cast<int>(threadIdx.x);
  __syncthreads();  // those of the last columns may still be read
  RADDLE_CUDA_UNROLL(4)
  for (int h = 0; h < kHeads; ++h) {
    RADDLE_CUDA_UNROLL(8)
    for (int i = 0; i < kWide; ++i) {
      shares[(h * kWide + i) * kSplitThreads + thread] = sums[h].at[i];
    }
  }
  __syncthreads();
  for (int i = thread; i < task.heads * kWide * columns; i += kSplitThreads) {
    const int pack = i % columns, share = i / columns, h = share / kWide;
    float sum = 0;
    for (int s = 0; s < slots; ++s) sum += shares[share * kSplitThreads + s * columns + pack];
    const int64_t of_head = static_cast<int64_t>(task.row) * p.heads + task.first_head + h;
    const int column = (first + pack) * kWide + share % kWide;
    if (p.splits == 1) {
      from_float(sum / total[h], p.out + of_head * p.head_dim + column);
    } else {
      p.partial[(of_head * p.splits + task.split) * p.head_dim + column] = sum;
    }
  }
}

template <int kWide, int kHeads, class T>
RADDLE_CUDA_DEVICE void decode(const DecodeParametersOf<T>& p) {
  RADDLE_CUDA_SHARED(float, weights, kHeads* kSplitKeys);
  RADDLE_CUDA_SHARED(float, largest, kHeads);
  RADDLE_CUDA_SHARED(float, total, kHeads);
  const int thread = static_cast<int>(threadIdx.x);
  const SplitTask task(p, kHeads);
  if (task.keys.begin == task.keys.end) return;
  find_scores<kWide, kHeads>(p, task, weights);
  __syncthreads();
  soften_split(task, weights, largest, total);
  __syncthreads();
  if (p.splits > 1 && thread < task.heads) {
    const int64_t of_head = static_cast<int64_t>(task.row) * p.heads + task.first_head + thread;
    p.largest[of_head * p.splits + task.split] = largest[thread];
    p.total[of_head * p.splits + task.split] = total[thread];
  }
  const int all = p.head_dim / kWide;
  for (int first = 0; first < all; first += kSplitThreads) {
    const int columns = all - first < kSplitThreads ? all - first : kSplitThreads;
    const int slots = kSplitThreads / columns, slot = thread / columns;
    const int column = (first + thread % columns) * kWide;
    Pack<kWide> sums[kHeads] = {};
    if (slot < slots) {
      add_values<kWide, kHeads>(p, task, column, slot, slots, weights, sums);
    }
    store_split<kWide, kHeads>(p, task, first, columns, slots, total, sums);
  }
}

template <class T>
RADDLE_CUDA_DEVICE void append(const AppendParametersOf<T>& p) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kAppendThreads + threadIdx.x;
  if (i >= p.rows * p.kv_width) return;
  const int64_t row = i / p.kv_width, column = i % p.kv_width;
  const T* k = p.qkv + row * p.stride + p.q_width + column;
  const int64_t at = (p.cache_rows[0] + row) * p.kv_width + column;
  p.k_cache[at] = k[0];
  p.v_cache[at] = k[p.kv_width];
}

// A block a row and head.
template <class T>
RADDLE_CUDA_DEVICE void merge(const DecodeParametersOf<T>& p) {
  const int64_t of_head = blockIdx.x;
  const int visible = p.cache_rows[0] + static_cast<int>(of_head / p.heads) + 1;
  const int splits = splits_of(visible, kSplitKeys);
  const float *largest = p.largest + of_head * p.splits, *total = p.total + of_head * p.splits;
  float most = -INFINITY, sum = 0;
  for (int s = 0; s < splits; ++s) most = fmaxf(most, largest[s]);
  for (int s = 0; s < splits; ++s) sum += exp2f(largest[s] - most) * total[s];
  for (int c = static_cast<int>(threadIdx.x); c < p.head_dim; c += kSplitThreads) {
    const float* partial = p.partial + of_head * p.splits * p.head_dim + c;
    float value = 0;
    RADDLE_CUDA_UNROLL(4)
    for (int s = 0; s < splits; ++s) {
      value += exp2f(largest[s] - most) * partial[static_cast<int64_t>(s) * p.head_dim];
    }
    from_float(value / sum, p.out + of_head * p.head_dim + c);
  }
}

}  // namespace

#define RADDLE_ATTENTION_CACHED(T, suffix)                                                        \
  RADDLE_CUDA_GLOBAL(raddle_attention_append##suffix, AppendParametersOf<T>, kAppendThreads) {    \
    append(p);                                                                                    \
  }                                                                                               \
  RADDLE_CUDA_GLOBAL(raddle_attention_decode_1##suffix, DecodeParametersOf<T>, kSplitThreads) {   \
    decode<kPackOf<T>, 1>(p);                                                                     \
  }                                                                                               \
  RADDLE_CUDA_GLOBAL(raddle_attention_decode_4##suffix, DecodeParametersOf<T>, kSplitThreads) {   \
    decode<kPackOf<T>, kSplitHeads>(p);                                                           \
  }                                                                                               \
  RADDLE_CUDA_GLOBAL(raddle_attention_decode_any##suffix, DecodeParametersOf<T>, kSplitThreads) { \
    decode<1, 1>(p);                                                                              \
  }                                                                                               \
  RADDLE_CUDA_GLOBAL(raddle_attention_merge##suffix, DecodeParametersOf<T>, kSplitThreads) {      \
    merge(p);                                                                                     \
  }
RADDLE_ATTENTION_CACHED(float, )
RADDLE_ATTENTION_CACHED(Bf16, _bf16)

}  // namespace raddle::cuda
