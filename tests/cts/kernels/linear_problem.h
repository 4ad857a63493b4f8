// SPDX-License-Identifier: Apache-2.0
// Linear layers with random data, for conformance tests and benches.
#pragma once

#include <vector>

#include "kernels/ops/linear.h"
#include "tests/cts/kernels/agreement.h"

namespace raddle::test {

// What all four linear ops share.
struct LinearProblem {
  static constexpr const char *kCases = "kernels/linear.cases", *kTolerance = "tol";
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
  // What is added to, or left unwritten.
  Floats gradient(int64_t count, uint64_t stream) const {
    return accumulate ? random_floats(count, stream) : unwritten(count);
  }
  int64_t rows, in, out;
  bool with_bias, accumulate;
  Floats x, weight, bias, dy;
};

struct LinearForward : LinearProblem {
  static auto list() { return kernels::linear_kernels(); }
  explicit LinearForward(const Case& c) : LinearProblem(c), y(unwritten(rows * out)) {}
  Floats y;
  kernels::LinearArgs args() {
    return {x.data(), weight.data(), with_bias ? bias.data() : nullptr, y.data(), rows, in, out};
  }
  Results outputs() const { return {y}; }
};

struct LinearGradInput : LinearProblem {
  static auto list() { return kernels::linear_grad_input_kernels(); }
  explicit LinearGradInput(const Case& c) : LinearProblem(c), dx(unwritten(rows * in)) {}
  Floats dx;
  kernels::LinearGradInputArgs args() {
    return {dy.data(), weight.data(), dx.data(), rows, in, out};
  }
  Results outputs() const { return {dx}; }
};

struct LinearGradWeight : LinearProblem {
  static auto list() { return kernels::linear_grad_weight_kernels(); }
  explicit LinearGradWeight(const Case& c) : LinearProblem(c), dweight(gradient(out * in, 7)) {}
  Floats dweight;
  kernels::LinearGradWeightArgs args() {
    return {dy.data(), x.data(), dweight.data(), rows, in, out, accumulate};
  }
  Results outputs() const { return {dweight}; }
};

struct LinearGradBias : LinearProblem {
  static auto list() { return kernels::linear_grad_bias_kernels(); }
  explicit LinearGradBias(const Case& c) : LinearProblem(c), dbias(gradient(out, 8)) {}
  Floats dbias;
  kernels::LinearGradBiasArgs args() { return {dy.data(), dbias.data(), rows, out, accumulate}; }
  Results outputs() const { return {dbias}; }
};

using LinearProblems =
    testing::Types<LinearForward, LinearGradInput, LinearGradWeight, LinearGradBias>;

}  // namespace raddle::test
