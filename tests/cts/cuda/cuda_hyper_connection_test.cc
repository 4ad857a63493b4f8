// SPDX-License-Identifier: Apache-2.0
// What is particular to the virtual-width kernels of a GPU: how they cut a problem, and the same
// bits however threads and blocks are ordered. Their values are compared by the suites of all
// columns.
#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "kernels/cuda/hyper_connection_plan.h"
#include "tests/cts/kernels/agreement.h"
#include "tests/support/hyper_connection_problem.h"
#include "tests/support/kernel_column.h"

namespace raddle::test {
namespace {

using kernels::hyper_connection_cuda::plan_of;
using kernels::hyper_connection_cuda::scratch_of;
using kernels::hyper_connection_cuda::SitePlan;
using kernels::hyper_connection_cuda::sizes_of;
using kernels::hyper_connection_cuda::tiles_of;
using kernels::hyper_connection_cuda::Use;

constexpr Use kUses[] = {Use::kRead,      Use::kWrite,    Use::kBoundary,
                         Use::kWriteGrad, Use::kReadGrad, Use::kBoundaryGrad};

bool is_chunked(const SiteShape& shape, Use use) {
  return plan_of(shape, use).tiles.width < shape.d;
}

TEST(HyperConnectionCuda, EveryColumnOfCHasOnePlaceAmongThePadded) {
  for (int64_t m = 1; m <= 9; ++m) {
    for (int64_t n = m; n <= 21; ++n) {
      const cuda::SiteSizes s = sizes_of({1, m, n, 5, 1e-5f, true});
      std::set<int> places;
      for (int padded = 0; padded < s.qp; ++padded) {
        const int column = coefficient_column(s, padded);
        if (column < 0) continue;
        EXPECT_LT(column, s.q);
        EXPECT_TRUE(places.insert(column).second) << column;
      }
      EXPECT_EQ(places.size(), static_cast<size_t>(s.q));
      EXPECT_EQ(coefficient_column(s, 0), 0);
      EXPECT_EQ(coefficient_column(s, s.mp), m);
      EXPECT_EQ(coefficient_column(s, s.mp + s.np), m + n);
    }
  }
}

TEST(HyperConnectionCuda, ArraysOfABlockDoNotOverlap) {
  const cuda::SiteSizes s = sizes_of({9, 3, 5, 21, 1e-5f, true});
  const cuda::SiteTiles t = tiles_of(s, Use::kBoundaryGrad, 4, 21);
  const int64_t ends[][2] = {{t.state, 20 * t.stride}, {t.narrow, 12 * t.stride},
                             {t.other, 20 * t.stride}, {t.matrix, 20 * s.qp},
                             {t.second, 20 * s.mp},    {t.scale, 20},
                             {t.along, 20 * t.panels}, {t.floats, 0}};
  for (size_t i = 0; i + 1 < std::size(ends); ++i) {
    EXPECT_LE(ends[i][0] + ends[i][1], ends[i + 1][0]) << i;
    EXPECT_EQ(ends[i][0] % 4, 0) << i;
  }
}

// The shapes of the case file and the contract cover each way of working.
TEST(HyperConnectionCuda, CasesTakeEveryPath) {
  const SiteShape small{129, 4, 8, 33, 1e-5f, true}, wide{7, 8, 64, 200, 1e-5f, true},
      many{5, 2, 160, 24, 1e-5f, true};
  for (const Use use : kUses) {
    EXPECT_GT(plan_of(small, use).tiles.tokens, 1);
    EXPECT_TRUE(plan_of(many, use).is_large);
    EXPECT_FALSE(plan_of(wide, use).is_large);
  }
  EXPECT_FALSE(is_chunked(wide, Use::kRead));
  for (const Use use : {Use::kBoundary, Use::kWriteGrad, Use::kReadGrad, Use::kBoundaryGrad}) {
    EXPECT_TRUE(is_chunked(wide, use));
  }
}

// Sizes of the paper and of models up to 4,096 columns: none needs a workspace in device memory.
TEST(HyperConnectionCuda, UsualSizesFitIntoSharedMemory) {
  const int64_t sizes[][2] = {{2, 3}, {1, 8}, {4, 8}, {4, 16}, {8, 16}, {4, 32}, {8, 64}};
  for (const auto& [m, n] : sizes) {
    for (const int64_t width : {768, 2048, 4096}) {
      for (const Use use : kUses) {
        const SitePlan plan = plan_of({16384, m, n, width / m, 1e-5f, true}, use);
        EXPECT_FALSE(plan.is_large) << m << "," << n << " " << width;
        EXPECT_LE(plan.tiles.floats * 4, cuda::kMostSiteBytes);
        EXPECT_TRUE(plan.tiles.width == width / m || plan.tiles.width % cuda::kPanel == 0);
      }
    }
  }
}

TEST(HyperConnectionCuda, ScratchDoesNotGrowWithTheBatch) {
  for (const SiteShape& shape :
       {SiteShape{1 << 14, 8, 64, 96, 1e-5f, true}, SiteShape{1 << 14, 2, 160, 24, 1e-5f, true}}) {
    for (const Use use : kUses) {
      SiteShape more = shape;
      more.rows <<= 8;
      const size_t bytes = scratch_of(shape, use, plan_of(shape, use), false, {}).bytes;
      EXPECT_EQ(scratch_of(more, use, plan_of(more, use), false, {}).bytes, bytes);
      EXPECT_LE(bytes, size_t{40} << 20);
    }
  }
}

// Blocks and threads come in another order each time where a seed is set.
template <class T>
void expect_any_order() {
  ColumnRunner runner;
  for (const SiteShape& shape :
       {SiteShape{37, 4, 8, 33, 1e-5f, true}, SiteShape{3, 8, 64, 200, 1e-5f, true}}) {
    const HyperConnectionProblemOf<T> p(shape);
    HyperConnectionForwardOf<T> forward(p.site), forward_again(p.site);
    HyperConnectionBackwardOf<T> backward(p.site), backward_again(p.site);
    const auto& boundary =
        kernel_of(kernels::hyper_connection_boundary_kernels<T>(), Column::kCuda);
    const auto& boundary_grad =
        kernel_of(kernels::hyper_connection_boundary_grad_kernels<T>(), Column::kCuda);
    ASSERT_TRUE(runner.run(boundary, boundary_args(p, forward)).is_ok());
    ASSERT_TRUE(runner.run(boundary_grad, boundary_grad_args(p, p.h, p.t, backward)).is_ok());
    for (int again = 0; again < 2; ++again) {
      ASSERT_TRUE(runner.run(boundary, boundary_args(p, forward_again)).is_ok());
      ASSERT_TRUE(
          runner.run(boundary_grad, boundary_grad_args(p, p.h, p.t, backward_again)).is_ok());
      EXPECT_TRUE(forward == forward_again);
      EXPECT_TRUE(backward == backward_again);
    }
  }
}

TEST(HyperConnectionCuda, OrderDoesNotChangeABit) {
  expect_any_order<float>();
  expect_any_order<Bf16>();
}

// At initialisation the first m slots are the plain residual stream in BF16 too: the sum in float,
// rounded once.
TEST(HyperConnectionCuda, InitialWriteInBf16IsTheResidualSum) {
  ColumnRunner runner;
  for (const auto& [m, n, d] : {std::tuple{4, 8, 24}, {2, 3, 33}, {8, 64, 200}, {2, 160, 12}}) {
    HyperConnectionProblemOf<Bf16> p({9, m, n, d, 1e-5f, true});
    p.site.c0 = initial_c0(m, n);
    std::fill(p.t.begin(), p.t.end(), 0.0f);
    HyperConnectionForwardOf<Bf16> out(p.site);
    ASSERT_TRUE(runner
                    .run(kernel_of(kernels::hyper_connection_write_kernels<Bf16>(), Column::kCuda),
                         write_args(p, out))
                    .is_ok());
    for (int64_t i = 0; i < p.shape.rows * m * d; ++i) {
      const auto wide = static_cast<size_t>(i / (m * d) * n * d + i % (m * d));
      const float sum = p.h[wide] + p.z[static_cast<size_t>(i)];
      ASSERT_EQ(out.h_next[wide].bits, kernels::rounded<Bf16>(double{sum}).bits) << i;
    }
  }
}

// What waits for the norm is booked where activations are rounded and columns come in parts.
TEST(HyperConnectionCuda, BooksWhatWouldBeRoundedTwice) {
  const SiteShape wide{7, 8, 64, 200, 1e-5f, true}, small{7, 4, 8, 24, 1e-5f, true};
  const SitePlan plan = plan_of(wide, Use::kReadGrad);
  EXPECT_EQ(scratch_of(wide, Use::kReadGrad, plan, true, {}).bytes,
            scratch_of(wide, Use::kReadGrad, plan, false, {}).bytes + 4 * 64 * 200);
  const SitePlan whole = plan_of(small, Use::kReadGrad);
  EXPECT_EQ(scratch_of(small, Use::kReadGrad, whole, true, {}).bytes,
            scratch_of(small, Use::kReadGrad, whole, false, {}).bytes);
}

// More tokens in a block or fewer: a token's results have the same bits.
TEST(HyperConnectionCuda, NeighboursDoNotChangeABit) {
  const HyperConnectionProblem p({129, 2, 3, 40, 1e-5f, true});
  HyperConnectionProblem one = p;
  one.shape.rows = one.site.shape.rows = one.next.shape.rows = 1;
  ASSERT_NE(plan_of(p.shape, Use::kBoundary).tiles.tokens,
            plan_of(one.shape, Use::kBoundary).tiles.tokens);
  ColumnRunner runner;
  HyperConnectionForward all(p.site), alone(one.site);
  const auto& boundary = kernel_of(kernels::hyper_connection_boundary_kernels(), Column::kCuda);
  ASSERT_TRUE(runner.run(boundary, boundary_args(p, all)).is_ok());
  ASSERT_TRUE(runner.run(boundary, boundary_args(one, alone)).is_ok());
  all.h_next.resize(alone.h_next.size());
  all.x.resize(alone.x.size());
  all.t.resize(alone.t.size());
  EXPECT_TRUE(all == alone);
}

}  // namespace
}  // namespace raddle::test
