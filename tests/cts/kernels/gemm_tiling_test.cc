// SPDX-License-Identifier: Apache-2.0
// How a product is cut for the workers: every element once, whatever the cut, and more tiles for
// larger products, none of them a sliver.
#include <gtest/gtest.h>

#include <vector>

#include "kernels/cpu/matrix/gemm.h"
#include "tests/cts/kernels/small_integers.h"

namespace raddle::kernels {
namespace {

using test::small_integers;

GemmCall sized(int64_t m, int64_t n, int64_t k) {
  return {nullptr, nullptr, nullptr, m, n, k, k, n, n, false, false, 0.0f};
}

int64_t tiles_of(const GemmCall& call) {
  const GemmTiling tiling = choose_tiling(call);
  return ((call.m + tiling.tile_rows - 1) / tiling.tile_rows) *
         ((call.n + tiling.tile_columns - 1) / tiling.tile_columns);
}

TEST(GemmTiling, AnyCutGivesTheProduct) {
  const Blas* blas = serial_blas(MatrixLibrary::kOneDnn).value();
  constexpr int64_t m = 33, n = 50, k = 20;
  const auto a = small_integers(k * m, 7), b = small_integers(n * k, 3),
             bias = small_integers(n, 5);
  device::WorkerPool pool(3);
  for (const bool transposed : {false, true}) {
    std::vector<float> expected(m * n), c(m * n);
    for (int64_t i = 0; i < m * n; ++i) {
      expected[i] = bias[i % n];
      for (int64_t l = 0; l < k; ++l) {
        expected[i] += (transposed ? a[l * m + i / n] : a[i / n * k + l]) *
                       (transposed ? b[i % n * k + l] : b[l * n + i % n]);
      }
    }
    const GemmCall call = {a.data(), b.data(),   c.data(),           m,
                           n,        k,          transposed ? m : k, transposed ? k : n,
                           n,        transposed, transposed,         0.0f};
    for (const GemmTiling tiling :
         {GemmTiling{m, n}, {1, n}, {16, 16}, {7, 50}, {33, 1}, {40, 3}}) {
      c.assign(m * n, -1.0f);
      ASSERT_TRUE(parallel_gemm(*blas, pool, call, bias.data(), tiling).is_ok());
      EXPECT_EQ(c, expected) << tiling.tile_rows << " x " << tiling.tile_columns;
    }
  }
}

TEST(GemmTiling, LargerProductsHaveMoreTiles) {
  EXPECT_EQ(tiles_of(sized(256, 768, 768)), 2);
  EXPECT_EQ(tiles_of(sized(512, 2304, 768)), 4);
  EXPECT_EQ(tiles_of(sized(1024, 768, 3072)), 8);
  EXPECT_EQ(tiles_of(sized(3072, 768, 2048)), 16);
  EXPECT_EQ(tiles_of(sized(50304, 768, 256)), 34);
  EXPECT_EQ(tiles_of(sized(1, 1, 1)), 1);
}

TEST(GemmTiling, TilesAreWholeVectorsAndNeverEmpty) {
  for (const int64_t n : {int64_t{0}, int64_t{1}, int64_t{257}, int64_t{3073}, int64_t{100000}}) {
    for (const int64_t m : {int64_t{0}, int64_t{1}, int64_t{100}, int64_t{2049}}) {
      const GemmTiling tiling = choose_tiling(sized(m, n, 65536));
      ASSERT_GT(tiling.tile_rows, 0) << m << " x " << n;
      ASSERT_GT(tiling.tile_columns, 0) << m << " x " << n;
      if (m == 0 || n == 0) continue;
      EXPECT_EQ(tiling.tile_rows % 16, 0) << m << " x " << n;
      EXPECT_EQ(tiling.tile_columns % 16, 0) << m << " x " << n;
    }
  }
}

}  // namespace
}  // namespace raddle::kernels
