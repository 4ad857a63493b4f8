// SPDX-License-Identifier: Apache-2.0
// Buffers of attention for tests and benches. Keys: lengths=a,b,... (rows of each sequence),
// padding (rows behind them), heads, kv_heads, head_dim, causal=0. Cached: rows, cached, capacity.
#pragma once

#include <algorithm>
#include <sstream>
#include <vector>

#include "kernels/ops/attention.h"
#include "tests/cts/kernels/agreement.h"
#include "tests/cts/kernels/elements.h"

namespace raddle::test {

template <class T>
struct AttentionProblemOf {
  using Element = T;
  static constexpr size_t kOfElement = 1;
  static auto list() { return kernels::attention_kernels<T>(); }
  static constexpr const char *kCases = "kernels/attention.cases", *kTolerance = "tol";
  std::vector<int64_t> lengths;
  int64_t rows = 0, heads, kv_heads, head_dim;
  bool causal;
  std::vector<int32_t> cu_seqlens;
  std::vector<T> qkv, out;
  Floats lse;
  explicit AttentionProblemOf(const Case& c)
      : heads(c.integer("heads")),
        kv_heads(c.integer("kv_heads", c.integer("heads"))),
        head_dim(c.integer("head_dim")),
        causal(c.integer("causal", 1) != 0) {
    std::istringstream list(c.text("lengths"));
    cu_seqlens.push_back(0);
    for (std::string length; std::getline(list, length, ',');) {
      lengths.push_back(std::stoll(length));
      rows += lengths.back();
      cu_seqlens.push_back(static_cast<int32_t>(rows));
    }
    const int32_t valid = static_cast<int32_t>(rows);
    rows += c.integer("padding");
    cu_seqlens.resize(static_cast<size_t>(rows) + 1, valid);
    qkv = rounded_to<T>(random_floats(rows * width(), 1));
    out = unwritten_of<T>(rows * heads * head_dim);
    lse = unwritten(rows * heads);
  }
  int64_t width() const { return (heads + 2 * kv_heads) * head_dim; }
  float scale() const { return 1.0f / std::sqrt(static_cast<float>(head_dim)); }
  kernels::AttentionArgsOf<T> args() {
    return {qkv.data(), cu_seqlens.data(), out.data(), lse.data(), rows,
            heads,      kv_heads,          head_dim,   scale(),    causal};
  }
  std::vector<Floats> outputs() const { return {widened(out), lse}; }
  // Multiply-adds of one product of queries and keys, times two, over the pairs that count.
  double product_flops() const {
    double pairs = 0;
    for (const int64_t length : lengths) {
      const double n = static_cast<double>(length);
      pairs += causal ? n * (n + 1) / 2 : n * n;
    }
    return 2.0 * pairs * static_cast<double>(heads * head_dim);
  }
  double flops() const { return 2 * product_flops(); }
};

using AttentionProblem = AttentionProblemOf<float>;

template <class T>
struct AttentionGradProblemOf {
  using Element = T;
  static constexpr size_t kOfElement = 1;
  static auto list() { return kernels::attention_grad_kernels<T>(); }
  static constexpr const char *kCases = "kernels/attention.cases", *kTolerance = "grad_tol";
  AttentionProblemOf<T> forward;
  std::vector<T> dout, dqkv;
  explicit AttentionGradProblemOf(const Case& c)
      : forward(c),
        dout(rounded_to<T>(random_floats(forward.rows * forward.heads * forward.head_dim, 2))),
        dqkv(unwritten_of<T>(forward.rows * forward.width())) {
    KernelRunner runner(1);
    EXPECT_TRUE(runner.run(*kernels::attention_kernels<T>().back(), forward.args()).is_ok());
  }
  kernels::AttentionGradArgsOf<T> args() {
    AttentionProblemOf<T>& f = forward;
    return {dout.data(), f.qkv.data(), f.out.data(), f.lse.data(), f.cu_seqlens.data(), dqkv.data(),
            f.rows,      f.heads,      f.kv_heads,   f.head_dim,   f.scale(),           f.causal};
  }
  std::vector<Floats> outputs() const { return {widened(dqkv)}; }
  double flops() const { return 5 * forward.product_flops(); }
};

using AttentionGradProblem = AttentionGradProblemOf<float>;

template <class T>
struct AttentionCachedProblemOf {
  using Element = T;
  static constexpr size_t kOfElement = 3;
  static auto list() { return kernels::attention_cached_kernels<T>(); }
  static constexpr const char *kCases = "kernels/attention_cached.cases", *kTolerance = "tol";
  int64_t rows, capacity, heads, kv_heads, head_dim;
  int32_t cached;
  std::vector<T> qkv, k_cache, v_cache, out;
  explicit AttentionCachedProblemOf(const Case& c)
      : rows(c.integer("rows")),
        capacity(c.integer("capacity")),
        heads(c.integer("heads")),
        kv_heads(c.integer("kv_heads", c.integer("heads"))),
        head_dim(c.integer("head_dim")),
        cached(static_cast<int32_t>(c.integer("cached"))),
        qkv(rounded_to<T>(random_floats(rows * (heads + 2 * kv_heads) * head_dim, 1))),
        k_cache(rounded_to<T>(random_floats(capacity * kv_heads * head_dim, 2))),
        v_cache(rounded_to<T>(random_floats(capacity * kv_heads * head_dim, 3))),
        out(unwritten_of<T>(rows * heads * head_dim)) {
    // What lies behind the cached rows is whatever an earlier text left: it must not be read.
    const int64_t valid = cached * kv_heads * head_dim;
    const T none = unwritten_of<T>(1).front();
    std::fill(k_cache.begin() + valid, k_cache.end(), none);
    std::fill(v_cache.begin() + valid, v_cache.end(), none);
  }
  kernels::AttentionCachedArgsOf<T> args() {
    return {qkv.data(),
            &cached,
            k_cache.data(),
            v_cache.data(),
            out.data(),
            rows,
            capacity,
            heads,
            kv_heads,
            head_dim,
            1.0f / std::sqrt(static_cast<float>(head_dim))};
  }
  std::vector<Floats> outputs() const {
    const int64_t valid = (cached + rows) * kv_heads * head_dim;
    return {widened(out), Floats(k_cache.begin(), k_cache.begin() + valid),
            Floats(v_cache.begin(), v_cache.begin() + valid)};
  }
  double bytes() const {
    return 2.0 * sizeof(T) * static_cast<double>((cached + rows) * kv_heads * head_dim);
  }
};

using AttentionCachedProblem = AttentionCachedProblemOf<float>;

using AttentionProblems =
    testing::Types<AttentionProblem, AttentionGradProblem, AttentionCachedProblem>;

}  // namespace raddle::test
