// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/kernels/tile_problems.h"

namespace raddle::test {
namespace {

INSTANTIATE_TYPED_TEST_SUITE_P(Tile, KernelsAgree, TileProblems);

// Five columns of two: 0 1 0 1 0. Column 0 has three copies, column 1 two.
TEST(Tile, RepeatsAndFoldAddsUp) {
  KernelRunner runner(1);
  for (const auto* kernel : kernels_on_cpu(kernels::tile_kernels())) {
    const Floats x = {6, 10};
    Floats y = unwritten(5);
    ASSERT_TRUE(runner.run(*kernel, {x.data(), y.data(), 1, 2, 5, false}).is_ok());
    EXPECT_EQ(y, (Floats{6, 10, 6, 10, 6})) << kernel->name;
    ASSERT_TRUE(runner.run(*kernel, {x.data(), y.data(), 1, 2, 5, true}).is_ok());
    EXPECT_EQ(y, (Floats{2, 5, 2, 5, 2})) << kernel->name;
  }
  for (const auto* kernel : kernels_on_cpu(kernels::fold_kernels())) {
    const Floats y = {1, 2, 3, 4, 5};
    Floats x = unwritten(2);
    ASSERT_TRUE(runner.run(*kernel, {y.data(), x.data(), 1, 2, 5, false}).is_ok());
    EXPECT_EQ(x, (Floats{9, 6})) << kernel->name;
    ASSERT_TRUE(runner.run(*kernel, {y.data(), x.data(), 1, 2, 5, true}).is_ok());
    EXPECT_EQ(x, (Floats{3, 3})) << kernel->name;
  }
}

// <tile x, v> = <x, fold v>: what the graph's gradient rules rest on.
TEST(Tile, FoldIsItsAdjoint) {
  KernelRunner runner(1);
  for (const char* text : {"rows=3 narrow=5 wide=17", "rows=3 narrow=5 wide=17 mean=1"}) {
    TileProblem tile{Case(text)};
    FoldProblem fold{Case(text)};
    ASSERT_TRUE(runner.run(*kernels_on_cpu(kernels::tile_kernels()).front(), tile.args()).is_ok());
    ASSERT_TRUE(runner.run(*kernels_on_cpu(kernels::fold_kernels()).front(), fold.args()).is_ok());
    EXPECT_NEAR(weighted_sum(tile.y, fold.y), weighted_sum(tile.x, fold.x), 1e-4) << text;
  }
}

// A mean of equal copies is the copy, bit for bit, where their number is a power of two.
TEST(Fold, MeanOfCopiesIsTheCopy) {
  KernelRunner runner(1);
  TileProblem tile{Case("rows=4 narrow=33 wide=132")};
  ASSERT_TRUE(runner.run(*kernels_on_cpu(kernels::tile_kernels()).front(), tile.args()).is_ok());
  Floats back = unwritten(4 * 33);
  ASSERT_TRUE(runner
                  .run(*kernels_on_cpu(kernels::fold_kernels()).front(),
                       {tile.y.data(), back.data(), 4, 33, 132, true})
                  .is_ok());
  EXPECT_TRUE(same_bits(back, tile.x));
}

}  // namespace
}  // namespace raddle::test
