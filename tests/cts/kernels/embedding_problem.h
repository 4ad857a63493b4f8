// SPDX-License-Identifier: Apache-2.0
// Look-ups with random data, for conformance tests and benches.
#pragma once

#include <vector>

#include "kernels/ops/embedding.h"
#include "tests/support/cases.h"
#include "tests/support/kernel_runner.h"

namespace raddle::test {

struct EmbeddingProblem {
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
  std::vector<float> table, dy;
};

struct EmbeddingForward : EmbeddingProblem {
  explicit EmbeddingForward(const Case& c)
      : EmbeddingProblem(c), y(random_floats(rows * width, 3)) {}
  std::vector<float> y;
  kernels::EmbeddingArgs args() { return {table.data(), ids.data(), y.data(), rows, vocab, width}; }
  std::vector<std::vector<float>> outputs() const { return {y}; }
};

// The table doubles as the gradient, so that accumulation starts from noise.
struct EmbeddingBackward : EmbeddingProblem {
  using EmbeddingProblem::EmbeddingProblem;
  kernels::EmbeddingGradArgs args() {
    return {dy.data(), ids.data(), table.data(), rows, vocab, width, accumulate};
  }
  std::vector<std::vector<float>> outputs() const { return {table}; }
};

}  // namespace raddle::test
