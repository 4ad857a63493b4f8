// SPDX-License-Identifier: Apache-2.0
// Packed variable-length attention with grouped-query heads. Never stores a T x T matrix: tiles
// with an online softmax, memory O(T). Rows are packed [q | k | v] as in rope.h. A row attends to
// rows of its own sequence only; rows past the last sequence (padding) give 0 and get gradient 0.
#pragma once

#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

template <class T>
struct AttentionArgsOf {
  const T* qkv;               // (rows, (heads + 2 kv_heads) head_dim)
  const int32_t* cu_seqlens;  // (rows + 1): sequence s is rows [cu[s], cu[s+1]); the tail repeats
                              // the number of valid rows, so empty sequences are normal
  T* out;                     // (rows, heads head_dim)
  float* lse;                 // (rows, heads): log-sum-exp of the scaled scores; 0 for padding
  int64_t rows, heads, kv_heads, head_dim;
  float scale;  // of q k^T, usually 1 / sqrt(head_dim)
  bool causal;  // false: bidirectional inside a sequence
};
using AttentionArgs = AttentionArgsOf<float>;

// Gradients from the saved output and log-sum-exp. Fixed summation order, no atomics.
template <class T>
struct AttentionGradArgsOf {
  const T* dout;  // (rows, heads head_dim)
  const T* qkv;
  const T* out;
  const float* lse;
  const int32_t* cu_seqlens;
  T* dqkv;  // (rows, (heads + 2 kv_heads) head_dim) overwritten
  int64_t rows, heads, kv_heads, head_dim;
  float scale;
  bool causal;
};
using AttentionGradArgs = AttentionGradArgsOf<float>;

// Decoding with a key/value cache. Appends the k and v of `rows` new tokens at cache rows
// [cache_rows[0], cache_rows[0] + rows), then row i attends to cache rows [0, cache_rows[0] + i].
// The session checks cache_rows[0] + rows <= capacity before the call.
template <class T>
struct AttentionCachedArgsOf {
  const T* qkv;               // (rows, (heads + 2 kv_heads) head_dim)
  const int32_t* cache_rows;  // (1): tokens already in the cache
  T* k_cache;                 // (capacity, kv_heads head_dim), updated
  T* v_cache;                 // (capacity, kv_heads head_dim), updated
  T* out;                     // (rows, heads head_dim)
  int64_t rows, capacity, heads, kv_heads, head_dim;
  float scale;
};
using AttentionCachedArgs = AttentionCachedArgsOf<float>;

// The kernels; lists/ has their order.
extern const Kernel<AttentionArgs> kAttentionCuda, kAttentionCpu, kAttentionRef;
extern const Kernel<AttentionGradArgs> kAttentionGradCuda, kAttentionGradCpu, kAttentionGradRef;
extern const Kernel<AttentionCachedArgs> kAttentionCachedCuda, kAttentionCachedCpu,
    kAttentionCachedRef;

extern const Kernel<AttentionArgsOf<Bf16>> kAttentionCudaBf16, kAttentionRefBf16;
extern const Kernel<AttentionGradArgsOf<Bf16>> kAttentionGradCudaBf16, kAttentionGradRefBf16;
extern const Kernel<AttentionCachedArgsOf<Bf16>> kAttentionCachedCudaBf16, kAttentionCachedRefBf16;

template <class T = float>
KernelList<AttentionArgsOf<T>> attention_kernels();
template <class T = float>
KernelList<AttentionGradArgsOf<T>> attention_grad_kernels();
template <class T = float>
KernelList<AttentionCachedArgsOf<T>> attention_cached_kernels();

}  // namespace raddle::kernels
