// SPDX-License-Identifier: Apache-2.0
// Linear layers with random data, for conformance tests and benches.
#pragma once

#include <vector>

#include "kernels/ops/linear.h"
#include "tests/cts/kernels/agreement.h"
#include "tests/cts/kernels/elements.h"

namespace raddle::test {

// What all four linear ops share; activations, weight and bias are of type T.
template <class T>
struct LinearProblemOf {
  using Element = T;
  static constexpr size_t kOfElement = 0;  // gradients of parameters are float
  static constexpr const char *kCases = "kernels/linear.cases", *kTolerance = "tol";
  explicit LinearProblemOf(const Case& c)
      : rows(c.integer("rows")),
        in(c.integer("in")),
        out(c.integer("out")),
        with_bias(c.integer("bias") != 0),
        accumulate(c.integer("accumulate") != 0),
        x(rounded_to<T>(random_floats(rows * in, 1))),
        weight(rounded_to<T>(random_floats(out * in, 2, 0.1f))),
        bias(rounded_to<T>(random_floats(out, 3))),
        dy(rounded_to<T>(random_floats(rows * out, 4))) {}
  // What is added to, or left unwritten.
  Floats gradient(int64_t count, uint64_t stream) const {
    return accumulate ? random_floats(count, stream) : unwritten(count);
  }
  int64_t rows, in, out;
  bool with_bias, accumulate;
  std::vector<T> x, weight, bias, dy;
};

template <class T>
struct LinearForwardOf : LinearProblemOf<T> {
  static constexpr size_t kOfElement = 1;
  static auto list() { return kernels::linear_kernels<T>(); }
  explicit LinearForwardOf(const Case& c)
      : LinearProblemOf<T>(c), y(unwritten_of<T>(this->rows * this->out)) {}
  std::vector<T> y;
  kernels::LinearArgsOf<T> args() {
    return {this->x.data(), this->weight.data(), this->with_bias ? this->bias.data() : nullptr,
            y.data(),       this->rows,          this->in,
            this->out};
  }
  Results outputs() const { return {widened(y)}; }
};

template <class T>
struct LinearGradInputOf : LinearProblemOf<T> {
  static constexpr size_t kOfElement = 1;
  static auto list() { return kernels::linear_grad_input_kernels<T>(); }
  explicit LinearGradInputOf(const Case& c)
      : LinearProblemOf<T>(c), dx(unwritten_of<T>(this->rows * this->in)) {}
  std::vector<T> dx;
  kernels::LinearGradInputArgsOf<T> args() {
    return {this->dy.data(), this->weight.data(), dx.data(), this->rows, this->in, this->out};
  }
  Results outputs() const { return {widened(dx)}; }
};

template <class T>
struct LinearGradWeightOf : LinearProblemOf<T> {
  static auto list() { return kernels::linear_grad_weight_kernels<T>(); }
  explicit LinearGradWeightOf(const Case& c)
      : LinearProblemOf<T>(c), dweight(this->gradient(this->out * this->in, 7)) {}
  Floats dweight;
  kernels::LinearGradWeightArgsOf<T> args() {
    return {this->dy.data(), this->x.data(), dweight.data(),  this->rows,
            this->in,        this->out,      this->accumulate};
  }
  Results outputs() const { return {dweight}; }
};

template <class T>
struct LinearGradBiasOf : LinearProblemOf<T> {
  static auto list() { return kernels::linear_grad_bias_kernels<T>(); }
  explicit LinearGradBiasOf(const Case& c)
      : LinearProblemOf<T>(c), dbias(this->gradient(this->out, 8)) {}
  Floats dbias;
  kernels::LinearGradBiasArgsOf<T> args() {
    return {this->dy.data(), dbias.data(), this->rows, this->out, this->accumulate};
  }
  Results outputs() const { return {dbias}; }
};

using LinearProblem = LinearProblemOf<float>;
using LinearForward = LinearForwardOf<float>;
using LinearGradInput = LinearGradInputOf<float>;
using LinearGradWeight = LinearGradWeightOf<float>;
using LinearGradBias = LinearGradBiasOf<float>;

template <class T>
using LinearProblemsOf = testing::Types<LinearForwardOf<T>, LinearGradInputOf<T>,
                                        LinearGradWeightOf<T>, LinearGradBiasOf<T>>;
using LinearProblems = LinearProblemsOf<float>;

}  // namespace raddle::test
