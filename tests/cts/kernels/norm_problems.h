// SPDX-License-Identifier: Apache-2.0
// Buffers of the norms for tests and benches. Keys: rows, width, weight=0, bias=0 (left out),
// accumulate=1, alias=1 (dx over dy).
#pragma once

#include <vector>

#include "kernels/ops/norm.h"
#include "tests/cts/kernels/agreement.h"
#include "tests/cts/kernels/elements.h"

namespace raddle::test {

// Gives each row its own offset and size, so that a wrong row or a dropped mean shows.
inline Floats norm_input(int64_t rows, int64_t width) {
  Floats x = random_floats(rows * width, 1);
  for (int64_t i = 0; i < rows * width; ++i) {
    const int64_t row = i / width;
    float& value = x[static_cast<size_t>(i)];
    value = value * (0.5f + 0.25f * static_cast<float>(row % 5)) + static_cast<float>(row % 3);
  }
  return x;
}

inline Floats norm_weight(const Case& c, const char* key, uint64_t stream) {
  return c.integer(key, 1) != 0 ? random_floats(c.integer("width"), stream) : Floats();
}

template <class T>
struct LayerNormProblemOf {
  static auto list() { return kernels::layer_norm_kernels<T>(); }
  static constexpr const char *kCases = "kernels/layer_norm.cases", *kTolerance = "tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  int64_t rows, width;
  std::vector<T> x, y;
  Floats weight, bias, stats;
  explicit LayerNormProblemOf(const Case& c)
      : rows(c.integer("rows")),
        width(c.integer("width")),
        x(rounded_to<T>(norm_input(rows, width))),
        y(unwritten_of<T>(rows * width)),
        weight(norm_weight(c, "weight", 2)),
        bias(norm_weight(c, "bias", 3)),
        stats(unwritten(rows * 2)) {}
  kernels::LayerNormArgsOf<T> args() {
    return {x.data(),
            pointer_or_null(weight),
            pointer_or_null(bias),
            y.data(),
            stats.data(),
            rows,
            width,
            1e-5f};
  }
  std::vector<Floats> outputs() const { return {widened(y), stats}; }
  double bytes() const { return 2.0 * sizeof(T) * static_cast<double>(rows * width); }
};
using LayerNormProblem = LayerNormProblemOf<float>;

template <class T>
struct LayerNormGradProblemOf {
  static auto list() { return kernels::layer_norm_grad_kernels<T>(); }
  static constexpr const char *kCases = "kernels/layer_norm.cases", *kTolerance = "grad_tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  LayerNormProblemOf<T> forward;
  bool accumulate, alias;
  std::vector<T> dy, dx;
  Floats dweight, dbias;
  explicit LayerNormGradProblemOf(const Case& c)
      : forward(c),
        accumulate(c.integer("accumulate") != 0),
        alias(c.integer("alias") != 0),
        dy(random_elements<T>(forward.rows * forward.width, 4)),
        dx(unwritten_of<T>(forward.rows * forward.width)),
        dweight(accumulate ? random_floats(forward.width, 5) : unwritten(forward.width)),
        dbias(accumulate ? random_floats(forward.width, 6) : unwritten(forward.width)) {
    KernelRunner runner(1);
    EXPECT_TRUE(runner.run(*kernels::layer_norm_kernels<T>().back(), forward.args()).is_ok());
    if (forward.weight.empty()) dweight.clear();
    if (forward.bias.empty()) dbias.clear();
  }
  kernels::LayerNormGradArgsOf<T> args() {
    return {dy.data(),
            forward.x.data(),
            pointer_or_null(forward.weight),
            forward.stats.data(),
            alias ? dy.data() : dx.data(),
            pointer_or_null(dweight),
            pointer_or_null(dbias),
            forward.rows,
            forward.width,
            accumulate,
            accumulate};
  }
  std::vector<Floats> outputs() const { return {widened(alias ? dy : dx), dweight, dbias}; }
  double bytes() const { return 1.5 * forward.bytes(); }
};
using LayerNormGradProblem = LayerNormGradProblemOf<float>;

template <class T>
struct RmsNormProblemOf {
  static auto list() { return kernels::rms_norm_kernels<T>(); }
  static constexpr const char *kCases = "kernels/rms_norm.cases", *kTolerance = "tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  int64_t rows, width;
  std::vector<T> x, y;
  Floats weight, rstd;
  explicit RmsNormProblemOf(const Case& c)
      : rows(c.integer("rows")),
        width(c.integer("width")),
        x(rounded_to<T>(norm_input(rows, width))),
        y(unwritten_of<T>(rows * width)),
        weight(norm_weight(c, "weight", 2)),
        rstd(unwritten(rows)) {}
  kernels::RmsNormArgsOf<T> args() {
    return {x.data(), pointer_or_null(weight), y.data(), rstd.data(), rows, width, 1e-5f};
  }
  std::vector<Floats> outputs() const { return {widened(y), rstd}; }
  double bytes() const { return 2.0 * sizeof(T) * static_cast<double>(rows * width); }
};
using RmsNormProblem = RmsNormProblemOf<float>;

template <class T>
struct RmsNormGradProblemOf {
  static auto list() { return kernels::rms_norm_grad_kernels<T>(); }
  static constexpr const char *kCases = "kernels/rms_norm.cases", *kTolerance = "grad_tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  RmsNormProblemOf<T> forward;
  bool accumulate, alias;
  std::vector<T> dy, dx;
  Floats dweight;
  explicit RmsNormGradProblemOf(const Case& c)
      : forward(c),
        accumulate(c.integer("accumulate") != 0),
        alias(c.integer("alias") != 0),
        dy(random_elements<T>(forward.rows * forward.width, 4)),
        dx(unwritten_of<T>(forward.rows * forward.width)),
        dweight(accumulate ? random_floats(forward.width, 5) : unwritten(forward.width)) {
    KernelRunner runner(1);
    EXPECT_TRUE(runner.run(*kernels::rms_norm_kernels<T>().back(), forward.args()).is_ok());
    if (forward.weight.empty()) dweight.clear();
  }
  kernels::RmsNormGradArgsOf<T> args() {
    return {dy.data(),
            forward.x.data(),
            pointer_or_null(forward.weight),
            forward.rstd.data(),
            alias ? dy.data() : dx.data(),
            pointer_or_null(dweight),
            forward.rows,
            forward.width,
            accumulate};
  }
  std::vector<Floats> outputs() const { return {widened(alias ? dy : dx), dweight}; }
  double bytes() const { return 1.5 * forward.bytes(); }
};
using RmsNormGradProblem = RmsNormGradProblemOf<float>;

template <class T>
using NormProblemsOf = testing::Types<LayerNormProblemOf<T>, LayerNormGradProblemOf<T>,
                                      RmsNormProblemOf<T>, RmsNormGradProblemOf<T>>;
using NormProblems = NormProblemsOf<float>;

}  // namespace raddle::test
