// SPDX-License-Identifier: Apache-2.0
// What the contract promises beside the values: boundary kernels equal to their pairs, permitted
// aliasing, accumulation, finite results on empty slots.
#include <gtest/gtest.h>

#include "tests/cts/kernels/elements.h"
#include "tests/support/hyper_connection_problem.h"
#include "tests/support/kernel_column.h"

namespace raddle::test {
namespace {

const SiteShape kShapes[] = {
    {37, 2, 3, 40, 1e-5f, true},
    {129, 4, 8, 33, 1e-5f, true},
    {37, 4, 16, 48, 1e-5f, true},
    {7, 8, 64, 24, 1e-5f, true},
    // For a GPU, tokens of which a block holds a part of the columns, and of which it holds none.
    {7, 8, 64, 200, 1e-5f, true},
    {5, 2, 160, 24, 1e-5f, true},
    {37, 1, 8, 40, 1e-5f, true},
    {600, 3, 5, 9, 1e-5f, true},
    {37, 4, 8, 33, 1e-5f, false},
    {7, 8, 64, 13, 1e-5f, false},
};

template <class T>
class HyperConnectionContract : public testing::Test {};
using ActivationTypes = testing::Types<float, Bf16>;
TYPED_TEST_SUITE(HyperConnectionContract, ActivationTypes);

template <class Args>
void run(ColumnRunner& runner, const kernels::Kernel<Args>& kernel, const Args& args) {
  ASSERT_TRUE(runner.run(kernel, args).is_ok()) << kernel.name;
}

TYPED_TEST(HyperConnectionContract, BoundaryEqualsWriteThenRead) {
  ColumnRunner runner;
  for (const SiteShape& shape : kShapes) {
    const HyperConnectionProblemOf<TypeParam> p(shape);
    for (const Column column : columns_of<TypeParam>()) {
      HyperConnectionForwardOf<TypeParam> fused(p.site), pair(p.site);
      run(runner, kernel_of(kernels::hyper_connection_boundary_kernels<TypeParam>(), column),
          boundary_args(p, fused));
      run(runner, kernel_of(kernels::hyper_connection_write_kernels<TypeParam>(), column),
          write_args(p, pair));
      auto read = read_args(p, pair);
      read.site = p.next.parameters();
      read.h = pair.h_next.data();
      run(runner, kernel_of(kernels::hyper_connection_read_kernels<TypeParam>(), column), read);
      EXPECT_TRUE(fused == pair) << name_of(column);
    }
  }
}

TYPED_TEST(HyperConnectionContract, BoundaryGradientEqualsItsPair) {
  ColumnRunner runner;
  for (const SiteShape& shape : kShapes) {
    const HyperConnectionProblemOf<TypeParam> p(shape);
    const auto h_before = rounded_to<TypeParam>(random_floats(p.site.state_size(), 901));
    for (const Column column : columns_of<TypeParam>()) {
      HyperConnectionBackwardOf<TypeParam> fused(p.site), pair(p.site);
      run(runner, kernel_of(kernels::hyper_connection_boundary_grad_kernels<TypeParam>(), column),
          boundary_grad_args(p, h_before, p.t, fused));
      run(runner, kernel_of(kernels::hyper_connection_read_grad_kernels<TypeParam>(), column),
          read_grad_args(p, pair));
      HyperConnectionProblemOf<TypeParam> written = p;
      written.site = p.next;
      written.h = h_before;
      written.dh_next = pair.dh;
      run(runner, kernel_of(kernels::hyper_connection_write_grad_kernels<TypeParam>(), column),
          write_grad_args(written, pair));
      EXPECT_TRUE(fused == pair) << name_of(column);
    }
  }
}

TYPED_TEST(HyperConnectionContract, ResultsMayReplaceTheirInputs) {
  ColumnRunner runner;
  for (const SiteShape& shape : kShapes) {
    for (const Column column : columns_of<TypeParam>()) {
      HyperConnectionProblemOf<TypeParam> p(shape);
      HyperConnectionForwardOf<TypeParam> forward(p.site);
      HyperConnectionBackwardOf<TypeParam> write(p.site), read(p.site), boundary(p.site);
      run(runner, kernel_of(kernels::hyper_connection_write_kernels<TypeParam>(), column),
          write_args(p, forward));
      run(runner, kernel_of(kernels::hyper_connection_write_grad_kernels<TypeParam>(), column),
          write_grad_args(p, write));
      run(runner, kernel_of(kernels::hyper_connection_read_grad_kernels<TypeParam>(), column),
          read_grad_args(p, read));
      run(runner, kernel_of(kernels::hyper_connection_boundary_grad_kernels<TypeParam>(), column),
          boundary_grad_args(p, p.h, p.t, boundary));

      HyperConnectionBackwardOf<TypeParam> again(p.site);
      again.dh = p.dh_next;
      auto write_grad = write_grad_args(p, again);
      write_grad.dh_next = again.dh.data();
      run(runner, kernel_of(kernels::hyper_connection_write_grad_kernels<TypeParam>(), column),
          write_grad);
      EXPECT_TRUE(again.dh == write.dh && again.dz == write.dz && again.dc == write.dc)
          << name_of(column);

      again.dh = p.dh_next;
      auto read_grad = read_grad_args(p, again);
      read_grad.dh_in = again.dh.data();
      run(runner, kernel_of(kernels::hyper_connection_read_grad_kernels<TypeParam>(), column),
          read_grad);
      EXPECT_TRUE(again.dh == read.dh && again.parameters.dc0 == read.parameters.dc0)
          << name_of(column);

      again.dh = p.dh_next;
      auto both = boundary_grad_args(p, p.h, p.t, again);
      both.dh_next_in = again.dh.data();
      run(runner, kernel_of(kernels::hyper_connection_boundary_grad_kernels<TypeParam>(), column),
          both);
      EXPECT_TRUE(again == boundary) << name_of(column);

      auto in_place = write_args(p, forward);
      in_place.h_next = p.h.data();
      run(runner, kernel_of(kernels::hyper_connection_write_kernels<TypeParam>(), column),
          in_place);
      EXPECT_TRUE(p.h == forward.h_next) << name_of(column);
    }
  }
}

TYPED_TEST(HyperConnectionContract, GradientsAccumulateOnRequest) {
  ColumnRunner runner;
  for (const SiteShape& shape : kShapes) {
    for (const Column column : columns_of<TypeParam>()) {
      const HyperConnectionProblemOf<TypeParam> p(shape);
      HyperConnectionBackwardOf<TypeParam> fresh(p.site), added(p.site);
      added.parameters = HyperConnectionParameterGradients<float>(shape, 2.0f);
      run(runner, kernel_of(kernels::hyper_connection_read_grad_kernels<TypeParam>(), column),
          read_grad_args(p, fresh));
      run(runner, kernel_of(kernels::hyper_connection_read_grad_kernels<TypeParam>(), column),
          read_grad_args(p, added, true));
      const auto expect_sum = [&](const Values<float>& sum, const Values<float>& part) {
        for (size_t i = 0; i < sum.size(); ++i) {
          ASSERT_NEAR(sum[i], part[i] + 2.0f, 1e-5f * (1 + std::abs(part[i])));
        }
      };
      expect_sum(added.parameters.dc0, fresh.parameters.dc0);
      if (!shape.dynamic) continue;
      expect_sum(added.parameters.ds, fresh.parameters.ds);
      expect_sum(added.parameters.dw, fresh.parameters.dw);
      expect_sum(added.parameters.dnorm_weight, fresh.parameters.dnorm_weight);
    }
  }
}

TYPED_TEST(HyperConnectionContract, EmptySlotsGiveFiniteResults) {
  ColumnRunner runner;
  for (const Column column : columns_of<TypeParam>()) {
    HyperConnectionProblemOf<TypeParam> p({7, 4, 8, 33, 1e-5f, true});
    std::fill_n(p.h.begin(), 3 * p.shape.d, TypeParam{});
    HyperConnectionForwardOf<TypeParam> forward(p.site);
    HyperConnectionBackwardOf<TypeParam> backward(p.site);
    run(runner, kernel_of(kernels::hyper_connection_read_kernels<TypeParam>(), column),
        read_args(p, forward));
    run(runner, kernel_of(kernels::hyper_connection_read_grad_kernels<TypeParam>(), column),
        read_grad_args(p, backward));
    for (const Values<float>& v : {widened(forward.x), forward.t, widened(backward.dh),
                                   backward.parameters.dw, backward.parameters.dnorm_weight}) {
      for (const float value : v) ASSERT_TRUE(std::isfinite(value)) << name_of(column);
    }
    for (int64_t c = 0; c < 3 * p.shape.q(); ++c) {
      EXPECT_EQ(forward.t[static_cast<size_t>(c)], 0.0f);
    }
  }
}

}  // namespace
}  // namespace raddle::test
