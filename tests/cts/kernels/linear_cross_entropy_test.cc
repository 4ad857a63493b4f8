// SPDX-License-Identifier: Apache-2.0
// Fused projection and cross-entropy: tuned against reference, reference against finite
// differences, masked rows, loss only, and the scratch bound.
#include <limits>

#include "tests/cts/kernels/linear_cross_entropy_problem.h"

namespace raddle::test {
namespace {

using Args = kernels::LinearCrossEntropyArgs;

const kernels::Kernel<Args>& reference() { return *kernels::linear_cross_entropy_kernels().back(); }

INSTANTIATE_TYPED_TEST_SUITE_P(LinearCrossEntropy, KernelsAgree, LinearCrossEntropyProblems);

TEST(LinearCrossEntropy, LossOnlyGivesTheSameLossAndWritesNoGradient) {
  LinearCrossEntropyProblem problem(Case("rows=37 in=24 vocab=301 masked=4"));
  for (const auto* kernel : kernels::linear_cross_entropy_kernels()) {
    if (!kernels::runs_on(kernel->code, device::Kind::kCpu)) continue;
    problem.with_gradients = true;
    const Results with = run_problem(*kernel, problem);
    problem.with_gradients = false;
    const Results without = run_problem(*kernel, problem);
    EXPECT_NEAR(without[0][0], with[0][0], 1e-6 * std::abs(with[0][0])) << kernel->name;
    EXPECT_EQ(without[1], problem.dx) << kernel->name;
    EXPECT_EQ(without[2], problem.dweight) << kernel->name;
  }
}

// Changing what a masked row holds changes no bit of anything but nothing at all.
TEST(LinearCrossEntropy, MaskedRowsAddExactlyNothing) {
  LinearCrossEntropyProblem one(Case("rows=30 in=17 vocab=129 masked=3"));
  LinearCrossEntropyProblem other = one;
  for (int64_t t = 0; t < one.rows; t += 3) {
    other.targets[static_cast<size_t>(t)] = std::numeric_limits<int32_t>::max();
    for (int64_t i = 0; i < one.in; ++i) other.x[static_cast<size_t>(t * one.in + i)] *= -7.0f;
  }
  for (const auto* kernel : kernels::linear_cross_entropy_kernels()) {
    if (!kernels::runs_on(kernel->code, device::Kind::kCpu)) continue;
    const Results a = run_problem(*kernel, one), b = run_problem(*kernel, other);
    EXPECT_EQ(a, b) << kernel->name;
    for (int64_t i = 0; i < one.in; ++i) EXPECT_EQ(a[1][static_cast<size_t>(i)], 0.0f);
  }
}

TEST(LinearCrossEntropy, LargeLogitsStayFinite) {
  LinearCrossEntropyProblem problem(Case("rows=9 in=4 vocab=77"));
  for (float& x : problem.x) x *= 3e4f;
  const Results expected = run_problem(reference(), problem);
  EXPECT_TRUE(std::isfinite(expected[0][0]));
  for (const auto* kernel : kernels::linear_cross_entropy_kernels()) {
    if (!kernels::runs_on(kernel->code, device::Kind::kCpu)) continue;
    const Results actual = run_problem(*kernel, problem);
    EXPECT_LE(relative_error(actual[0], expected[0]), 1e-5) << kernel->name;
  }
}

// The loss times the coefficient, as a function of one input; central differences.
double slope(const LinearCrossEntropyProblem& at,
             std::vector<float> LinearCrossEntropyProblem::*input, size_t i) {
  constexpr float kStep = 1e-2f;
  const auto loss_at = [&](float nudge) {
    LinearCrossEntropyProblem problem = at;
    (problem.*input)[i] += nudge;
    problem.with_gradients = false;
    return static_cast<double>(run_problem(reference(), problem)[0][0]) * at.coefficient;
  };
  return (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
}

TEST(LinearCrossEntropy, ReferenceGradientsMatchFiniteDifferences) {
  const LinearCrossEntropyProblem at(Case("rows=4 in=3 vocab=5 masked=4 coefficient=0.7"));
  const Results gradients = run_problem(reference(), at);
  for (size_t i = 0; i < at.x.size(); ++i) {
    EXPECT_NEAR(slope(at, &LinearCrossEntropyProblem::x, i), gradients[1][i], 5e-5) << i;
  }
  for (size_t i = 0; i < at.weight.size(); ++i) {
    EXPECT_NEAR(slope(at, &LinearCrossEntropyProblem::weight, i), gradients[2][i], 5e-5) << i;
  }
}

TEST(LinearCrossEntropy, ScratchIsBounded) {
  const KernelRunner runner;
  const auto& tuned = kernels::kLinearCrossEntropyOneDnn;
  for (const int64_t rows : {1, 256, 1024, 4096}) {
    for (const int64_t vocab : {65, 32000, 50257, 65536}) {
      Args args{};
      args.rows = rows;
      args.in = 768;
      args.vocab = vocab;
      EXPECT_LE(tuned.scratch_bytes(args, runner.caps()), size_t{64} << 20) << rows << " " << vocab;
    }
  }
}

}  // namespace
}  // namespace raddle::test
