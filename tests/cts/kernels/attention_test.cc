// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/kernels/attention_problems.h"

#include <cmath>

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Attention, KernelsAgree, AttentionProblems);

TEST(Attention, ReferenceGradientIsTheDerivative) {
  for (const char* line : {"lengths=4,1,3 padding=2 heads=4 kv_heads=2 head_dim=3",
                           "lengths=3,4 heads=2 head_dim=3 causal=0"}) {
    SCOPED_TRACE(line);
    AttentionGradProblem problem{Case(line)};
    AttentionProblem& forward = problem.forward;
    KernelRunner runner(1);
    ASSERT_TRUE(runner.run(*kernels::attention_grad_kernels().back(), problem.args()).is_ok());
    expect_gradient(
        forward.qkv, problem.dqkv,
        [&] {
          EXPECT_TRUE(runner.run(*kernels::attention_kernels().back(), forward.args()).is_ok());
          return weighted_sum(forward.out, problem.dout);
        },
        3e-3);
  }
}

// Softmax of one query over two keys, by hand.
TEST(Attention, KnownValues) {
  for (const auto* kernel : kernels_on_cpu(kernels::attention_kernels())) {
    AttentionProblem problem(Case("lengths=2 heads=1 head_dim=1"));
    problem.qkv = {0, 1, 10, 2, 3, 20};  // rows (q, k, v)
    KernelRunner runner(1);
    ASSERT_TRUE(runner.run(*kernel, problem.args()).is_ok());
    const double near = std::exp(6.0), far = std::exp(2.0);
    EXPECT_FLOAT_EQ(problem.out[0], 10);
    EXPECT_FLOAT_EQ(problem.lse[0], 0);
    EXPECT_FLOAT_EQ(problem.out[1], static_cast<float>((10 * far + 20 * near) / (far + near)));
    EXPECT_FLOAT_EQ(problem.lse[1], static_cast<float>(std::log(far + near)));
  }
}

const char* const kPacked = "lengths=70,65,3,130 padding=5 heads=2 head_dim=16";

template <class Problem, class Args>
Floats result_of(const kernels::Kernel<Args>& kernel, Problem& problem) {
  KernelRunner runner(2);
  EXPECT_TRUE(runner.run(kernel, problem.args()).is_ok());
  return problem.outputs().front();
}

// Rows [begin, end) of a matrix whose rows are `width` wide.
Floats rows_of(const Floats& matrix, int64_t begin, int64_t end, int64_t width) {
  return Floats(matrix.begin() + begin * width, matrix.begin() + end * width);
}

bool any_nan(const Floats& values) {
  return std::any_of(values.begin(), values.end(), [](float v) { return std::isnan(v); });
}

// Sequence 1 (rows 70..135) turns to NaN: nothing else may change by a bit, padding stays 0.
TEST(Attention, SequencesDoNotSeeEachOther) {
  for (const auto* kernel : kernels_on_cpu(kernels::attention_kernels())) {
    SCOPED_TRACE(std::string(kernel->name));
    AttentionProblem clean{Case(kPacked)}, dirty{Case(kPacked)};
    const int64_t width = clean.width(), out_width = clean.heads * clean.head_dim;
    std::fill(dirty.qkv.begin() + 70 * width, dirty.qkv.begin() + 135 * width, std::nanf(""));
    std::fill(dirty.qkv.begin() + 268 * width, dirty.qkv.end(), std::nanf(""));
    const Floats a = result_of(*kernel, clean), b = result_of(*kernel, dirty);
    EXPECT_EQ(rows_of(a, 0, 70, out_width), rows_of(b, 0, 70, out_width));
    EXPECT_EQ(rows_of(a, 135, 273, out_width), rows_of(b, 135, 273, out_width));
    EXPECT_TRUE(any_nan(rows_of(b, 70, 71, out_width)));
    EXPECT_EQ(rows_of(b, 268, 273, out_width), Floats(static_cast<size_t>(5 * out_width), 0.0f));
    EXPECT_EQ(rows_of(dirty.lse, 268, 273, clean.heads), Floats(10, 0.0f));
  }
}

