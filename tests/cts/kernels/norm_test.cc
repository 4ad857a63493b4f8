// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/kernels/norm_problems.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Norm, KernelsAgree, NormProblems);

const char* const kSmall = "rows=5 width=7";
constexpr double kDifferenceTolerance = 3e-3;  // of central differences in float

TEST(LayerNorm, ReferenceGradientIsTheDerivative) {
  LayerNormGradProblem problem{Case(kSmall)};
  KernelRunner runner(1);
  ASSERT_TRUE(runner.run(*kernels::layer_norm_grad_kernels().back(), problem.args()).is_ok());
  LayerNormProblem& forward = problem.forward;
  const auto loss = [&] {
    EXPECT_TRUE(runner.run(*kernels::layer_norm_kernels().back(), forward.args()).is_ok());
    return weighted_sum(forward.y, problem.dy);
  };
  expect_gradient(forward.x, problem.dx, loss, kDifferenceTolerance);
  expect_gradient(forward.weight, problem.dweight, loss, kDifferenceTolerance);
  expect_gradient(forward.bias, problem.dbias, loss, kDifferenceTolerance);
}

TEST(RmsNorm, ReferenceGradientIsTheDerivative) {
  RmsNormGradProblem problem{Case(kSmall)};
  KernelRunner runner(1);
  ASSERT_TRUE(runner.run(*kernels::rms_norm_grad_kernels().back(), problem.args()).is_ok());
  RmsNormProblem& forward = problem.forward;
  const auto loss = [&] {
    EXPECT_TRUE(runner.run(*kernels::rms_norm_kernels().back(), forward.args()).is_ok());
    return weighted_sum(forward.y, problem.dy);
  };
  expect_gradient(forward.x, problem.dx, loss, kDifferenceTolerance);
  expect_gradient(forward.weight, problem.dweight, loss, kDifferenceTolerance);
}

TEST(LayerNorm, KnownValues) {
  for (const auto* kernel : kernels_on_cpu(kernels::layer_norm_kernels())) {
    const Floats x = {1, 2, 3, 4};
    const Floats weight = {1, 1, 1, 2}, bias = {0, 0, 0, 1};
    Floats y = unwritten(4), stats = unwritten(2);
    KernelRunner runner(1);
    ASSERT_TRUE(runner
                    .run(*kernel,
                         {x.data(), weight.data(), bias.data(), y.data(), stats.data(), 1, 4, 0.0f})
                    .is_ok());
    const float rstd = 1.0f / std::sqrt(1.25f);
    EXPECT_FLOAT_EQ(stats[0], 2.5f);
    EXPECT_FLOAT_EQ(stats[1], rstd);
    EXPECT_FLOAT_EQ(y[0], -1.5f * rstd);
    EXPECT_FLOAT_EQ(y[3], 2 * 1.5f * rstd + 1);
  }
}

}  // namespace
}  // namespace raddle::test
