// SPDX-License-Identifier: Apache-2.0
// Buffers of the norms for tests and benches. Keys: rows, width, weight=0, bias=0 (left out),
// accumulate=1, alias=1 (dx over dy).
#pragma once

#include <vector>

#include "kernels/ops/norm.h"
#include "tests/cts/kernels/agreement.h"

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

struct LayerNormProblem {
  static auto list() { return kernels::layer_norm_kernels(); }
  static constexpr const char *kCases = "kernels/layer_norm.cases", *kTolerance = "tol";
  int64_t rows, width;
  Floats x, weight, bias, y, stats;
  explicit LayerNormProblem(const Case& c)
      : rows(c.integer("rows")),
        width(c.integer("width")),
        x(norm_input(rows, width)),
        weight(norm_weight(c, "weight", 2)),
        bias(norm_weight(c, "bias", 3)),
        y(unwritten(rows * width)),
        stats(unwritten(rows * 2)) {}
  kernels::LayerNormArgs args() {
    return {x.data(),
            pointer_or_null(weight),
            pointer_or_null(bias),
            y.data(),
            stats.data(),
            rows,
            width,
            1e-5f};
  }
  std::vector<Floats> outputs() const { return {y, stats}; }
  double bytes() const { return 8.0 * static_cast<double>(rows * width); }
};

struct LayerNormGradProblem {
  static auto list() { return kernels::layer_norm_grad_kernels(); }
  static constexpr const char *kCases = "kernels/layer_norm.cases", *kTolerance = "grad_tol";
  LayerNormProblem forward;
  bool accumulate, alias;
  Floats dy, dx, dweight, dbias;
  explicit LayerNormGradProblem(const Case& c)
      : forward(c),
        accumulate(c.integer("accumulate") != 0),
        alias(c.integer("alias") != 0),
        dy(random_floats(forward.rows * forward.width, 4)),
        dx(unwritten(forward.rows * forward.width)),
        dweight(accumulate ? random_floats(forward.width, 5) : unwritten(forward.width)),
        dbias(accumulate ? random_floats(forward.width, 6) : unwritten(forward.width)) {
    KernelRunner runner(1);
    EXPECT_TRUE(runner.run(*kernels::layer_norm_kernels().back(), forward.args()).is_ok());
    if (forward.weight.empty()) dweight.clear();
    if (forward.bias.empty()) dbias.clear();
  }
  kernels::LayerNormGradArgs args() {
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
  std::vector<Floats> outputs() const { return {alias ? dy : dx, dweight, dbias}; }
  double bytes() const { return 1.5 * forward.bytes(); }
};

struct RmsNormProblem {
  static auto list() { return kernels::rms_norm_kernels(); }
  static constexpr const char *kCases = "kernels/rms_norm.cases", *kTolerance = "tol";
  int64_t rows, width;
  Floats x, weight, y, rstd;
  explicit RmsNormProblem(const Case& c)
      : rows(c.integer("rows")),
        width(c.integer("width")),
        x(norm_input(rows, width)),
        weight(norm_weight(c, "weight", 2)),
        y(unwritten(rows * width)),
        rstd(unwritten(rows)) {}
  kernels::RmsNormArgs args() {
    return {x.data(), pointer_or_null(weight), y.data(), rstd.data(), rows, width, 1e-5f};
  }
  std::vector<Floats> outputs() const { return {y, rstd}; }
  double bytes() const { return 8.0 * static_cast<double>(rows * width); }
};

struct RmsNormGradProblem {
  static auto list() { return kernels::rms_norm_grad_kernels(); }
  static constexpr const char *kCases = "kernels/rms_norm.cases", *kTolerance = "grad_tol";
  RmsNormProblem forward;
  bool accumulate, alias;
  Floats dy, dx, dweight;
  explicit RmsNormGradProblem(const Case& c)
      : forward(c),
        accumulate(c.integer("accumulate") != 0),
        alias(c.integer("alias") != 0),
        dy(random_floats(forward.rows * forward.width, 4)),
        dx(unwritten(forward.rows * forward.width)),
        dweight(accumulate ? random_floats(forward.width, 5) : unwritten(forward.width)) {
    KernelRunner runner(1);
    EXPECT_TRUE(runner.run(*kernels::rms_norm_kernels().back(), forward.args()).is_ok());
    if (forward.weight.empty()) dweight.clear();
  }
  kernels::RmsNormGradArgs args() {
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
  std::vector<Floats> outputs() const { return {alias ? dy : dx, dweight}; }
  double bytes() const { return 1.5 * forward.bytes(); }
};

using NormProblems =
    testing::Types<LayerNormProblem, LayerNormGradProblem, RmsNormProblem, RmsNormGradProblem>;

}  // namespace raddle::test
