// SPDX-License-Identifier: Apache-2.0
// Look-up and scatter-add: tuned kernels against the reference, the reference against hand-made
// sums.
#include "tests/cts/kernels/embedding_problem.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Embedding, KernelsAgree, EmbeddingProblems);

TEST(Embedding, ReferenceOnAnExampleWorkedByHand) {
  EmbeddingForward forward(Case("rows=3 vocab=2 width=2"));
  forward.ids = {1, 0, 1};
  forward.table = {1, 2, 3, 4};
  EXPECT_EQ(run_problem(*kernels::embedding_kernels().back(), forward)[0],
            (std::vector<float>{3, 4, 1, 2, 3, 4}));
  EmbeddingBackward backward(Case("rows=3 vocab=2 width=2 accumulate=1"));
  backward.ids = {1, 0, 1};
  backward.table = {0, 0, 100, 200};
  backward.dy = {1, 2, 3, 4, 5, 6};
  const auto& reference = *kernels::embedding_grad_kernels().back();
  EXPECT_EQ(run_problem(reference, backward)[0], (std::vector<float>{3, 4, 106, 208}));
  backward.accumulate = false;
  EXPECT_EQ(run_problem(reference, backward)[0], (std::vector<float>{3, 4, 6, 8}));
}

}  // namespace
}  // namespace raddle::test
