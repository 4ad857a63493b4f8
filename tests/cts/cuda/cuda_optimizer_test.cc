// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <numeric>

#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/optimizer_problem.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Optimizer, CudaKernelsAgree, OptimizerProblems);

template <class Problem>
Problem with_slices(std::vector<int64_t> counts) {
  const int64_t elements = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  Problem problem(Case("elements=" + std::to_string(elements) + " slices=1 max_norm=1"));
  problem.counts = std::move(counts);
  return problem;
}

// More slices than one launch takes, some of them empty; launches begin within a run.
TEST(CudaOptimizer, TakesAnyNumberOfSlices) {
  std::vector<int64_t> counts;
  for (int64_t i = 0; i < 2600; ++i) counts.push_back(i % 7 == 0 ? 0 : i * 31 % 97);
  counts[5] = 40000;
  counts[2599] = 20000;
  EXPECT_EQ(
      expect_cuda_agreement(kernels::adamw_kernels(), with_slices<AdamWProblem>(counts), 2e-6), 1);
  const auto squares = with_slices<SquareSumProblem>(counts);
  EXPECT_EQ(expect_cuda_agreement(kernels::square_sum_kernels(), squares, 1e-7), 1);
}

TEST(CudaOptimizer, NoSlicesHaveNoSum) {
  const auto nothing = with_slices<SquareSumProblem>({});
  EXPECT_EQ(expect_cuda_agreement(kernels::square_sum_kernels(), nothing, 1e-30), 1);
  EXPECT_EQ(expect_cuda_agreement(kernels::adamw_kernels(), with_slices<AdamWProblem>({}), 1), 1);
}

// Exact: a sum in float would lose the small elements, and one that takes an element twice shows.
TEST(CudaOptimizer, SumsInDoubleAndEachElementOnce) {
  auto problem = with_slices<SquareSumProblem>({8191, 1, 8192, 3, 70000, 5});
  for (float& gradient : problem.gradient) gradient = 0x1p-14f;
  problem.gradient[8192] = 0x1p10f;
  const auto copy = std::make_unique<SquareSumProblem>(problem);
  const StatusOr<CudaRunner*> runner = CudaRunner::get();
  ASSERT_TRUE(runner.is_ok());
  ASSERT_TRUE(runner.value()->run(*kernels::square_sum_kernels().front(), copy->args()).is_ok());
  EXPECT_EQ(copy->sum, 0x1p20 + 86391 * 0x1p-28);
}

TEST(CudaOptimizer, TheVerdictIsThatOfTheReference) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto& list = kernels::step_verdict_kernels();
  for (const std::vector<double>& sums : {std::vector<double>{25},
                                          {9, 16},
                                          {0},
                                          {1e60},
                                          {1e77},
                                          {9, kInfinity, 16},
                                          {std::numeric_limits<double>::quiet_NaN()},
                                          std::vector<double>(3000, 0.25)}) {
    for (const float max_norm : {1.0f, 0.0f}) {
      StepVerdictProblem problem{.sums = sums};
      problem.scalars.max_norm = max_norm;
      const Results expected = run_problem(*list.back(), problem);
      const Results actual = run_on_cuda(*list.front(), problem);
      ASSERT_EQ(actual.size(), expected.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        EXPECT_TRUE(same_bits(actual[i], expected[i]) ||
                    (std::isnan(actual[i][0]) && std::isnan(expected[i][0])))
            << "output " << i << " of " << sums.size() << " parts with " << sums[0];
      }
    }
  }
}

TEST(CudaOptimizer, LeavesEverythingUntouchedAfterANonFiniteNorm) {
  AdamWProblem problem(Case("elements=5000 slices=5"));
  problem.verdict.non_finite = 1;
  EXPECT_EQ(run_on_cuda(*kernels::adamw_kernels().front(), problem), problem.outputs());
}

struct LossSumProblem {
  float loss;
  double sum;
  bool accumulate;
  kernels::LossSumArgs args() { return {&loss, &sum, accumulate}; }
  Results outputs() const { return {{static_cast<float>(sum)}}; }
};
TEST(CudaOptimizer, LossesAddUpInDouble) {
  const auto& kernel = *kernels::loss_sum_kernels().front();
  EXPECT_EQ(run_on_cuda(kernel, LossSumProblem{1.5f, 1e12, false})[0][0], 1.5f);
  EXPECT_EQ(run_on_cuda(kernel, LossSumProblem{-1e8f, 1e8 + 1, true})[0][0], 1.0f);
}

}  // namespace
}  // namespace raddle::test
