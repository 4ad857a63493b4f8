// SPDX-License-Identifier: Apache-2.0
// Look-ups with random data, for conformance tests and benches.
#pragma once

#include <vector>

#include "kernels/ops/embedding.h"
#include "tests/cts/kernels/agreement.h"
#include "tests/cts/kernels/elements.h"

namespace raddle::test {

struct EmbeddingProblem {
  static constexpr const char* kCases = "kernels/embedding.cases";
  explicit EmbeddingProblem(const Case& c)
      : rows(c.integer("rows")),
        vocab(c.integer("vocab")),
        width(c.integer("width")),
        accumulate(c.integer("accumulate") != 0),
        ids(static_cast<size_t>(rows)) {
    RandomStream random(7, 0);
    for (int32_t& id : ids) id = static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab)));
  }
  int64_t rows, vocab, width;
  bool accumulate;
  std::vector<int32_t> ids;
};

// The table is of the activations' type, and rows of it are copied: exact, so no rounding is
// granted.
template <class T>
struct EmbeddingForwardOf : EmbeddingProblem {
  static auto list() { return kernels::embedding_kernels<T>(); }
  static constexpr const char* kTolerance = nullptr;
  explicit EmbeddingForwardOf(const Case& c)
      : EmbeddingProblem(c),
        table(random_elements<T>(vocab * width, 1)),
        y(unwritten_of<T>(rows * width)) {}
  std::vector<T> table, y;
  kernels::EmbeddingArgsOf<T> args() {
    return {table.data(), ids.data(), y.data(), rows, vocab, width};
  }
  Results outputs() const { return {widened(y)}; }
};
using EmbeddingForward = EmbeddingForwardOf<float>;

// The table doubles as the gradient, in float, so that accumulation starts from noise.
template <class T>
struct EmbeddingBackwardOf : EmbeddingProblem {
  static auto list() { return kernels::embedding_grad_kernels<T>(); }
  static constexpr const char* kTolerance = "tol";
  explicit EmbeddingBackwardOf(const Case& c)
      : EmbeddingProblem(c),
        dy(random_elements<T>(rows * width, 2)),
        table(random_floats(vocab * width, 1)) {}
  std::vector<T> dy;
  Floats table;
  kernels::EmbeddingGradArgsOf<T> args() {
    return {dy.data(), ids.data(), table.data(), rows, vocab, width, accumulate};
  }
  Results outputs() const { return {table}; }
};
using EmbeddingBackward = EmbeddingBackwardOf<float>;

template <class T>
using EmbeddingProblemsOf = testing::Types<EmbeddingForwardOf<T>, EmbeddingBackwardOf<T>>;
using EmbeddingProblems = EmbeddingProblemsOf<float>;

}  // namespace raddle::test
