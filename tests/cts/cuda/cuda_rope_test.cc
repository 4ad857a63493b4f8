// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/rope_problems.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Rope, CudaKernelsAgree, RopeProblems);
INSTANTIATE_TYPED_TEST_SUITE_P(RopeBf16, CudaKernelsAgree, RopeProblemsOf<Bf16>);

TEST(CudaRope, AgreesOnHeadsOfAnySize) {
  for (const char* line : {
           "rows=3 heads=2 kv_heads=1 head_dim=264 tol=4e-6 grad_tol=1e-5",  // angles in two parts
           "rows=6 heads=3 kv_heads=3 head_dim=258 inverse=1 tol=4e-6 grad_tol=1e-5",  // no packs
           "rows=9 heads=8 kv_heads=2 head_dim=12 tol=4e-6 grad_tol=1e-5",  // packs, but not halves
           "rows=9 heads=8 kv_heads=2 head_dim=24 tol=4e-6 grad_tol=1e-5",  // of BF16
           "rows=9 heads=8 kv_heads=2 head_dim=272 tol=4e-6 grad_tol=1e-5",
           "rows=700 heads=2 kv_heads=1 head_dim=20 tol=4e-6 grad_tol=1e-5 alias=1 accumulate=1",
       }) {
    expect_cuda_agreement_on(RopeProblems(), line);
    expect_cuda_agreement_on(RopeProblemsOf<Bf16>(), line);
  }
}

TEST(CudaRope, AnOddHeadIsRefusedWithTheReason) {
  const auto expect_refusal = [](auto problem) {
    const kernels::Verdict verdict = problem.list().front()->probe(problem.args(), {});
    EXPECT_FALSE(verdict.accepted);
    EXPECT_EQ(verdict.why_not, "needs an even head_dim, got 3");
  };
  const Case c("rows=1 heads=1 head_dim=3");
  expect_refusal(RopeProblem(c));
  expect_refusal(RopeProblemOf<Bf16>(c));
}

}  // namespace
}  // namespace raddle::test
