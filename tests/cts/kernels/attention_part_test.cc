// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/kernels/attention_part_problems.h"

#include "tests/cts/kernels/attention_problems.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(AttentionPart, KernelsAgree, AttentionPartProblems);

// A whole sequence as one part is attention itself, bit for bit: the same tiles in the same order.
TEST(AttentionPart, OfAllIsTheWhole) {
  for (const char* line :
       {"lengths=530 heads=4 kv_heads=2 head_dim=24", "lengths=300 heads=2 head_dim=40 causal=0"}) {
    SCOPED_TRACE(line);
    AttentionGradProblem whole{Case(line)};
    AttentionProblem& f = whole.forward;
    KernelRunner runner(2);
    ASSERT_TRUE(
        runner.run(*kernels_on_cpu(kernels::attention_kernels()).front(), f.args()).is_ok());
    ASSERT_TRUE(runner.run(*kernels_on_cpu(kernels::attention_grad_kernels()).front(), whole.args())
                    .is_ok());
    const int64_t k_at = f.heads * f.head_dim, v_at = k_at + f.kv_heads * f.head_dim;
    const kernels::AttentionPairOf<float> pair = {f.qkv.data(),
                                                  f.qkv.data() + k_at,
                                                  f.qkv.data() + v_at,
                                                  f.width(),
                                                  f.width(),
                                                  0,
                                                  f.rows,
                                                  0,
                                                  f.rows,
                                                  f.heads,
                                                  f.kv_heads,
                                                  f.head_dim,
                                                  f.scale(),
                                                  f.causal};
    Floats out = unwritten(f.rows * k_at), lse = unwritten(f.rows * f.heads), dots = lse;
    Floats dqkv = unwritten(f.rows * f.width());
    const kernels::AttentionPartArgs part = {pair, out.data(), lse.data(), false};
    const kernels::AttentionDotsArgs dot = {whole.dout.data(), out.data(), dots.data(), f.rows,
                                            f.heads,           f.head_dim};
    const kernels::AttentionPartGradArgs grad = {pair,
                                                 whole.dout.data(),
                                                 lse.data(),
                                                 dots.data(),
                                                 dqkv.data(),
                                                 dqkv.data() + k_at,
                                                 dqkv.data() + v_at,
                                                 f.width(),
                                                 f.width(),
                                                 false,
                                                 false};
    ASSERT_TRUE(runner.run(*kernels::attention_part_kernels().front(), part).is_ok());
    ASSERT_TRUE(runner.run(*kernels::attention_dots_kernels().front(), dot).is_ok());
    ASSERT_TRUE(runner.run(*kernels::attention_part_grad_kernels().front(), grad).is_ok());
    EXPECT_TRUE(same_bits(out, f.out));
    EXPECT_TRUE(same_bits(lse, f.lse));
    EXPECT_TRUE(same_bits(dqkv, whole.dqkv));
  }
}

// Softmax of one query over two keys that come one after the other, by hand.
TEST(AttentionPart, KnownValues) {
  for (const auto* kernel : kernels::attention_part_kernels()) {
    SCOPED_TRACE(std::string(kernel->name));
    const float q = 2, k[] = {1, 3}, v[] = {10, 20};
    float out = 0, lse = 0;
    kernels::AttentionPairOf<float> pair = {&q, k, v, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1.0f, true};
    KernelRunner runner(1);
    ASSERT_TRUE(runner.run(*kernel, {pair, &out, &lse, false}).is_ok());
    EXPECT_FLOAT_EQ(out, 10);
    EXPECT_FLOAT_EQ(lse, 2);
    pair.k = k + 1;
    pair.v = v + 1;
    pair.first_key = 1;
    ASSERT_TRUE(runner.run(*kernel, {pair, &out, &lse, true}).is_ok());
    const double near = std::exp(6.0), far = std::exp(2.0);
    EXPECT_FLOAT_EQ(out, static_cast<float>((10 * far + 20 * near) / (far + near)));
    EXPECT_FLOAT_EQ(lse, static_cast<float>(std::log(far + near)));
  }
}

// Results and all sums are FP32 in either precision, so the reference gives the same bits from BF16
// and from the same numbers as float.
TEST(AttentionPart, Bf16IsReadAsTheNumbersThatItHolds) {
  const Case c("queries=20 keys=30 first_query=15 heads=4 kv_heads=2 head_dim=12 merge=9");
  AttentionPartGradProblemOf<Bf16> narrow(c);
  AttentionPartGradProblem wide(c);
  wide.forward.qkv = widened(narrow.forward.qkv);
  wide.forward.kv = widened(narrow.forward.kv);
  wide.dout = widened(narrow.dout);
  wide.forward.out = narrow.forward.out;
  wide.forward.lse = narrow.forward.lse;
  KernelRunner runner(1);
  // Once more on top of what the problem made: both begin from the same result.
  ASSERT_TRUE(
      runner.run(*kernels::attention_part_kernels<Bf16>().back(), narrow.forward.args()).is_ok());
  ASSERT_TRUE(runner.run(*kernels::attention_part_kernels().back(), wide.forward.args()).is_ok());
  EXPECT_TRUE(same_bits(narrow.forward.out, wide.forward.out));
  EXPECT_TRUE(same_bits(narrow.forward.lse, wide.forward.lse));
  ASSERT_TRUE(
      runner.run(*kernels::attention_part_grad_kernels<Bf16>().back(), narrow.args()).is_ok());
  ASSERT_TRUE(runner.run(*kernels::attention_part_grad_kernels().back(), wide.args()).is_ok());
  EXPECT_TRUE(same_bits(narrow.dqkv, wide.dqkv));
  EXPECT_TRUE(same_bits(narrow.dkv, wide.dkv));
  Floats narrow_dots = unwritten(20 * 4), wide_dots = narrow_dots;
  ASSERT_TRUE(
      runner
          .run(*kernels::attention_dots_kernels<Bf16>().back(),
               {narrow.dout.data(), narrow.forward.qkv.data(), narrow_dots.data(), 20, 4, 12})
          .is_ok());
  ASSERT_TRUE(runner
                  .run(*kernels::attention_dots_kernels().back(),
                       {wide.dout.data(), wide.forward.qkv.data(), wide_dots.data(), 20, 4, 12})
                  .is_ok());
  EXPECT_TRUE(same_bits(narrow_dots, wide_dots));
}

// Scores of hundreds, in either order of large and small ones, must not overflow or lose the rest.
TEST(AttentionPart, LargeScoresStayFinite) {
  for (const auto* kernel : kernels::attention_part_kernels()) {
    SCOPED_TRACE(std::string(kernel->name));
    for (const float earlier : {-500.0f, 0.0f, 500.0f}) {
      AttentionPartProblem p(
          Case("queries=70 keys=100 first_query=100 heads=1 head_dim=8 merge=40"));
      for (float& value : p.qkv) value *= 40;
      for (float& lse : p.lse) lse += earlier;
      const Results results = run_problem(*kernel, p);
      EXPECT_EQ(results[1], Floats(70, 0.0f));
      for (const Floats& values : results) {
        for (const float value : values) ASSERT_TRUE(std::isfinite(value));
      }
    }
  }
}

}  // namespace
}  // namespace raddle::test
