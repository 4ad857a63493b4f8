// SPDX-License-Identifier: Apache-2.0
// Fused projection and cross-entropy with random data, for conformance tests and benches.
#pragma once

#include <vector>

#include "kernels/ops/linear_cross_entropy.h"
#include "tests/cts/kernels/agreement.h"
#include "tests/cts/kernels/elements.h"

namespace raddle::test {

template <class T>
struct LinearCrossEntropyProblemOf {
  static auto list() { return kernels::linear_cross_entropy_kernels<T>(); }
  static constexpr const char* kCases = "kernels/linear_cross_entropy.cases";
  explicit LinearCrossEntropyProblemOf(const Case& c)
      : rows(c.integer("rows")),
        in(c.integer("in")),
        vocab(c.integer("vocab")),
        accumulate(c.integer("accumulate") != 0),
        coefficient(static_cast<float>(c.number("coefficient", 1.0))),
        x(rounded_to<T>(random_floats(rows * in, 1))),
        weight(rounded_to<T>(random_floats(vocab * in, 2, 0.3f))),
        dx(rounded_to<T>(random_floats(rows * in, 3))),
        dweight(random_floats(vocab * in, 4, 0.01f)),
        targets(static_cast<size_t>(rows)),
        weights(static_cast<size_t>(rows)) {
    RandomStream random(11, 0);
    const int64_t masked = c.integer("masked");
    for (size_t t = 0; t < targets.size(); ++t) {
      const bool is_masked = masked > 0 && t % static_cast<size_t>(masked) == 0;
      // A masked row's target must never be used as an index.
      targets[t] =
          is_masked ? -100 : static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab)));
      weights[t] = is_masked ? 0.0f : 0.5f + static_cast<float>(random.unit());
    }
    scale = 1.0f / static_cast<float>(rows);
  }
  int64_t rows, in, vocab;
  bool accumulate, with_gradients = true;
  float coefficient, scale = 1.0f;
  std::vector<T> x, weight, dx;
  Floats dweight;
  std::vector<int32_t> targets;
  Floats weights;
  Floats loss = {-1.0f};

  kernels::LinearCrossEntropyArgsOf<T> args() {
    return {x.data(),
            weight.data(),
            targets.data(),
            weights.data(),
            &scale,
            loss.data(),
            with_gradients ? dx.data() : nullptr,
            with_gradients ? dweight.data() : nullptr,
            coefficient,
            rows,
            in,
            vocab,
            accumulate};
  }
  Results outputs() const { return {loss, widened(dx), dweight}; }
};
using LinearCrossEntropyProblem = LinearCrossEntropyProblemOf<float>;

// The loss and the gradients have tolerances of their own.
struct LinearCrossEntropyLoss : LinearCrossEntropyProblem {
  using LinearCrossEntropyProblem::LinearCrossEntropyProblem;
  static constexpr const char* kTolerance = "tol";
  Results outputs() const { return {loss}; }
};

struct LinearCrossEntropyGradients : LinearCrossEntropyProblem {
  using LinearCrossEntropyProblem::LinearCrossEntropyProblem;
  static constexpr const char* kTolerance = "grad_tol";
  Results outputs() const { return {dx, dweight}; }
};

using LinearCrossEntropyProblems =
    testing::Types<LinearCrossEntropyLoss, LinearCrossEntropyGradients>;

}  // namespace raddle::test
