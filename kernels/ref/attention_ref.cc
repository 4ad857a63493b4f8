// SPDX-License-Identifier: Apache-2.0
// The definition of attention: one query at a time, sums in double.
#include "kernels/ops/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/ref/dot.h"
#include "kernels/ref/rounded.h"

namespace raddle::kernels {
namespace {

// Attention of one query over `keys` rows of k and v that lie `stride` floats apart. `sums` holds
// head_dim doubles. Returns the log-sum-exp of the scaled scores.
template <class T>
double attend(const T* q, const T* k, const T* v, int64_t keys, int64_t stride, int64_t head_dim,
              double scale, double* sums, T* out) {
  double largest = -std::numeric_limits<double>::infinity();
  for (int64_t j = 0; j < keys; ++j) {
    largest = std::max(largest, scale * dot(q, k + j * stride, head_dim));
  }
  double total = 0;
  std::fill(sums, sums + head_dim, 0.0);
  for (int64_t j = 0; j < keys; ++j) {
    const double p = std::exp(scale * dot(q, k + j * stride, head_dim) - largest);
    total += p;
    for (int64_t i = 0; i < head_dim; ++i) sums[i] += p * v[j * stride + i];
  }
  for (int64_t i = 0; i < head_dim; ++i) out[i] = rounded<T>(sums[i] / total);
  return largest + std::log(total);
}

// Calls body(first, last) for each sequence that has rows.
template <class Body>
void each_sequence(const int32_t* cu_seqlens, int64_t rows, Body&& body) {
  for (int64_t s = 0; s < rows; ++s) {
    if (cu_seqlens[s] < cu_seqlens[s + 1]) body(int64_t{cu_seqlens[s]}, int64_t{cu_seqlens[s + 1]});
  }
}

template <class T>
Status attention(const AttentionArgsOf<T>& a, const Launch& launch) {
  double* sums = reinterpret_cast<double*>(launch.scratch.data());
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  each_sequence(a.cu_seqlens, a.rows, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      for (int64_t head = 0; head < a.heads; ++head) {
        const int64_t kv_head = head / (a.heads / a.kv_heads);
        const T* q = a.qkv + row * width + head * a.head_dim;
        const T* k = a.qkv + first * width + (a.heads + kv_head) * a.head_dim;
        const int64_t keys = a.causal ? row + 1 - first : last - first;
        const double lse = attend(q, k, k + a.kv_heads * a.head_dim, keys, width, a.head_dim,
                                  a.scale, sums, a.out + (row * a.heads + head) * a.head_dim);
        a.lse[row * a.heads + head] = static_cast<float>(lse);
      }
    }
  });
  for (int64_t row = a.cu_seqlens[a.rows]; row < a.rows; ++row) {
    std::fill_n(a.out + row * a.heads * a.head_dim, a.heads * a.head_dim, T{});
    std::fill_n(a.lse + row * a.heads, a.heads, 0.0f);
  }
  return {};
}

template <class Args>
size_t head_scratch(const Args& a, const DeviceCaps&) {
  return static_cast<size_t>(a.head_dim) * sizeof(double);
}
template <class Args>
size_t grad_scratch(const Args& a, const DeviceCaps& caps) {
  return 2 * head_scratch(a, caps);
}

// One query row and one key row of a query head, with what the gradients need of the pair.
template <class T>
struct Pair {
  const T *q, *k, *v, *dout;
  double p;   // softmax weight
  double ds;  // gradient of the unscaled score
};

template <class T>
Pair<T> make_pair(const AttentionGradArgsOf<T>& a, int64_t query, int64_t key, int64_t head) {
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const int64_t kv_head = head / (a.heads / a.kv_heads);
  const int64_t out_at = (query * a.heads + head) * a.head_dim;
  Pair<T> pair;
  pair.q = a.qkv + query * width + head * a.head_dim;
  pair.k = a.qkv + key * width + (a.heads + kv_head) * a.head_dim;
  pair.v = pair.k + a.kv_heads * a.head_dim;
  pair.dout = a.dout + out_at;
  const double score = static_cast<double>(a.scale) * dot(pair.q, pair.k, a.head_dim);
  pair.p = std::exp(score - a.lse[query * a.heads + head]);
  const double dp = dot(pair.dout, pair.v, a.head_dim) - dot(pair.dout, a.out + out_at, a.head_dim);
  pair.ds = pair.p * dp * a.scale;
  return pair;
}

template <class T>
void round_to(const double* sums, int64_t count, T* target) {
  for (int64_t i = 0; i < count; ++i) target[i] = rounded<T>(sums[i]);
}

