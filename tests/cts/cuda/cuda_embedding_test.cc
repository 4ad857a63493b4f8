// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/cuda/cuda_agreement.h"
#include "tests/cts/kernels/embedding_problem.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Embedding, CudaKernelsAgree, EmbeddingProblems);
INSTANTIATE_TYPED_TEST_SUITE_P(EmbeddingBf16, CudaKernelsAgree, EmbeddingProblemsOf<Bf16>);

// The reference adds in float and in the same order, so bits agree.
TEST(CudaEmbedding, RowsOfAnIdAreAddedInTheirOrder) {
  for (const char* line : {
           "rows=1700 vocab=3 width=36 accumulate=1 tol=1e-30",    // ids of many rows, four chunks
           "rows=1025 vocab=1 width=8 tol=1e-30",                  // one id, a chunk of one row
           "rows=1024 vocab=40 width=516 accumulate=1 tol=1e-30",  // two blocks of columns
           "rows=1300 vocab=2000 width=5 tol=1e-30",               // no packs
           "rows=600 vocab=9 width=44 tol=1e-30",                  // packs of floats alone
           "rows=0 vocab=3 width=4 tol=1e-30",
       }) {
    expect_cuda_agreement_on(EmbeddingProblems(), line);
    expect_cuda_agreement_on(EmbeddingProblemsOf<Bf16>(), line);
  }
}

}  // namespace
}  // namespace raddle::test
