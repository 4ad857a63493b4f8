// SPDX-License-Identifier: Apache-2.0
// Buffers of rotary positions and of the head norm for tests and benches. Keys: rows, heads,
// kv_heads, head_dim, first (position of row 0), theta, inverse=1, accumulate=1, alias=1.
#pragma once

#include <vector>

#include "kernels/ops/rope.h"
#include "tests/cts/kernels/agreement.h"
#include "tests/cts/kernels/elements.h"

namespace raddle::test {

struct HeadShape {
  int64_t rows, heads, kv_heads, head_dim;
  explicit HeadShape(const Case& c)
      : rows(c.integer("rows")),
        heads(c.integer("heads")),
        kv_heads(c.integer("kv_heads", c.integer("heads"))),
        head_dim(c.integer("head_dim")) {}
  int64_t width() const { return (heads + 2 * kv_heads) * head_dim; }
};

template <class T>
struct RopeProblemOf {
  static auto list() { return kernels::rope_kernels<T>(); }
  static constexpr const char *kCases = "kernels/rope.cases", *kTolerance = "tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  HeadShape shape;
  std::vector<T> x, y;
  std::vector<int32_t> positions;
  double theta;
  bool inverse, alias;
  explicit RopeProblemOf(const Case& c)
      : shape(c),
        x(random_elements<T>(shape.rows * shape.width(), 1)),
        y(unwritten_of<T>(shape.rows * shape.width())),
        theta(c.number("theta", 10000)),
        inverse(c.integer("inverse") != 0),
        alias(c.integer("alias") != 0) {
    for (int64_t row = 0; row < shape.rows; ++row) {
      positions.push_back(static_cast<int32_t>(c.integer("first") + row));
    }
  }
  kernels::RopeArgsOf<T> args() {
    return {x.data(),
            positions.data(),
            alias ? x.data() : y.data(),
            shape.rows,
            shape.heads,
            shape.kv_heads,
            shape.head_dim,
            theta,
            inverse};
  }
  std::vector<Floats> outputs() const { return {widened(alias ? x : y)}; }
  double bytes() const { return 2.0 * sizeof(T) * static_cast<double>(x.size()); }
};
using RopeProblem = RopeProblemOf<float>;

template <class T>
struct HeadNormProblemOf {
  static auto list() { return kernels::head_norm_kernels<T>(); }
  static constexpr const char *kCases = "kernels/head_norm.cases", *kTolerance = "tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  HeadShape shape;
  std::vector<T> x, y;
  Floats q_weight, k_weight, rstd;
  explicit HeadNormProblemOf(const Case& c)
      : shape(c),
        x(random_elements<T>(shape.rows * shape.width(), 1)),
        y(unwritten_of<T>(shape.rows * shape.width())),
        q_weight(random_floats(shape.head_dim, 2)),
        k_weight(random_floats(shape.head_dim, 3)),
        rstd(unwritten(shape.rows * (shape.heads + shape.kv_heads))) {}
  kernels::HeadNormArgsOf<T> args() {
    return {x.data(),   q_weight.data(), k_weight.data(), y.data(),       rstd.data(),
            shape.rows, shape.heads,     shape.kv_heads,  shape.head_dim, 1e-6f};
  }
  std::vector<Floats> outputs() const { return {widened(y), rstd}; }
  double bytes() const { return 2.0 * sizeof(T) * static_cast<double>(x.size()); }
};
using HeadNormProblem = HeadNormProblemOf<float>;

template <class T>
struct HeadNormGradProblemOf {
  static auto list() { return kernels::head_norm_grad_kernels<T>(); }
  static constexpr const char *kCases = "kernels/head_norm.cases", *kTolerance = "grad_tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  HeadNormProblemOf<T> forward;
  bool accumulate, alias;
  std::vector<T> dy, dx;
  Floats dq_weight, dk_weight;
  explicit HeadNormGradProblemOf(const Case& c)
      : forward(c),
        accumulate(c.integer("accumulate") != 0),
        alias(c.integer("alias") != 0),
        dy(random_elements<T>(forward.shape.rows * forward.shape.width(), 4)),
        dx(unwritten_of<T>(forward.shape.rows * forward.shape.width())),
        dq_weight(accumulate ? random_floats(forward.shape.head_dim, 5)
                             : unwritten(forward.shape.head_dim)),
        dk_weight(accumulate ? random_floats(forward.shape.head_dim, 6)
                             : unwritten(forward.shape.head_dim)) {
    KernelRunner runner(1);
    EXPECT_TRUE(runner.run(*kernels::head_norm_kernels<T>().back(), forward.args()).is_ok());
  }
  kernels::HeadNormGradArgsOf<T> args() {
    const HeadShape& s = forward.shape;
    return {dy.data(),
            forward.x.data(),
            forward.q_weight.data(),
            forward.k_weight.data(),
            forward.rstd.data(),
            alias ? dy.data() : dx.data(),
            dq_weight.data(),
            dk_weight.data(),
            s.rows,
            s.heads,
            s.kv_heads,
            s.head_dim,
            accumulate,
            accumulate};
  }
  std::vector<Floats> outputs() const { return {widened(alias ? dy : dx), dq_weight, dk_weight}; }
  double bytes() const { return 3.0 * sizeof(T) * static_cast<double>(forward.x.size()); }
};
using HeadNormGradProblem = HeadNormGradProblemOf<float>;

template <class T>
using RopeProblemsOf =
    testing::Types<RopeProblemOf<T>, HeadNormProblemOf<T>, HeadNormGradProblemOf<T>>;
using RopeProblems = RopeProblemsOf<float>;

}  // namespace raddle::test
