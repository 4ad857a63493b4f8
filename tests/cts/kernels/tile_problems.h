// SPDX-License-Identifier: Apache-2.0
// Buffers of tile and fold for tests and benches. Keys: rows, narrow, wide; mean=1.
#pragma once

#include <vector>

#include "kernels/ops/tile.h"
#include "tests/cts/kernels/agreement.h"

namespace raddle::test {

struct TileProblem {
  static auto list() { return kernels::tile_kernels(); }
  static constexpr const char *kCases = "kernels/tile.cases", *kTolerance = "tol";
  int64_t rows, narrow, wide;
  bool mean;
  Floats x, y;
  explicit TileProblem(const Case& c)
      : rows(c.integer("rows")),
        narrow(c.integer("narrow")),
        wide(c.integer("wide")),
        mean(c.integer("mean") != 0),
        x(random_floats(rows * narrow, 1)),
        y(unwritten(rows * wide)) {}
  kernels::TileArgs args() { return {x.data(), y.data(), rows, narrow, wide, mean}; }
  std::vector<Floats> outputs() const { return {y}; }
  double bytes() const { return 4.0 * static_cast<double>(x.size() + y.size()); }
};

struct FoldProblem {
  static auto list() { return kernels::fold_kernels(); }
  static constexpr const char *kCases = "kernels/tile.cases", *kTolerance = "tol";
  int64_t rows, narrow, wide;
  bool mean;
  Floats y, x;
  explicit FoldProblem(const Case& c)
      : rows(c.integer("rows")),
        narrow(c.integer("narrow")),
        wide(c.integer("wide")),
        mean(c.integer("mean") != 0),
        y(random_floats(rows * wide, 1)),
        x(unwritten(rows * narrow)) {}
  kernels::FoldArgs args() { return {y.data(), x.data(), rows, narrow, wide, mean}; }
  std::vector<Floats> outputs() const { return {x}; }
  double bytes() const { return 4.0 * static_cast<double>(x.size() + y.size()); }
};

using TileProblems = testing::Types<TileProblem, FoldProblem>;

}  // namespace raddle::test
