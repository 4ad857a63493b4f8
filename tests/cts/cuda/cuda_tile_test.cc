// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/tile_problems.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Tile, CudaKernelsAgree, TileProblems);
INSTANTIATE_TYPED_TEST_SUITE_P(TileBf16, CudaKernelsAgree, TileProblemsOf<Bf16>);

TEST(CudaTile, PacksNeedBothWidths) {
  for (const char* line : {
           "rows=5 narrow=8 wide=20 mean=1 tol=1e-6",  // packs of floats alone
           "rows=5 narrow=8 wide=40 mean=1 tol=1e-6",
           "rows=5 narrow=12 wide=48 tol=1e-6",
           "rows=0 narrow=8 wide=16 tol=1e-6",
       }) {
    expect_cuda_agreement_on(TileProblems(), line);
    expect_cuda_agreement_on(TileProblemsOf<Bf16>(), line);
  }
}

}  // namespace
}  // namespace raddle::test
