// SPDX-License-Identifier: Apache-2.0
// The update: tuned against reference, the reference against the textbook update, and
// what happens when a gradient is not finite.
#include <limits>

#include "kernels/cpu/vector/vector_rows.h"
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

// However many ranks share the blocks out: each has those sums that one rank has, and the verdict
// on all of them is that of one rank, bit for bit. Only whole blocks do: any other cut gives
// others.
TEST(Optimizer, BlocksSharedOutHaveTheSameSums) {
  KernelRunner runner(2);
  constexpr int64_t kBlock = kernels::kUpdateBlockElements, kElements = 5 * kBlock + 77;
  const Floats gradient = random_floats(kElements, 6);
  std::vector<kernels::ParameterSlice> all;  // of three parameters, whose ends are no blocks' ends
  int64_t at = 0;
  for (const int64_t count : {kBlock + 7, 2 * kBlock + 1000, kElements - 3 * kBlock - 1007}) {
    kernels::ParameterSlice slice{};
    slice.gradient = const_cast<float*>(gradient.data()) + at;
    slice.count = count;
    all.push_back(slice);
    at += count;
  }
  ASSERT_EQ(at, kElements);
  const auto sums_of = [&](const auto& kernel, int64_t begin, int64_t end) {
    std::vector<kernels::ParameterSlice> part;
    int64_t first = 0;
    for (kernels::ParameterSlice slice : all) {
      const int64_t from = std::max(begin, first), to = std::min(end, first + slice.count);
      slice.gradient += std::max<int64_t>(0, from - first);
      first += slice.count;
      slice.count = std::max<int64_t>(0, to - from);
      part.push_back(slice);
    }
    double sum = 0;
    std::vector<double> sums(static_cast<size_t>(kernels::square_sum_blocks(part)));
    EXPECT_TRUE(runner.run(*kernel, {part, &sum, sums.data()}).is_ok());
    double alone = 0;
    EXPECT_TRUE(runner.run(*kernel, {part, &alone}).is_ok());
    EXPECT_EQ(sum, alone) << kernel->name;
    return std::pair{sum, sums};
  };
  const auto verdict = [&](const std::vector<double>& sums) {
    StepVerdictProblem problem{.sums = sums};
    EXPECT_TRUE(runner.run(*kernels_on_cpu(kernels::step_verdict_kernels()).front(), problem.args())
                    .is_ok());
    return problem.verdict.norm_squared;
  };
  for (const auto* kernel : kernels_on_cpu(kernels::square_sum_kernels())) {
    const auto [sum, whole] = sums_of(kernel, 0, kElements);
    ASSERT_EQ(whole.size(), 6u);
    for (const int64_t border : {kBlock, 2 * kBlock, 5 * kBlock}) {
      std::vector<double> shared = sums_of(kernel, 0, border).second;
      const std::vector<double> rest = sums_of(kernel, border, kElements).second;
      shared.insert(shared.end(), rest.begin(), rest.end());
      EXPECT_EQ(shared, whole) << kernel->name << " " << border;
      EXPECT_EQ(verdict(shared), verdict({sum})) << kernel->name << " " << border;
    }
    EXPECT_NE(sums_of(kernel, 0, kBlock + 7).second.back(), whole[1]) << kernel->name;
  }
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
  AdamWProblem problem(Case("elements=5000 slices=5 copies=1"));
  problem.verdict.non_finite = 1;
  const Results before = problem.outputs();
  for (const auto* kernel : kernels_on_cpu(kernels::adamw_kernels())) {
    EXPECT_EQ(run_problem(*kernel, problem), before) << kernel->name;
  }
}

// A copy takes nothing from the masters: they have the bits that they have without one.
TEST(Optimizer, CopiesChangeNoOtherBit) {
  const AdamWProblem plain(Case("elements=20003 slices=9"));
  const AdamWProblem copied(Case("elements=20003 slices=9 copies=1"));
  for (const auto* kernel : kernels_on_cpu(kernels::adamw_kernels())) {
    const Results expected = run_problem(*kernel, plain), actual = run_problem(*kernel, copied);
    for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(same_bits(actual[i], expected[i])) << kernel->name;
  }
}

// Ties, the largest, what is too large, the smallest, infinities and NaNs of any payload.
TEST(Optimizer, RoundsToBf16AsItIsDefined) {
  std::vector<uint32_t> bits = {0x00000000, 0x80000000, 0x3F808000, 0x3F818000, 0x3F808001,
                                0x3F807FFF, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F7F7FFF, 0x00000001,
                                0x00008000, 0x00018000, 0x007FFFFF, 0x7F800000, 0xFF800000,
                                0x7F800001, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FC00000, 0xFF80FFFF};
  RandomStream random(3, 4);
  while (bits.size() < 100003) bits.push_back(static_cast<uint32_t>(random.below(1ull << 32)));
  const auto* values = reinterpret_cast<const float*>(bits.data());
  for (const int64_t target : runnable_vector_targets()) {
    const VectorTarget restricted(target);
    std::vector<uint16_t> rounded(bits.size(), 0xABCD);
    kernels::round_to_bf16(values, static_cast<int64_t>(bits.size()), rounded.data());
    for (size_t i = 0; i < bits.size(); ++i) {
      ASSERT_EQ(rounded[i], f32_to_bf16(values[i])) << std::hex << bits[i];
    }
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
