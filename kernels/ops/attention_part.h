// SPDX-License-Identifier: Apache-2.0
// Attention of a sequence that is cut into runs of rows (over ranks, in a ring): the queries of one
// run against the keys and values of another. Each call adds one run of keys to a running result;
// the calls of all runs together are attention.h's result.
//
// The running result is (out, lse): the normalised output over the keys so far and the log-sum-exp
// of their scaled scores, both FP32. It is a valid state of the online softmax with maximum lse and
// total 1, so the tiles go on from it as from one of their own. Against (sums, maximum, total) it
// needs no last pass and no third row statistic, out is an ordinary result after each call, and lse
// is what the gradient reads; it costs one more rounding of each value a call.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/bf16.h"
#include "kernels/kernel.h"

namespace raddle::kernels {

// Queries and keys of one sequence. Rows may lie in packed [q | k | v] rows, in a [k | v] block
// that another rank sent, or anywhere else: only their strides (in elements) are known. A causal
// query sees the keys whose position is not after its own.
template <class T>
struct AttentionPairOf {
  const T* q;      // head h of query i is q[i q_stride + h head_dim ..]
  const T *k, *v;  // head h of key j is k[j kv_stride + h head_dim ..], v likewise
  int64_t q_stride, kv_stride;
  int64_t first_query, queries;  // position in the sequence of query 0, and how many
  int64_t first_key, keys;
  int64_t heads, kv_heads, head_dim;
  float scale;  // of q k^T, usually 1 / sqrt(head_dim)
  bool causal;  // false: every query sees all keys

  // How many queries see no key: always the first ones.
  int64_t blind() const {
    if (keys == 0) return queries;
    return causal ? std::clamp<int64_t>(first_key - first_query, 0, queries) : 0;
  }
  // Query i >= blind() sees keys [0, visible(i)).
  int64_t visible(int64_t i) const {
    return causal ? std::clamp<int64_t>(first_query + i + 1 - first_key, 0, keys) : keys;
  }
};

template <class T>
struct AttentionPartArgsOf {
  AttentionPairOf<T> pair;
  float* out;  // (queries, heads head_dim)
  float* lse;  // (queries, heads)
  // true: out and lse hold the result over earlier keys, and these are added. A row that has seen
  // none holds out 0 and lse -infinity, and so do such rows afterwards.
  // false: these are the first keys; out and lse are overwritten.
  bool merge;
};
using AttentionPartArgs = AttentionPartArgsOf<float>;

// dots[i, h] = dout . out of row i and head h, which every part of the gradient subtracts.
template <class T>
struct AttentionDotsArgsOf {
  const T *dout, *out;  // (rows, heads head_dim)
  float* dots;          // (rows, heads)
  int64_t rows, heads, head_dim;
};
using AttentionDotsArgs = AttentionDotsArgsOf<float>;

// The share of one pair in the gradients of its queries and of its keys and values, which may go to
// another rank. All sums are FP32, in an order that shapes fix; no atomics.
template <class T>
struct AttentionPartGradArgsOf {
  AttentionPairOf<T> pair;
  const T* dout;            // (queries, heads head_dim)
  const float *lse, *dots;  // (queries, heads), over the keys of all parts
  float* dq;                // as q, in rows of dq_stride
  float *dk, *dv;           // as k and v, in rows of dkv_stride
  int64_t dq_stride, dkv_stride;
  bool add_dq, add_dkv;  // false: overwritten, 0 where no query and key see each other
};
using AttentionPartGradArgs = AttentionPartGradArgsOf<float>;

// The kernels; lists/ has their order.
extern const Kernel<AttentionPartArgs> kAttentionPartCpu, kAttentionPartRef;
extern const Kernel<AttentionDotsArgs> kAttentionDotsCpu, kAttentionDotsRef;
extern const Kernel<AttentionPartGradArgs> kAttentionPartGradCpu, kAttentionPartGradRef;

extern const Kernel<AttentionPartArgsOf<Bf16>> kAttentionPartRefBf16;
extern const Kernel<AttentionDotsArgsOf<Bf16>> kAttentionDotsRefBf16;
extern const Kernel<AttentionPartGradArgsOf<Bf16>> kAttentionPartGradRefBf16;

template <class T = float>
KernelList<AttentionPartArgsOf<T>> attention_part_kernels();
template <class T = float>
KernelList<AttentionDotsArgsOf<T>> attention_dots_kernels();
template <class T = float>
KernelList<AttentionPartGradArgsOf<T>> attention_part_grad_kernels();

}  // namespace raddle::kernels
