// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/norm_problems.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Norm, CudaKernelsAgree, NormProblems);

TEST(CudaNorm, AgreesWhereTeamsAndBlocksChange) {
  for (const char* line : {
           "rows=3 width=128 tol=4e-6 grad_tol=5e-6",                // a team of 8, all kept
           "rows=37 width=132 tol=4e-6 grad_tol=5e-6",               // one pack more: 16
           "rows=5 width=4096 tol=4e-6 grad_tol=5e-6",               // a row a block
           "rows=5 width=4100 tol=4e-6 grad_tol=5e-6 accumulate=1",  // the largest block
           "rows=260 width=2052 tol=4e-6 grad_tol=1e-5",             // blocks of two rows
           "rows=260 width=516 tol=4e-6 grad_tol=1e-5 alias=1",
           // Rows too long to be kept, with packs and without, over several rows of a block.
           "rows=3 width=9000 tol=4e-6 grad_tol=5e-6 accumulate=1 alias=1",
           "rows=260 width=2053 tol=4e-6 grad_tol=1e-5 alias=1",
           "rows=8300 width=8 tol=4e-6 grad_tol=1e-5 alias=1",  // several rows a team
       }) {
    expect_cuda_agreement_on(NormProblems(), line);
  }
}

TEST(CudaNorm, NoRowsAreNoGradientOfTheWeight) {
  expect_cuda_agreement_on(NormProblems(), "rows=0 width=12 tol=1e-30 grad_tol=1e-30");
  expect_cuda_agreement_on(NormProblems(), "rows=0 width=12 accumulate=1 tol=1e-30 grad_tol=1e-30");
}

// Rows that are whole packs, but not at addresses of packs.
struct ShiftedNorm : LayerNormGradProblem {
  using LayerNormGradProblem::LayerNormGradProblem;
  kernels::LayerNormGradArgs args() {
    kernels::LayerNormGradArgs a = LayerNormGradProblem::args();
    --a.rows;
    ++a.dy, ++a.x, ++a.dx;
    return a;
  }
};
TEST(CudaNorm, AddressesNeedNotBeThoseOfPacks) {
  const ShiftedNorm problem{Case("rows=70 width=36 alias=1")};
  EXPECT_EQ(expect_cuda_agreement(ShiftedNorm::list(), problem, 1e-5), 1);
}

}  // namespace
}  // namespace raddle::test
