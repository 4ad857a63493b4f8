// SPDX-License-Identifier: Apache-2.0
// The update: tuned against reference, the reference against the textbook update, and
// what happens when a gradient is not finite.
#include <limits>

#include "tests/cts/kernels/optimizer_problem.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Optimizer, KernelsAgree, OptimizerProblems);

// The verdict on the squares of one rank's gradients.
Results verdict_of(const std::vector<double>& sums, float max_norm) {
  StepVerdictProblem problem{.sums = sums};
  problem.scalars.max_norm = max_norm;
  return run_problem(*kernels_on_cpu(kernels::step_verdict_kernels()).front(), problem);
}

TEST(Optimizer, ClipsOnlyAboveTheLimit) {
  SquareSumProblem problem(Case("elements=2 slices=1 max_norm=1"));
  problem.gradient = {3.0f, 4.0f};
  for (const auto* kernel : kernels_on_cpu(kernels::square_sum_kernels())) {
    EXPECT_EQ(run_problem(*kernel, problem)[0][0], 25.0f) << kernel->name;
  }
  EXPECT_EQ(verdict_of({25}, 1), (Results{{25.0f}, {5.0f}, {0.2f}, {0.0f}}));
  for (const float limit : {5.0f, 6.0f, 0.0f, -1.0f}) {
    EXPECT_EQ(verdict_of({25}, limit)[2][0], 1.0f) << limit;
  }
}

TEST(Optimizer, TheVerdictIsOnTheSumOverRanks) {
  EXPECT_EQ(verdict_of({9, 16}, 1), verdict_of({25}, 1));
  EXPECT_EQ(verdict_of({9, std::numeric_limits<double>::infinity(), 16}, 1)[3][0], 1.0f);
}

TEST(Optimizer, LossesOfMicroBatchesAddUpInDouble) {
  KernelRunner runner(1);
  const float losses[] = {1e8f, 1.0f, -1e8f};
  double sum = 7;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        runner.run(*kernels_on_cpu(kernels::loss_sum_kernels()).front(), {&losses[i], &sum, i > 0})
            .is_ok());
  }
  EXPECT_EQ(sum, 1.0);
}

TEST(Optimizer, ReportsGradientsThatAreNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN()}) {
    for (const size_t at : {size_t{0}, size_t{70000}, size_t{150000}}) {
      SquareSumProblem problem(Case("elements=150001 slices=5 max_norm=1"));
      problem.gradient[at] = bad;
      for (const auto* kernel : kernels_on_cpu(kernels::square_sum_kernels())) {
        const double sum = run_problem(*kernel, problem)[0][0];
        EXPECT_EQ(verdict_of({sum}, 1)[3][0], 1.0f) << kernel->name << at;
      }
    }
  }
}

// Squares of these overflow a float, but the norm does not.
TEST(Optimizer, LargeGradientsAreFinite) {
  KernelRunner runner(2);
  SquareSumProblem problem(Case("elements=100 slices=2 max_norm=1"));
  for (float& gradient : problem.gradient) gradient = 1e30f;
  for (const auto* kernel : kernels_on_cpu(kernels::square_sum_kernels())) {
    ASSERT_TRUE(runner.run(*kernel, problem.args()).is_ok());
    EXPECT_EQ(verdict_of({problem.sum}, 1)[3][0], 0.0f) << kernel->name;
    EXPECT_FLOAT_EQ(verdict_of({problem.sum}, 1)[1][0], 1e31f) << kernel->name;
  }
}

TEST(Optimizer, LeavesEverythingUntouchedAfterANonFiniteNorm) {
  AdamWProblem problem(Case("elements=5000 slices=5"));
  problem.verdict.non_finite = 1;
  const Results before = problem.outputs();
  for (const auto* kernel : kernels_on_cpu(kernels::adamw_kernels())) {
    EXPECT_EQ(run_problem(*kernel, problem), before) << kernel->name;
  }
}

// The update written from its definition, on one element.
TEST(Optimizer, ReferenceFollowsTheDefinition) {
  AdamWProblem problem(Case("elements=1 slices=1"));
  const double g = 0.37f * static_cast<double>(problem.gradient[0]);
  const auto& s = problem.scalars;
  const double m = s.beta1 * static_cast<double>(problem.m[0]) + (1.0 - s.beta1) * g;
  const double v = s.beta2 * static_cast<double>(problem.v[0]) + (1.0 - s.beta2) * g * g;
  const double ratio = (m / s.bias_correction1) / (std::sqrt(v / s.bias_correction2) + 1e-8);
  const double p = problem.master[0];
  const double decayed = p - 3e-2 * 0.1 * p - 3e-2 * ratio;
  const Results results = run_problem(*kernels::adamw_kernels().back(), problem);
  EXPECT_NEAR(results[0][0], decayed, 1e-6);
  EXPECT_NEAR(results[1][0], m, 1e-7);
  EXPECT_NEAR(results[2][0], v, 1e-8);
}

}  // namespace
}  // namespace raddle::test