template <class T>
void query_gradient(const AttentionGradArgsOf<T>& a, int64_t row, int64_t first, int64_t last,
                    double* dq) {
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  for (int64_t head = 0; head < a.heads; ++head) {
    std::fill_n(dq, a.head_dim, 0.0);
    for (int64_t key = first; key < (a.causal ? row + 1 : last); ++key) {
      const Pair<T> pair = make_pair(a, row, key, head);
      for (int64_t i = 0; i < a.head_dim; ++i) dq[i] += pair.ds * pair.k[i];
    }
    round_to(dq, a.head_dim, a.dqkv + row * width + head * a.head_dim);
  }
}

template <class T>
void key_value_gradient(const AttentionGradArgsOf<T>& a, int64_t row, int64_t first, int64_t last,
                        double* dk, double* dv) {
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const int64_t group = a.heads / a.kv_heads;
  for (int64_t kv_head = 0; kv_head < a.kv_heads; ++kv_head) {
    std::fill_n(dk, a.head_dim, 0.0);
    std::fill_n(dv, a.head_dim, 0.0);
    for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
      for (int64_t query = a.causal ? row : first; query < last; ++query) {
        const Pair<T> pair = make_pair(a, query, row, head);
        for (int64_t i = 0; i < a.head_dim; ++i) {
          dk[i] += pair.ds * pair.q[i];
          dv[i] += pair.p * pair.dout[i];
        }
      }
    }
    T* target = a.dqkv + row * width + (a.heads + kv_head) * a.head_dim;
    round_to(dk, a.head_dim, target);
    round_to(dv, a.head_dim, target + a.kv_heads * a.head_dim);
  }
}

template <class T>
Status attention_grad(const AttentionGradArgsOf<T>& a, const Launch& launch) {
  double* sums = reinterpret_cast<double*>(launch.scratch.data());
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  each_sequence(a.cu_seqlens, a.rows, [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      query_gradient(a, row, first, last, sums);
      key_value_gradient(a, row, first, last, sums, sums + a.head_dim);
    }
  });
  const int64_t valid = a.cu_seqlens[a.rows];
  std::fill_n(a.dqkv + valid * width, (a.rows - valid) * width, T{});
  return {};
}

template <class T>
Status attention_cached(const AttentionCachedArgsOf<T>& a, const Launch& launch) {
  double* sums = reinterpret_cast<double*>(launch.scratch.data());
  const int64_t width = (a.heads + 2 * a.kv_heads) * a.head_dim;
  const int64_t kv_width = a.kv_heads * a.head_dim;
  const int64_t cached = a.cache_rows[0];
  for (int64_t row = 0; row < a.rows; ++row) {
    const T* k = a.qkv + row * width + a.heads * a.head_dim;
    std::copy_n(k, kv_width, a.k_cache + (cached + row) * kv_width);
    std::copy_n(k + kv_width, kv_width, a.v_cache + (cached + row) * kv_width);
  }
  for (int64_t row = 0; row < a.rows; ++row) {
    for (int64_t head = 0; head < a.heads; ++head) {
      const int64_t kv_at = head / (a.heads / a.kv_heads) * a.head_dim;
      attend(a.qkv + row * width + head * a.head_dim, a.k_cache + kv_at, a.v_cache + kv_at,
             cached + row + 1, kv_width, a.head_dim, a.scale, sums,
             a.out + (row * a.heads + head) * a.head_dim);
    }
  }
  return {};
}

}  // namespace

constinit const Kernel<AttentionArgs> kAttentionRef = {"attention:ref", accept_any, head_scratch,
                                                       attention, RunsOn::kHostCode};
constinit const Kernel<AttentionArgsOf<Bf16>> kAttentionRefBf16 = {
    "attention:ref", accept_any, head_scratch, attention, RunsOn::kHostCode};
constinit const Kernel<AttentionGradArgs> kAttentionGradRef = {
    "attention_grad:ref", accept_any, grad_scratch, attention_grad, RunsOn::kHostCode};
constinit const Kernel<AttentionGradArgsOf<Bf16>> kAttentionGradRefBf16 = {
    "attention_grad:ref", accept_any, grad_scratch, attention_grad, RunsOn::kHostCode};
constinit const Kernel<AttentionCachedArgs> kAttentionCachedRef = {
    "attention_cached:ref", accept_any, head_scratch, attention_cached, RunsOn::kHostCode};
constinit const Kernel<AttentionCachedArgsOf<Bf16>> kAttentionCachedRefBf16 = {
    "attention_cached:ref", accept_any, head_scratch, attention_cached, RunsOn::kHostCode};

}  // namespace raddle::kernels
