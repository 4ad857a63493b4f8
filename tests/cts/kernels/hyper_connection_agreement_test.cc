// SPDX-License-Identifier: Apache-2.0
// Every virtual-width kernel in the lists against the float64 definition on the shared case file.
// BF16 results are that, rounded once.
#include <gtest/gtest.h>

#include "tests/cts/kernels/elements.h"
#include "tests/support/cases.h"
#include "tests/support/hyper_connection_problem.h"
#include "tests/support/kernel_column.h"

namespace raddle::test {
namespace {

constexpr double kForward = 1e-5, kGradient = 1e-4;

SiteShape shape_of(const Case& c) {
  return {c.integer("rows"), c.integer("m"), c.integer("n"),
          c.integer("d"),    1e-5f,          c.integer("dynamic", 1) != 0};
}

template <class T>
class HyperConnectionAgreement : public testing::Test {};
using ActivationTypes = testing::Types<float, Bf16>;
TYPED_TEST_SUITE(HyperConnectionAgreement, ActivationTypes);

// Runs body(kernel, problem) for the kernel of each column on each case.
template <class T, class Args, class Body>
void for_each_case(kernels::KernelList<Args> list, const Body& body) {
  for (const Case& c : read_cases(RADDLE_SOURCE_DIR, "kernels/hyper_connection.cases")) {
    const HyperConnectionProblemOf<T> problem(shape_of(c));
    for (const Column column : columns_of<T>()) {
      const kernels::Kernel<Args>& kernel = kernel_of(list, column);
      SCOPED_TRACE(std::string(kernel.name) + " " + c.line());
      body(kernel, problem);
    }
  }
}

template <class T>
void expect_near(const Values<T>& actual, const Values<double>& expected, double tolerance,
                 const char* what) {
  if constexpr (std::same_as<T, Bf16>) {
    // One rounding is up to 2^-8 of an element; two correct ones are kRoundingOf apart.
    const Values<float> exact(expected.begin(), expected.end());
    EXPECT_LE(error_beyond(kRoundingOf<T> / 2, widened(actual), exact), tolerance) << what;
  } else {
    EXPECT_LE(relative_error(actual, expected), tolerance) << what;
  }
}

TYPED_TEST(HyperConnectionAgreement, Read) {
  ColumnRunner runner;
  for_each_case<TypeParam>(kernels::hyper_connection_read_kernels<TypeParam>(),
                           [&](const auto& kernel, const HyperConnectionProblemOf<TypeParam>& p) {
                             HyperConnectionForwardOf<TypeParam> out(p.site);
                             ASSERT_TRUE(runner.run(kernel, read_args(p, out)).is_ok());
                             const auto expected =
                                 definition::read(to_double(p.site), convert<double>(p.h));
                             expect_near(out.x, expected.x, kForward, "x");
                             if (p.shape.dynamic) expect_near(out.t, expected.t, kForward, "t");
                           });
}

TYPED_TEST(HyperConnectionAgreement, Write) {
  ColumnRunner runner;
  for_each_case<TypeParam>(kernels::hyper_connection_write_kernels<TypeParam>(),
                           [&](const auto& kernel, const HyperConnectionProblemOf<TypeParam>& p) {
                             HyperConnectionForwardOf<TypeParam> out(p.site);
                             ASSERT_TRUE(runner.run(kernel, write_args(p, out)).is_ok());
                             const auto expected =
                                 definition::write(to_double(p.site), convert<double>(p.h),
                                                   convert<double>(p.z), convert<double>(p.t));
                             expect_near(out.h_next, expected, kForward, "h_next");
                           });
}

// The state that the second site finds: in BF16 it is rounded, and near the middle between two
// numbers the kernel may have gone another way than the definition would.
template <class T>
Values<double> between(const Values<T>& stored, const Values<double>& exact) {
  return std::same_as<T, Bf16> ? convert<double>(stored) : exact;
}

TYPED_TEST(HyperConnectionAgreement, Boundary) {
  ColumnRunner runner;
  for_each_case<TypeParam>(kernels::hyper_connection_boundary_kernels<TypeParam>(),
                           [&](const auto& kernel, const HyperConnectionProblemOf<TypeParam>& p) {
                             HyperConnectionForwardOf<TypeParam> out(p.site);
                             ASSERT_TRUE(runner.run(kernel, boundary_args(p, out)).is_ok());
                             const auto h_next =
                                 definition::write(to_double(p.site), convert<double>(p.h),
                                                   convert<double>(p.z), convert<double>(p.t));
                             const auto expected = definition::read(
                                 to_double(p.next), between<TypeParam>(out.h_next, h_next));
                             expect_near(out.h_next, h_next, kForward, "h_next");
                             expect_near(out.x, expected.x, kForward, "x_next");
                             if (p.shape.dynamic)
                               expect_near(out.t, expected.t, kForward, "t_next");
                           });
}

TYPED_TEST(HyperConnectionAgreement, WriteGrad) {
  ColumnRunner runner;
  for_each_case<TypeParam>(kernels::hyper_connection_write_grad_kernels<TypeParam>(),
                           [&](const auto& kernel, const HyperConnectionProblemOf<TypeParam>& p) {
                             HyperConnectionBackwardOf<TypeParam> out(p.site);
                             ASSERT_TRUE(runner.run(kernel, write_grad_args(p, out)).is_ok());
                             const auto expected = definition::write_grad(
                                 to_double(p.site), convert<double>(p.dh_next),
                                 convert<double>(p.h), convert<double>(p.z), convert<double>(p.t));
                             expect_near(out.dh, expected.dh, kGradient, "dh");
                             expect_near(out.dz, expected.dz, kGradient, "dz");
                             expect_near(out.dc, expected.dc, kGradient, "dc");
                           });
}

template <class T>
void expect_parameters(const HyperConnectionProblemOf<T>& p,
                       const HyperConnectionBackwardOf<T>& out,
                       const HyperConnectionParameterGradients<double>& expected) {
  expect_near(out.parameters.dc0, expected.dc0, kGradient, "dc0");
  if (!p.shape.dynamic) return;
  expect_near(out.parameters.ds, expected.ds, kGradient, "ds");
  expect_near(out.parameters.dw, expected.dw, kGradient, "dw");
  expect_near(out.parameters.dnorm_weight, expected.dnorm_weight, kGradient, "dnorm_weight");
}

TYPED_TEST(HyperConnectionAgreement, ReadGrad) {
  ColumnRunner runner;
  for_each_case<TypeParam>(kernels::hyper_connection_read_grad_kernels<TypeParam>(),
                           [&](const auto& kernel, const HyperConnectionProblemOf<TypeParam>& p) {
                             HyperConnectionBackwardOf<TypeParam> out(p.site);
                             ASSERT_TRUE(runner.run(kernel, read_grad_args(p, out)).is_ok());
                             const auto expected = definition::read_grad(
                                 to_double(p.site), convert<double>(p.dx), convert<double>(p.dc),
                                 convert<double>(p.dh_next), convert<double>(p.h),
                                 convert<double>(p.t));
                             expect_near(out.dh, expected.dh, kGradient, "dh");
                             expect_parameters(p, out, expected.parameters);
                           });
}

TYPED_TEST(HyperConnectionAgreement, BoundaryGrad) {
  ColumnRunner runner;
  for_each_case<TypeParam>(
      kernels::hyper_connection_boundary_grad_kernels<TypeParam>(),
      [&](const auto& kernel, const HyperConnectionProblemOf<TypeParam>& p) {
        const auto h_before = rounded_to<TypeParam>(random_floats(p.site.state_size(), 900));
        const Values<float>& t_before = p.t;
        HyperConnectionBackwardOf<TypeParam> out(p.site);
        ASSERT_TRUE(runner.run(kernel, boundary_grad_args(p, h_before, t_before, out)).is_ok());
        const auto read = definition::read_grad(to_double(p.site), convert<double>(p.dx),
                                                convert<double>(p.dc), convert<double>(p.dh_next),
                                                convert<double>(p.h), convert<double>(p.t));
        HyperConnectionBackwardOf<TypeParam> stored(p.site);
        const bool on_cuda = kernel.code == kernels::RunsOn::kCuda;
        ASSERT_TRUE(runner
                        .run(kernel_of(kernels::hyper_connection_read_grad_kernels<TypeParam>(),
                                       on_cuda ? Column::kCuda : Column::kReference),
                             read_grad_args(p, stored))
                        .is_ok());
        const auto write = definition::write_grad(
            to_double(p.next), between<TypeParam>(stored.dh, read.dh), convert<double>(h_before),
            convert<double>(p.z), convert<double>(t_before));
        expect_near(out.dh, write.dh, kGradient, "dh");
        expect_near(out.dz, write.dz, kGradient, "dz");
        expect_near(out.dc, write.dc, kGradient, "dc");
        expect_parameters(p, out, read.parameters);
      });
}

}  // namespace
}  // namespace raddle::test
