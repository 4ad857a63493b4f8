// SPDX-License-Identifier: Apache-2.0
// Linear layers with random data, for conformance tests and benches.
#pragma once

#include <string>
#include <vector>

#include "kernels/ops/linear.h"
#include "tests/support/cases.h"
#include "tests/support/kernel_runner.h"

namespace raddle::test {

// What all four linear ops share. Gradients start out as noise, to show overwriting or
// accumulation.
struct LinearProblem {
  explicit LinearProblem(const Case& c)
      : rows(c.integer("rows")),
        in(c.integer("in")),
        out(c.integer("out")),
        with_bias(c.integer("bias") != 0),
        accumulate(c.integer("accumulate") != 0),
        x(random_floats(rows * in, 1)),
        weight(random_floats(out * in, 2, 0.1f)),
        bias(random_floats(out, 3)),
        dy(random_floats(rows * out, 4)) {}
  int64_t rows, in, out;
  bool with_bias, accumulate;
  std::vector<float> x, weight, bias, dy;
};

struct LinearForward : LinearProblem {
  explicit LinearForward(const Case& c) : LinearProblem(c), y(random_floats(rows * out, 5)) {}
  std::vector<float> y;
  kernels::LinearArgs args() {
    return {x.data(), weight.data(), with_bias ? bias.data() : nullptr, y.data(), rows, in, out};
  }
  std::vector<std::vector<float>> outputs() const { return {y}; }
};

struct LinearGradInput : LinearProblem {
  explicit LinearGradInput(const Case& c) : LinearProblem(c), dx(random_floats(rows * in, 6)) {}
  std::vector<float> dx;
  kernels::LinearGradInputArgs args() {
    return {dy.data(), weight.data(), dx.data(), rows, in, out};
  }
  std::vector<std::vector<float>> outputs() const { return {dx}; }
};

struct LinearGradWeight : LinearProblem {
  explicit LinearGradWeight(const Case& c)
      : LinearProblem(c), dweight(random_floats(out * in, 7)) {}
  std::vector<float> dweight;
  kernels::LinearGradWeightArgs args() {
    return {dy.data(), x.data(), dweight.data(), rows, in, out, accumulate};
  }
  std::vector<std::vector<float>> outputs() const { return {dweight}; }
};

struct LinearGradBias : LinearProblem {
  explicit LinearGradBias(const Case& c) : LinearProblem(c), dbias(random_floats(out, 8)) {}
  std::vector<float> dbias;
  kernels::LinearGradBiasArgs args() { return {dy.data(), dbias.data(), rows, out, accumulate}; }
  std::vector<std::vector<float>> outputs() const { return {dbias}; }
};

}  // namespace raddle::test
