// SPDX-License-Identifier: Apache-2.0
// The definition of a part of attention: one query at a time, sums in double.
#include <cmath>
#include <limits>

#include "kernels/ops/attention_part.h"
#include "kernels/ref/dot.h"
#include "kernels/ref/rounded.h"

namespace raddle::kernels {
namespace {

// Where a query and a key of one query head lie.
template <class T>
const T* query_at(const AttentionPairOf<T>& pair, int64_t query, int64_t head) {
  return pair.q + query * pair.q_stride + head * pair.head_dim;
}
template <class T>
int64_t key_at(const AttentionPairOf<T>& pair, int64_t key, int64_t head) {
  return key * pair.kv_stride + head / (pair.heads / pair.kv_heads) * pair.head_dim;
}
template <class T>
double score(const AttentionPairOf<T>& pair, int64_t query, int64_t key, int64_t head) {
  return static_cast<double>(pair.scale) *
         dot(query_at(pair, query, head), pair.k + key_at(pair, key, head), pair.head_dim);
}

// out and lse over the keys so far -> over those and the visible ones of the pair. At least one is.
template <class T>
void attend(const AttentionPairOf<T>& pair, int64_t query, int64_t head, double* sums, float* out,
            float* lse) {
  const int64_t keys = pair.visible(query);
  double largest = *lse;
  for (int64_t j = 0; j < keys; ++j) largest = std::max(largest, score(pair, query, j, head));
  double total = std::exp(*lse - largest);
  for (int64_t i = 0; i < pair.head_dim; ++i) sums[i] = total * out[i];
  for (int64_t j = 0; j < keys; ++j) {
    const double p = std::exp(score(pair, query, j, head) - largest);
    const T* v = pair.v + key_at(pair, j, head);
    total += p;
    for (int64_t i = 0; i < pair.head_dim; ++i) sums[i] += p * v[i];
  }
  for (int64_t i = 0; i < pair.head_dim; ++i) out[i] = static_cast<float>(sums[i] / total);
  *lse = static_cast<float>(largest + std::log(total));
}

template <class T>
Status attention_part(const AttentionPartArgsOf<T>& a, const Launch& launch) {
  const AttentionPairOf<T>& pair = a.pair;
  double* sums = reinterpret_cast<double*>(launch.scratch.data());
  if (!a.merge) {
    std::fill_n(a.out, pair.queries * pair.heads * pair.head_dim, 0.0f);
    std::fill_n(a.lse, pair.queries * pair.heads, -std::numeric_limits<float>::infinity());
  }
  for (int64_t query = pair.blind(); query < pair.queries; ++query) {
    for (int64_t head = 0; head < pair.heads; ++head) {
      const int64_t at = query * pair.heads + head;
      attend(pair, query, head, sums, a.out + at * pair.head_dim, a.lse + at);
    }
  }
  return {};
}

template <class T>
Status attention_dots(const AttentionDotsArgsOf<T>& a, const Launch&) {
  for (int64_t at = 0; at < a.rows * a.heads; ++at) {
    a.dots[at] =
        static_cast<float>(dot(a.dout + at * a.head_dim, a.out + at * a.head_dim, a.head_dim));
  }
  return {};
}

struct Weights {
  double p;   // softmax weight
  double ds;  // gradient of the unscaled score
};

template <class T>
Weights weights(const AttentionPartGradArgsOf<T>& a, int64_t query, int64_t key, int64_t head) {
  const AttentionPairOf<T>& pair = a.pair;
  const int64_t at = query * pair.heads + head;
  const double p = std::exp(score(pair, query, key, head) - a.lse[at]);
  const double dp =
      dot(a.dout + at * pair.head_dim, pair.v + key_at(pair, key, head), pair.head_dim);
  return {p, p * (dp - a.dots[at]) * pair.scale};
}

void put(const double* sums, int64_t count, bool add, float* target) {
  for (int64_t i = 0; i < count; ++i) {
    target[i] = static_cast<float>(add ? target[i] + sums[i] : sums[i]);
  }
}

template <class T>
void query_gradient(const AttentionPartGradArgsOf<T>& a, int64_t query, int64_t head, double* dq) {
  const AttentionPairOf<T>& pair = a.pair;
  std::fill_n(dq, pair.head_dim, 0.0);
  for (int64_t key = 0; key < pair.visible(query); ++key) {
    const double ds = weights(a, query, key, head).ds;
    const T* k = pair.k + key_at(pair, key, head);
    for (int64_t i = 0; i < pair.head_dim; ++i) dq[i] += ds * k[i];
  }
  put(dq, pair.head_dim, a.add_dq, a.dq + query * a.dq_stride + head * pair.head_dim);
}

template <class T>
void key_value_gradient(const AttentionPartGradArgsOf<T>& a, int64_t key, int64_t kv_head,
                        double* dk, double* dv) {
  const AttentionPairOf<T>& pair = a.pair;
  const int64_t group = pair.heads / pair.kv_heads;
  std::fill_n(dk, pair.head_dim, 0.0);
  std::fill_n(dv, pair.head_dim, 0.0);
  for (int64_t head = kv_head * group; head < (kv_head + 1) * group; ++head) {
    for (int64_t query = 0; query < pair.queries; ++query) {
      if (key >= pair.visible(query)) continue;
      const Weights w = weights(a, query, key, head);
      const T* q = query_at(pair, query, head);
      const T* dout = a.dout + (query * pair.heads + head) * pair.head_dim;
      for (int64_t i = 0; i < pair.head_dim; ++i) {
        dk[i] += w.ds * q[i];
        dv[i] += w.p * dout[i];
      }
    }
  }
  const int64_t at = key * a.dkv_stride + kv_head * pair.head_dim;
  put(dk, pair.head_dim, a.add_dkv, a.dk + at);
  put(dv, pair.head_dim, a.add_dkv, a.dv + at);
}

template <class T>
Status attention_part_grad(const AttentionPartGradArgsOf<T>& a, const Launch& launch) {
  const AttentionPairOf<T>& pair = a.pair;
  double* sums = reinterpret_cast<double*>(launch.scratch.data());
  for (int64_t query = 0; query < pair.queries; ++query) {
    for (int64_t head = 0; head < pair.heads; ++head) query_gradient(a, query, head, sums);
  }
  for (int64_t key = 0; key < pair.keys; ++key) {
    for (int64_t kv_head = 0; kv_head < pair.kv_heads; ++kv_head) {
      key_value_gradient(a, key, kv_head, sums, sums + pair.head_dim);
    }
  }
  return {};
}

// dk and dv of one key, or the sums of one query.
template <class Args>
size_t head_scratch(const Args& a, const DeviceCaps&) {
  return 2 * static_cast<size_t>(a.pair.head_dim) * sizeof(double);
}

}  // namespace

constinit const Kernel<AttentionPartArgs> kAttentionPartRef = {
    "attention_part:ref", accept_any, head_scratch, attention_part, RunsOn::kHostCode};
constinit const Kernel<AttentionPartArgsOf<Bf16>> kAttentionPartRefBf16 = {
    "attention_part:ref", accept_any, head_scratch, attention_part, RunsOn::kHostCode};
constinit const Kernel<AttentionDotsArgs> kAttentionDotsRef = {
    "attention_dots:ref", accept_any, no_scratch, attention_dots, RunsOn::kHostCode};
constinit const Kernel<AttentionDotsArgsOf<Bf16>> kAttentionDotsRefBf16 = {
    "attention_dots:ref", accept_any, no_scratch, attention_dots, RunsOn::kHostCode};
constinit const Kernel<AttentionPartGradArgs> kAttentionPartGradRef = {
    "attention_part_grad:ref", accept_any, head_scratch, attention_part_grad, RunsOn::kHostCode};
constinit const Kernel<AttentionPartGradArgsOf<Bf16>> kAttentionPartGradRefBf16 = {
    "attention_part_grad:ref", accept_any, head_scratch, attention_part_grad, RunsOn::kHostCode};

}  // namespace raddle::kernels
