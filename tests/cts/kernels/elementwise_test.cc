// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/kernels/elementwise_problems.h"

#include <cmath>

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Elementwise, KernelsAgree, ElementwiseProblems);

TEST(Gelu, ReferenceGradientIsTheDerivative) {
  const Case c("count=50");
  GeluGradProblem problem(c);
  GeluProblem forward(c);
  KernelRunner runner(1);
  ASSERT_TRUE(runner.run(*kernels::gelu_grad_kernels().back(), problem.args()).is_ok());
  expect_gradient(
      forward.x, problem.dx,
      [&] {
        EXPECT_TRUE(runner.run(*kernels::gelu_kernels().back(), forward.args()).is_ok());
        return weighted_sum(forward.y, problem.dy);
      },
      1e-3);
}

TEST(Swiglu, ReferenceGradientIsTheDerivative) {
  const Case c("rows=3 width=9");
  SwigluGradProblem problem(c);
  SwigluProblem& forward = problem.forward;
  KernelRunner runner(1);
  ASSERT_TRUE(runner.run(*kernels::swiglu_grad_kernels().back(), problem.args()).is_ok());
  expect_gradient(
      forward.x, problem.dx,
      [&] {
        EXPECT_TRUE(runner.run(*kernels::swiglu_kernels().back(), forward.args()).is_ok());
        return weighted_sum(forward.y, problem.dy);
      },
      1e-3);
}

TEST(Concat, SplitUndoesIt) {
  const Case c("rows=5 a_width=3 b_width=4");
  ConcatProblem joined(c);
  KernelRunner runner(1);
  ASSERT_TRUE(
      runner.run(*kernels_on_cpu(kernels::concat_kernels()).front(), joined.args()).is_ok());
  SplitProblem parts(c);
  parts.y = joined.y;
  ASSERT_TRUE(runner.run(*kernels_on_cpu(kernels::split_kernels()).front(), parts.args()).is_ok());
  EXPECT_EQ(parts.a, joined.a);
  EXPECT_EQ(parts.b, joined.b);
}

// Absolute error of the whole gate, (1 + tanh) / 2, over a fine sweep and at the ends of the range.
TEST(Gelu, IsWithinAMillionthEverywhere) {
  Floats x;
  for (int i = -120000; i <= 120000; ++i) x.push_back(static_cast<float>(i) * 1e-4f);
  for (const float far : {1e-30f, 0.0f, 50.0f, 1e6f, 1e15f, 3e38f}) {
    x.push_back(far);
    x.push_back(-far);
  }
  for (const int64_t target : runnable_vector_targets()) {
    const VectorTarget restricted(target);
    Floats y = unwritten(static_cast<int64_t>(x.size()));
    KernelRunner runner(1);
    ASSERT_TRUE(runner
                    .run(*kernels_on_cpu(kernels::gelu_kernels()).front(),
                         {x.data(), y.data(), static_cast<int64_t>(x.size())})
                    .is_ok());
    for (size_t i = 0; i < x.size(); ++i) {
      const double v = x[i];
      const double expected =
          0.5 * v * (1 + std::tanh(0.79788456080286535588 * (v + 0.044715 * v * v * v)));
      ASSERT_NEAR(y[i], expected, 1e-6 * std::max(1.0, std::abs(v)) * 0.5) << "x = " << v;
    }
  }
}

TEST(Gelu, NotANumberComesOut) {
  for (const int64_t target : runnable_vector_targets()) {
    const VectorTarget restricted(target);
    Floats x(40, 1.0f), dy(40, 1.0f);
    x[3] = x[39] = std::nanf("");
    Floats y = unwritten(40), dx = unwritten(40);
    KernelRunner runner(1);
    ASSERT_TRUE(
        runner.run(*kernels_on_cpu(kernels::gelu_kernels()).front(), {x.data(), y.data(), 40})
            .is_ok());
    ASSERT_TRUE(runner
                    .run(*kernels_on_cpu(kernels::gelu_grad_kernels()).front(),
                         {dy.data(), x.data(), dx.data(), 40})
                    .is_ok());
    for (size_t i = 0; i < 40; ++i) {
      EXPECT_EQ(std::isnan(y[i]), std::isnan(x[i])) << i;
      EXPECT_EQ(std::isnan(dx[i]), std::isnan(x[i])) << i;
    }
  }
}

}  // namespace
}  // namespace raddle::test
