// SPDX-License-Identifier: Apache-2.0
// Parameters in slices of very different sizes with random state, for conformance tests and
// benches.
#pragma once

#include <cmath>
#include <vector>

#include "kernels/ops/optimizer.h"
#include "runtime/base/bf16.h"
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
    if (c.integer("copies") != 0) compute.assign(master.size(), kUntouched);
    cut(c.integer("elements"), c.integer("slices"));
    scalars = {3e-2f,
               0.9f,
               0.95f,
               1e-8f,
               1.0f - std::pow(0.9f, 3.0f),
               1.0f - std::pow(0.95f, 3.0f),
               static_cast<float>(c.number("max_norm"))};
  }
  static constexpr uint16_t kUntouched = 0x7FAB;  // a NaN that no rounding makes
  Floats master, gradient, m, v;
  std::vector<uint16_t> compute;  // every other slice has them, if there are any
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
                        counts[i], i % 2 == 0 ? 0.1f : 0.0f, i % 3 == 0 ? 1.0f : 0.5f,
                        has_compute(i) ? compute.data() + at : nullptr});
      at += counts[i];
    }
    return slices;
  }

  // 1 where an element of a copy is not the master's, rounded, or was written without being one: a
  // copy is held to the master of its own kernel, whose last bits may differ from the reference's.
  Floats compute_errors() const {
    Floats errors(compute.size(), 0);
    size_t at = 0;
    for (size_t i = 0; i < counts.size() && !compute.empty(); ++i) {
      for (int64_t k = 0; k < counts[i]; ++k, ++at) {
        const uint16_t expected = has_compute(i) ? f32_to_bf16(master[at]) : kUntouched;
        errors[at] = compute[at] == expected ? 0.0f : 1.0f;
      }
    }
    return errors;
  }

 private:
  bool has_compute(size_t slice) const { return !compute.empty() && slice % 2 == 0; }
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
  std::vector<double> block_sums;
  kernels::SquareSumArgs args() {
    block_sums.assign(static_cast<size_t>(kernels::square_sum_blocks(make_slices())), 0.37);
    return {slices, &sum, block_sums.data()};
  }
  Results outputs() const {
    return {{static_cast<float>(sum)}, gradient, {block_sums.begin(), block_sums.end()}};
  }
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
  Results outputs() const { return {master, m, v, gradient, compute_errors()}; }
};

using OptimizerProblems = testing::Types<SquareSumProblem, AdamWProblem>;

}  // namespace raddle::test
