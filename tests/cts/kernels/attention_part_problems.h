// SPDX-License-Identifier: Apache-2.0
// Buffers of one pair of runs of a sequence, for tests and benches. Keys: queries, keys,
// first_query, first_key, heads, kv_heads, head_dim, causal=0, merge=1 (on top of an earlier
// result, into which also the gradients are added). Queries lie in packed [q | k | v] rows, keys in
// a [k | v] block.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/ops/attention_part.h"
#include "tests/cts/kernels/agreement.h"
#include "tests/cts/kernels/elements.h"

namespace raddle::test {

// -infinity becomes 0, for it has no distance to itself, and a flag.
inline Results finite_and_flags(const Floats& lse) {
  Floats finite = lse, flags(lse.size(), 0.0f);
  for (size_t i = 0; i < lse.size(); ++i) {
    if (lse[i] != -std::numeric_limits<float>::infinity()) continue;
    finite[i] = 0;
    flags[i] = 1;
  }
  return {finite, flags};
}

template <class T>
struct AttentionPartProblemOf {
  using Element = T;
  static auto list() { return kernels::attention_part_kernels<T>(); }
  static constexpr const char *kCases = "kernels/attention_part.cases", *kTolerance = "tol";
  kernels::AttentionPairOf<T> shape = {};
  bool merge;
  std::vector<T> qkv, kv;
  Floats out, lse;
  explicit AttentionPartProblemOf(const Case& c) : merge(c.integer("merge") != 0) {
    shape.queries = c.integer("queries");
    shape.keys = c.integer("keys");
    shape.first_query = c.integer("first_query");
    shape.first_key = c.integer("first_key");
    shape.heads = c.integer("heads");
    shape.kv_heads = c.integer("kv_heads", shape.heads);
    shape.head_dim = c.integer("head_dim");
    shape.q_stride = (shape.heads + 2 * shape.kv_heads) * shape.head_dim;
    shape.kv_stride = 2 * shape.kv_heads * shape.head_dim;
    shape.scale = 1.0f / std::sqrt(static_cast<float>(shape.head_dim));
    shape.causal = c.integer("causal", 1) != 0;
    qkv = rounded_to<T>(random_floats(shape.queries * shape.q_stride, 1));
    kv = rounded_to<T>(random_floats(shape.keys * shape.kv_stride, 2));
    out = unwritten(out_count());
    lse = unwritten(shape.queries * shape.heads);
    if (merge) earlier(c.integer("merge"));
  }
  // What the reference makes of other keys, and here and there a row that has seen none.
  void earlier(int64_t keys) {
    const std::vector<T> others = rounded_to<T>(random_floats(keys * shape.kv_stride, 3));
    kernels::AttentionPairOf<T> before = pair();
    before.k = others.data();
    before.v = others.data() + shape.kv_heads * shape.head_dim;
    before.keys = keys;
    before.causal = false;
    KernelRunner runner(1);
    EXPECT_TRUE(runner
                    .run(*list().back(),
                         kernels::AttentionPartArgsOf<T>{before, out.data(), lse.data(), false})
                    .is_ok());
    for (size_t at = 0; at < lse.size(); at += 5) forget(at);
  }
  // The row and head has seen no key so far.
  void forget(size_t at) {
    lse[at] = -std::numeric_limits<float>::infinity();
    std::fill_n(out.begin() + static_cast<int64_t>(at) * shape.head_dim, shape.head_dim, 0.0f);
  }
  int64_t out_count() const { return shape.queries * shape.heads * shape.head_dim; }
  kernels::AttentionPairOf<T> pair() const {
    kernels::AttentionPairOf<T> bound = shape;
    bound.q = qkv.data();
    bound.k = kv.data();
    bound.v = kv.data() + shape.kv_heads * shape.head_dim;
    return bound;
  }
  kernels::AttentionPartArgsOf<T> args() { return {pair(), out.data(), lse.data(), merge}; }
  Results outputs() const {
    Results results = finite_and_flags(lse);
    results.push_back(out);
    return results;
  }
  double product_flops() const {
    double pairs = 0;
    for (int64_t i = 0; i < shape.queries; ++i) pairs += static_cast<double>(shape.visible(i));
    return 2.0 * pairs * static_cast<double>(shape.heads * shape.head_dim);
  }
  double flops() const { return 2 * product_flops(); }
};

using AttentionPartProblem = AttentionPartProblemOf<float>;

template <class T>
struct AttentionPartGradProblemOf {
  using Element = T;
  static auto list() { return kernels::attention_part_grad_kernels<T>(); }
  static constexpr const char *kCases = "kernels/attention_part.cases", *kTolerance = "grad_tol";
  AttentionPartProblemOf<T> forward;
  std::vector<T> dout;
  Floats dots, dqkv, dkv;
  explicit AttentionPartGradProblemOf(const Case& c)
      : forward(c),
        dout(rounded_to<T>(random_floats(forward.out_count(), 5))),
        dots(random_floats(forward.shape.queries * forward.shape.heads, 6)),
        dqkv(target(forward.shape.queries * forward.shape.q_stride, 7)),
        dkv(target(forward.shape.keys * forward.shape.kv_stride, 8)) {
    KernelRunner runner(1);
    EXPECT_TRUE(runner.run(*kernels::attention_part_kernels<T>().back(), forward.args()).is_ok());
  }
  Floats target(int64_t count, uint64_t stream) const {
    return forward.merge ? random_floats(count, stream) : unwritten(count);
  }
  kernels::AttentionPartGradArgsOf<T> args() {
    const kernels::AttentionPairOf<T>& s = forward.shape;
    return {forward.pair(),
            dout.data(),
            forward.lse.data(),
            dots.data(),
            dqkv.data(),
            dkv.data(),
            dkv.data() + s.kv_heads * s.head_dim,
            s.q_stride,
            s.kv_stride,
            forward.merge,
            forward.merge};
  }
  // The columns of dq, and whether the others are as they were.
  Results outputs() const {
    const kernels::AttentionPairOf<T>& s = forward.shape;
    const Floats before = target(static_cast<int64_t>(dqkv.size()), 7);
    Floats dq, kept = {1};
    for (int64_t at = 0; at < s.queries * s.q_stride; ++at) {
      const auto i = static_cast<size_t>(at);
      if (at % s.q_stride < s.heads * s.head_dim) {
        dq.push_back(dqkv[i]);
      } else if (std::memcmp(&dqkv[i], &before[i], sizeof(float)) != 0) {
        kept = {0};
      }
    }
    return {dq, dkv, kept};
  }
  double flops() const { return 5 * forward.product_flops(); }
};

using AttentionPartGradProblem = AttentionPartGradProblemOf<float>;

// On the shapes of the queries alone.
struct AttentionDotsProblem {
  static auto list() { return kernels::attention_dots_kernels(); }
  static constexpr const char *kCases = "kernels/attention_part.cases", *kTolerance = "tol";
  int64_t rows, heads, head_dim;
  Floats dout, out, dots;
  explicit AttentionDotsProblem(const Case& c)
      : rows(c.integer("queries")),
        heads(c.integer("heads")),
        head_dim(c.integer("head_dim")),
        dout(random_floats(rows * heads * head_dim, 1)),
        out(random_floats(rows * heads * head_dim, 2)),
        dots(unwritten(rows * heads)) {}
  kernels::AttentionDotsArgs args() {
    return {dout.data(), out.data(), dots.data(), rows, heads, head_dim};
  }
  Results outputs() const { return {dots}; }
  double bytes() const { return sizeof(float) * static_cast<double>(2 * out.size() + dots.size()); }
};

using AttentionPartProblems =
    testing::Types<AttentionPartProblem, AttentionPartGradProblem, AttentionDotsProblem>;

}  // namespace raddle::test
