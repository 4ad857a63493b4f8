// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "tests/cts/kernels/rope_problems.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Rope, KernelsAgree, RopeProblems);

TEST(Rope, InverseIsTheTransposeAndUndoesIt) {
  for (const auto* kernel : kernels_on_cpu(kernels::rope_kernels())) {
    RopeProblem forward(Case("rows=6 heads=2 kv_heads=1 head_dim=10 first=3"));
    KernelRunner runner(2);
    ASSERT_TRUE(runner.run(*kernel, forward.args()).is_ok());
    RopeProblem backward(Case("rows=6 heads=2 kv_heads=1 head_dim=10 first=3 inverse=1"));
    backward.x = forward.y;
    ASSERT_TRUE(runner.run(*kernel, backward.args()).is_ok());
    EXPECT_LE(relative_error(backward.y, forward.x), 1e-6);
  }
}

// A unit pair rotated by one position and frequency: x_0 at (0, half), all else 0.
TEST(Rope, RotatesHalvesByPositionTimesFrequency) {
  for (const auto* kernel : kernels_on_cpu(kernels::rope_kernels())) {
    RopeProblem problem(Case("rows=1 heads=1 head_dim=4 first=5 theta=100"));
    problem.x = {1, 2, 0, 0, 1, 0, 0, 0, 7, 8, 9, 10};
    KernelRunner runner(1);
    ASSERT_TRUE(runner.run(*kernel, problem.args()).is_ok());
    EXPECT_NEAR(problem.y[0], std::cos(5.0), 1e-6);
    EXPECT_NEAR(problem.y[2], std::sin(5.0), 1e-6);
    EXPECT_NEAR(problem.y[1], 2 * std::cos(0.5), 1e-6);  // frequency 100^(-2/4)
    EXPECT_NEAR(problem.y[3], 2 * std::sin(0.5), 1e-6);
    EXPECT_NEAR(problem.y[4], std::cos(5.0), 1e-6);
    EXPECT_EQ(problem.y[8], 7);
    EXPECT_EQ(problem.y[11], 10);
  }
}

TEST(Rope, OddHeadIsRefusedWithTheReason) {
  RopeProblem problem(Case("rows=1 heads=1 head_dim=3"));
  KernelRunner runner(1);
  for (const auto* kernel : kernels_on_cpu(kernels::rope_kernels())) {
    const kernels::Verdict verdict = kernel->probe(problem.args(), runner.caps());
    EXPECT_FALSE(verdict.accepted);
    EXPECT_EQ(verdict.why_not, "needs an even head_dim, got 3");
  }
}

TEST(HeadNorm, ReferenceGradientIsTheDerivative) {
  HeadNormGradProblem problem(Case("rows=3 heads=2 kv_heads=1 head_dim=5"));
  HeadNormProblem& forward = problem.forward;
  KernelRunner runner(1);
  ASSERT_TRUE(runner.run(*kernels::head_norm_grad_kernels().back(), problem.args()).is_ok());
  const auto loss = [&] {
    EXPECT_TRUE(runner.run(*kernels::head_norm_kernels().back(), forward.args()).is_ok());
    return weighted_sum(forward.y, problem.dy);
  };
  expect_gradient(forward.x, problem.dx, loss, 3e-3);
  expect_gradient(forward.q_weight, problem.dq_weight, loss, 3e-3);
  expect_gradient(forward.k_weight, problem.dk_weight, loss, 3e-3);
}

}  // namespace
}  // namespace raddle::test
