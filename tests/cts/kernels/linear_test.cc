// SPDX-License-Identifier: Apache-2.0
// Linear layers: tuned kernels against the reference, the reference against finite differences.
#include "tests/cts/kernels/linear_problem.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Linear, KernelsAgree, LinearProblems);

// <dy, y> for the reference, as a function of whichever input was nudged. The map is linear in each
// input, so a wide step has no truncation error.
double objective(LinearForward problem) {
  const auto y = run_problem(*kernels::linear_kernels().back(), problem)[0];
  double sum = 0;
  for (size_t i = 0; i < y.size(); ++i) sum += static_cast<double>(problem.dy[i]) * y[i];
  return sum;
}

void expect_slopes(const LinearForward& at, std::vector<float> LinearForward::*input,
                   const std::vector<float>& gradient) {
  constexpr float kStep = 0.5f;
  for (size_t i = 0; i < gradient.size(); ++i) {
    LinearForward up = at, down = at;
    (up.*input)[i] += kStep;
    (down.*input)[i] -= kStep;
    const double slope = (objective(up) - objective(down)) / (2 * kStep);
    EXPECT_NEAR(slope, gradient[i], 2e-5 * (1 + std::abs(gradient[i]))) << "element " << i;
  }
}

TEST(Linear, ReferenceGradientsMatchFiniteDifferences) {
  const Case c("rows=3 in=5 out=4 bias=1");
  const LinearForward at(c);
  expect_slopes(at, &LinearForward::x,
                run_problem(*kernels::linear_grad_input_kernels().back(), LinearGradInput(c))[0]);
  expect_slopes(at, &LinearForward::weight,
                run_problem(*kernels::linear_grad_weight_kernels().back(), LinearGradWeight(c))[0]);
  expect_slopes(at, &LinearForward::bias,
                run_problem(*kernels::linear_grad_bias_kernels().back(), LinearGradBias(c))[0]);
}

TEST(Linear, RefusesWithoutALibraryAndBeyondIntSizes) {
  device::DeviceCaps caps;
  caps.matrix_library_name = "no BLAS for a reason";
  kernels::LinearArgs args{};
  args.rows = args.in = args.out = 8;
  const auto& tuned = kernels::kLinearOneDnn;
  EXPECT_EQ(tuned.probe(args, caps).why_not, "no BLAS for a reason");
  caps.matrix_library = device::MatrixLibrary::kOneDnn;
  EXPECT_TRUE(tuned.probe(args, caps).accepted);
  args.out = int64_t{1} << 31;
  EXPECT_FALSE(tuned.probe(args, caps).accepted);
}

}  // namespace
}  // namespace raddle::test
