// SPDX-License-Identifier: Apache-2.0
// Buffers of tile and fold for tests and benches. Keys: rows, narrow, wide; mean=1.
#pragma once

#include <vector>

#include "kernels/ops/tile.h"
#include "tests/cts/kernels/agreement.h"
#include "tests/cts/kernels/elements.h"

namespace raddle::test {

template <class T>
struct TileProblemOf {
  static auto list() { return kernels::tile_kernels<T>(); }
  static constexpr const char *kCases = "kernels/tile.cases", *kTolerance = "tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  int64_t rows, narrow, wide;
  bool mean;
  std::vector<T> x, y;
  explicit TileProblemOf(const Case& c)
      : rows(c.integer("rows")),
        narrow(c.integer("narrow")),
        wide(c.integer("wide")),
        mean(c.integer("mean") != 0),
        x(random_elements<T>(rows * narrow, 1)),
        y(unwritten_of<T>(rows * wide)) {}
  kernels::TileArgsOf<T> args() { return {x.data(), y.data(), rows, narrow, wide, mean}; }
  std::vector<Floats> outputs() const { return {widened(y)}; }
  double bytes() const { return sizeof(T) * static_cast<double>(x.size() + y.size()); }
};
using TileProblem = TileProblemOf<float>;

template <class T>
struct FoldProblemOf {
  static auto list() { return kernels::fold_kernels<T>(); }
  static constexpr const char *kCases = "kernels/tile.cases", *kTolerance = "tol";
  using Element = T;
  static constexpr size_t kOfElement = 1;
  int64_t rows, narrow, wide;
  bool mean;
  std::vector<T> y, x;
  explicit FoldProblemOf(const Case& c)
      : rows(c.integer("rows")),
        narrow(c.integer("narrow")),
        wide(c.integer("wide")),
        mean(c.integer("mean") != 0),
        y(random_elements<T>(rows * wide, 1)),
        x(unwritten_of<T>(rows * narrow)) {}
  kernels::FoldArgsOf<T> args() { return {y.data(), x.data(), rows, narrow, wide, mean}; }
  std::vector<Floats> outputs() const { return {widened(x)}; }
  double bytes() const { return sizeof(T) * static_cast<double>(x.size() + y.size()); }
};
using FoldProblem = FoldProblemOf<float>;

template <class T>
using TileProblemsOf = testing::Types<TileProblemOf<T>, FoldProblemOf<T>>;
using TileProblems = TileProblemsOf<float>;

}  // namespace raddle::test