TEST(Attention, GradientsDoNotCrossSequences) {
  for (const auto* kernel : kernels_on_cpu(kernels::attention_grad_kernels())) {
    SCOPED_TRACE(std::string(kernel->name));
    AttentionGradProblem clean{Case(kPacked)}, dirty{Case(kPacked)};
    const int64_t width = clean.forward.width();
    const int64_t out_width = clean.forward.heads * clean.forward.head_dim;
    const float nan = std::nanf("");
    std::fill(dirty.dout.begin() + 70 * out_width, dirty.dout.begin() + 135 * out_width, nan);
    std::fill(dirty.dout.begin() + 268 * out_width, dirty.dout.end(), nan);
    std::fill(dirty.forward.qkv.begin() + 268 * width, dirty.forward.qkv.end(), nan);
    const Floats a = result_of(*kernel, clean), b = result_of(*kernel, dirty);
    EXPECT_EQ(rows_of(a, 0, 70, width), rows_of(b, 0, 70, width));
    EXPECT_EQ(rows_of(a, 135, 273, width), rows_of(b, 135, 273, width));
    EXPECT_TRUE(any_nan(rows_of(b, 70, 71, width)));
    EXPECT_EQ(rows_of(b, 268, 273, width), Floats(static_cast<size_t>(5 * width), 0.0f));
  }
}

TEST(Attention, CausalRowsIgnoreTheFuture) {
  for (const auto* kernel : kernels_on_cpu(kernels::attention_kernels())) {
    SCOPED_TRACE(std::string(kernel->name));
    AttentionProblem clean(Case("lengths=150 heads=2 head_dim=16"));
    AttentionProblem changed(Case("lengths=150 heads=2 head_dim=16"));
    const int64_t width = clean.width();
    for (int64_t i = 100 * width; i < 150 * width; ++i) changed.qkv[static_cast<size_t>(i)] += 1;
    const Floats a = result_of(*kernel, clean), b = result_of(*kernel, changed);
    EXPECT_EQ(rows_of(a, 0, 100, 32), rows_of(b, 0, 100, 32));
    EXPECT_NE(rows_of(a, 100, 101, 32), rows_of(b, 100, 101, 32));
  }
}

// Scores of a few hundred must not overflow: the softmax subtracts its maximum.
TEST(Attention, LargeScoresStayFinite) {
  for (const auto* kernel : kernels_on_cpu(kernels::attention_kernels())) {
    AttentionProblem problem(Case("lengths=100 heads=1 head_dim=8"));
    for (float& value : problem.qkv) value *= 40;
    const Floats out = result_of(*kernel, problem);
    EXPECT_FALSE(any_nan(out));
    EXPECT_FALSE(any_nan(problem.lse));
  }
}

// A text decoded token by token, or in two prompts, gives what one causal pass gives.
TEST(Attention, CacheEqualsOnePass) {
  for (const auto* kernel : kernels_on_cpu(kernels::attention_cached_kernels())) {
    SCOPED_TRACE(std::string(kernel->name));
    AttentionProblem whole(Case("lengths=90 heads=4 kv_heads=2 head_dim=16"));
    KernelRunner runner(2);
    ASSERT_TRUE(runner.run(*kernels::attention_kernels().back(), whole.args()).is_ok());
    Floats k_cache = unwritten(90 * 32), v_cache = unwritten(90 * 32), out = unwritten(90 * 64);
    int32_t cached = 0;
    for (const int64_t rows : {70, 1, 2, 16, 1}) {
      const kernels::AttentionCachedArgs args = {whole.qkv.data() + cached * whole.width(),
                                                 &cached,
                                                 k_cache.data(),
                                                 v_cache.data(),
                                                 out.data() + cached * 64,
                                                 rows,
                                                 90,
                                                 4,
                                                 2,
                                                 16,
                                                 whole.scale()};
      ASSERT_TRUE(runner.run(*kernel, args).is_ok());
      cached += static_cast<int32_t>(rows);
    }
    EXPECT_LE(relative_error(out, whole.out), 3e-6);
  }
}

size_t grad_scratch(int64_t rows, int threads) {
  kernels::AttentionGradArgs args = {};
  args.rows = rows;
  args.heads = args.kv_heads = 12;
  args.head_dim = 64;
  device::DeviceCaps caps;
  caps.threads = threads;
  return kernels_on_cpu(kernels::attention_grad_kernels()).front()->scratch_bytes(args, caps);
}

// O(T): twice the rows take at most twice the scratch, and at 4,096 rows it is less than the qkv
// that it works on, where a stored score matrix would be 800 MB.
TEST(Attention, ScratchGrowsWithRowsNotTheirSquare) {
  const size_t small = grad_scratch(4096, 2), large = grad_scratch(8192, 2);
  EXPECT_LE(large, 2 * small);
  EXPECT_LE(small, size_t{4096} * 3 * 768 * 4);
  kernels::AttentionArgs args = {};
  args.rows = 4096;
  args.heads = args.kv_heads = 12;
  args.head_dim = 64;
  device::DeviceCaps caps;
  caps.threads = 2;
  EXPECT_LE(kernels_on_cpu(kernels::attention_kernels()).front()->scratch_bytes(args, caps),
            size_t{1} << 20);
}

}  // namespace
}  // namespace raddle::test
