// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/norm_problems.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Norm, CudaKernelsAgree, NormProblems);
INSTANTIATE_TYPED_TEST_SUITE_P(NormBf16, CudaKernelsAgree, NormProblemsOf<Bf16>);

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
           "rows=5 width=8192 tol=4e-6 grad_tol=5e-6",               // BF16: the largest, all kept
           "rows=5 width=8200 tol=4e-6 grad_tol=5e-6 accumulate=1",  // one pack more
           "rows=8300 width=8 tol=4e-6 grad_tol=1e-5 alias=1",       // several rows a team
       }) {
    expect_cuda_agreement_on(NormProblems(), line);
    expect_cuda_agreement_on(NormProblemsOf<Bf16>(), line);
  }
}

TEST(CudaNorm, NoRowsAreNoGradientOfTheWeight) {
  for (const char* line : {"rows=0 width=24 tol=1e-30 grad_tol=1e-30",
                           "rows=0 width=12 accumulate=1 tol=1e-30 grad_tol=1e-30"}) {
    expect_cuda_agreement_on(NormProblems(), line);
    expect_cuda_agreement_on(NormProblemsOf<Bf16>(), line);
  }
}

// Rows that are whole packs, but not at addresses of packs.
template <class T>
struct ShiftedNorm : LayerNormGradProblemOf<T> {
  using LayerNormGradProblemOf<T>::LayerNormGradProblemOf;
  kernels::LayerNormGradArgsOf<T> args() {
    kernels::LayerNormGradArgsOf<T> a = LayerNormGradProblemOf<T>::args();
    --a.rows;
    ++a.dy, ++a.x, ++a.dx;
    return a;
  }
};
TEST(CudaNorm, AddressesNeedNotBeThoseOfPacks) {
  expect_cuda_agreement_on(testing::Types<ShiftedNorm<float>, ShiftedNorm<Bf16>>(),
                           "rows=70 width=40 alias=1 grad_tol=1e-5");
}

}  // namespace
}  // namespace raddle::test
