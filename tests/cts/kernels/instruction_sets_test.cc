// SPDX-License-Identifier: Apache-2.0
// The vector kernels of the product family on each instruction set that this machine has, not only
// on the widest: one binary must be right on all of them.
#include <hwy/targets.h>

#include "tests/cts/kernels/linear_cross_entropy_problem.h"
#include "tests/cts/kernels/linear_problem.h"
#include "tests/cts/kernels/optimizer_problem.h"
#include "tests/support/op_conformance.h"

namespace raddle::test {
namespace {

class OnlyTarget {
 public:
  explicit OnlyTarget(int64_t target) { hwy::SetSupportedTargetsForTest(target); }
  ~OnlyTarget() { hwy::SetSupportedTargetsForTest(0); }
  OnlyTarget(const OnlyTarget&) = delete;
  OnlyTarget& operator=(const OnlyTarget&) = delete;
};

void check_all() {
  for (const Case& c : read_cases(RADDLE_SOURCE_DIR, "kernels/linear.cases")) {
    if (c.integer("slow") != 0) continue;
    const double tol = c.number("tol");
    expect_tuned_match_reference<kernels::LinearArgs>(kernels::linear_kernels(), LinearForward(c),
                                                      tol);
    expect_tuned_match_reference<kernels::LinearGradInputArgs>(kernels::linear_grad_input_kernels(),
                                                               LinearGradInput(c), tol);
    expect_tuned_match_reference<kernels::LinearGradWeightArgs>(
        kernels::linear_grad_weight_kernels(), LinearGradWeight(c), tol);
    expect_tuned_match_reference<kernels::LinearGradBiasArgs>(kernels::linear_grad_bias_kernels(),
                                                              LinearGradBias(c), tol);
  }
  expect_tuned_match_reference<kernels::LinearCrossEntropyArgs>(
      kernels::linear_cross_entropy_kernels(),
      LinearCrossEntropyProblem(Case("rows=64 in=48 vocab=1031 masked=2")), 1e-5);
  const Case optimizer("elements=10007 slices=9 max_norm=1");
  expect_tuned_match_reference<kernels::SquareSumArgs>(kernels::square_sum_kernels(),
                                                       SquareSumProblem(optimizer), 2e-6);
  expect_tuned_match_reference<kernels::AdamWArgs>(kernels::adamw_kernels(),
                                                   AdamWProblem(optimizer), 2e-6);
}

TEST(InstructionSets, EverySupportedTargetMatchesTheReference) {
  const int64_t supported = hwy::SupportedTargets();
  int tried = 0;
  for (int64_t left = supported; left != 0; left &= left - 1) {
    const int64_t target = left & -left;
    SCOPED_TRACE(hwy::TargetName(target));
    const OnlyTarget only(target);
    check_all();
    ++tried;
  }
  EXPECT_GE(tried, 1);
}

}  // namespace
}  // namespace raddle::test
