// SPDX-License-Identifier: Apache-2.0
// Parameters in slices of very different sizes with random state, for conformance tests and
// benches.
#pragma once

#include <cmath>
#include <vector>

#include "kernels/ops/optimizer.h"
#include "tests/cts/kernels/agreement.h"

namespace raddle::test {

struct OptimizerProblem {
  static constexpr const char *kCases = "kernels/optimizer.cases", *kTolerance = "tol";
  explicit OptimizerProblem(const Case& c)
      : master(random_floats(c.integer("elements"), 1)),
        gradient(random_floats(c.integer("elements"), 2, 0.1f)),
        m(random_floats(c.integer("elements"), 3, 0.05f)),
        v(random_floats(c.integer("elements"), 4, 0.1f)) {
    for (float& value : v) value *= value;
    cut(c.integer("elements"), c.integer("slices"));
    scalars = {3e-2f,
               0.9f,
               0.95f,
               1e-8f,
               1.0f - std::pow(0.9f, 3.0f),
               1.0f - std::pow(0.95f, 3.0f),
               static_cast<float>(c.number("max_norm"))};
  }
  Floats master, gradient, m, v;
  std::vector<int64_t> counts;
  std::vector<kernels::ParameterSlice> slices;
  kernels::StepScalars scalars{};
  kernels::StepVerdict verdict{0, 0, 0.37f, 0};

  // Pointers go stale in a copy, so they are made anew whenever arguments are asked for.
  std::span<const kernels::ParameterSlice> make_slices() {
    slices.clear();
    int64_t at = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      slices.push_back({master.data() + at, gradient.data() + at, m.data() + at, v.data() + at,
                        counts[i], i % 2 == 0 ? 0.1f : 0.0f, i % 3 == 0 ? 1.0f : 0.5f});
      at += counts[i];
    }
    return slices;
  }

 private:
  // Sizes fall from half of what is left to single elements; one slice is empty.
  void cut(int64_t elements, int64_t slice_count) {
    for (int64_t i = 0; i + 1 < slice_count; ++i) {
      const int64_t share =
          i == 2 ? 0 : (i % 2 == 0 ? elements / 4 : std::min<int64_t>(elements, 3));
      counts.push_back(share);
      elements -= share;
    }
    counts.push_back(elements);
  }
};

struct SquareSumProblem : OptimizerProblem {
  static auto list() { return kernels::square_sum_kernels(); }
  using OptimizerProblem::OptimizerProblem;
  double sum = 0.37;
  kernels::SquareSumArgs args() { return {make_slices(), &sum}; }
  Results outputs() const { return {{static_cast<float>(sum)}, gradient}; }
};

struct StepVerdictProblem {
  std::vector<double> sums;
  kernels::StepScalars scalars{};
  kernels::StepVerdict verdict{0, 0, 0.37f, 0};
  kernels::StepVerdictArgs args() {
    return {sums.data(), static_cast<int64_t>(sums.size()), &scalars, &verdict};
  }
  Results outputs() const {
    return {{static_cast<float>(verdict.norm_squared)},
            {verdict.norm},
            {verdict.clip},
            {static_cast<float>(verdict.non_finite)}};
  }
};

struct AdamWProblem : OptimizerProblem {
  static auto list() { return kernels::adamw_kernels(); }
  using OptimizerProblem::OptimizerProblem;
  kernels::AdamWArgs args() { return {make_slices(), &scalars, &verdict}; }
  Results outputs() const { return {master, m, v, gradient}; }
};

using OptimizerProblems = testing::Types<SquareSumProblem, AdamWProblem>;

}  // namespace raddle::test
