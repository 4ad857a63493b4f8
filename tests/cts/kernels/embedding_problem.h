// SPDX-License-Identifier: Apache-2.0
// Look-ups with random data, for conformance tests and benches.
#pragma once

#include <vector>

#include "kernels/ops/embedding.h"
#include "tests/cts/kernels/agreement.h"

namespace raddle::test {

struct EmbeddingProblem {
  static constexpr const char* kCases = "kernels/embedding.cases";
  explicit EmbeddingProblem(const Case& c)
      : rows(c.integer("rows")),
        vocab(c.integer("vocab")),
        width(c.integer("width")),
        accumulate(c.integer("accumulate") != 0),
        ids(static_cast<size_t>(rows)),
        table(random_floats(vocab * width, 1)),
        dy(random_floats(rows * width, 2)) {
    RandomStream random(7, 0);
    for (int32_t& id : ids) id = static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab)));
  }
  int64_t rows, vocab, width;
  bool accumulate;
  std::vector<int32_t> ids;
  Floats table, dy;
};

struct EmbeddingForward : EmbeddingProblem {
  static auto list() { return kernels::embedding_kernels(); }
  static constexpr const char* kTolerance = nullptr;  // rows are copied
  explicit EmbeddingForward(const Case& c) : EmbeddingProblem(c), y(unwritten(rows * width)) {}
  Floats y;
  kernels::EmbeddingArgs args() { return {table.data(), ids.data(), y.data(), rows, vocab, width}; }
  Results outputs() const { return {y}; }
};

// The table doubles as the gradient, so that accumulation starts from noise.
struct EmbeddingBackward : EmbeddingProblem {
  static auto list() { return kernels::embedding_grad_kernels(); }
  static constexpr const char* kTolerance = "tol";
  using EmbeddingProblem::EmbeddingProblem;
  kernels::EmbeddingGradArgs args() {
    return {dy.data(), ids.data(), table.data(), rows, vocab, width, accumulate};
  }
  Results outputs() const { return {table}; }
};

using EmbeddingProblems = testing::Types<EmbeddingForward, EmbeddingBackward>;

}  // namespace raddle::test
