// SPDX-License-Identifier: Apache-2.0
// Every virtual-width kernel in the lists against the float64 definition on the shared case file.
#include <gtest/gtest.h>

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

// Runs body(kernel, problem) for the kernel of each column on each case.
template <class Args, class Body>
void for_each_case(kernels::KernelList<Args> list, const Body& body) {
  for (const Case& c : read_cases(RADDLE_SOURCE_DIR, "kernels/hyper_connection.cases")) {
    const HyperConnectionProblem problem(shape_of(c));
    for (const Column column : columns()) {
      const kernels::Kernel<Args>& kernel = kernel_of(list, column);
      SCOPED_TRACE(std::string(kernel.name) + " " + c.line());
      body(kernel, problem);
    }
  }
}

void expect_near(const Values<float>& actual, const Values<double>& expected, double tolerance,
                 const char* what) {
  EXPECT_LE(relative_error(actual, expected), tolerance) << what;
}

TEST(HyperConnectionAgreement, Read) {
  ColumnRunner runner;
  for_each_case(kernels::hyper_connection_read_kernels(),
                [&](const auto& kernel, const HyperConnectionProblem& p) {
                  HyperConnectionForward out(p.site);
                  ASSERT_TRUE(runner.run(kernel, read_args(p, out)).is_ok());
                  const auto expected = definition::read(to_double(p.site), convert<double>(p.h));
                  expect_near(out.x, expected.x, kForward, "x");
                  if (p.shape.dynamic) expect_near(out.t, expected.t, kForward, "t");
                });
}

TEST(HyperConnectionAgreement, Write) {
  ColumnRunner runner;
  for_each_case(kernels::hyper_connection_write_kernels(), [&](const auto& kernel,
                                                               const HyperConnectionProblem& p) {
    HyperConnectionForward out(p.site);
    ASSERT_TRUE(runner.run(kernel, write_args(p, out)).is_ok());
    const auto expected = definition::write(to_double(p.site), convert<double>(p.h),
                                            convert<double>(p.z), convert<double>(p.t));
    expect_near(out.h_next, expected, kForward, "h_next");
  });
}

TEST(HyperConnectionAgreement, Boundary) {
  ColumnRunner runner;
  for_each_case(kernels::hyper_connection_boundary_kernels(),
                [&](const auto& kernel, const HyperConnectionProblem& p) {
                  HyperConnectionForward out(p.site);
                  ASSERT_TRUE(runner.run(kernel, boundary_args(p, out)).is_ok());
                  const auto h_next = definition::write(to_double(p.site), convert<double>(p.h),
                                                        convert<double>(p.z), convert<double>(p.t));
                  const auto expected = definition::read(to_double(p.next), h_next);
                  expect_near(out.h_next, h_next, kForward, "h_next");
                  expect_near(out.x, expected.x, kForward, "x_next");
                  if (p.shape.dynamic) expect_near(out.t, expected.t, kForward, "t_next");
                });
}

TEST(HyperConnectionAgreement, WriteGrad) {
  ColumnRunner runner;
  for_each_case(kernels::hyper_connection_write_grad_kernels(),
                [&](const auto& kernel, const HyperConnectionProblem& p) {
                  HyperConnectionBackward out(p.site);
                  ASSERT_TRUE(runner.run(kernel, write_grad_args(p, out)).is_ok());
                  const auto expected = definition::write_grad(
                      to_double(p.site), convert<double>(p.dh_next), convert<double>(p.h),
                      convert<double>(p.z), convert<double>(p.t));
                  expect_near(out.dh, expected.dh, kGradient, "dh");
                  expect_near(out.dz, expected.dz, kGradient, "dz");
                  expect_near(out.dc, expected.dc, kGradient, "dc");
                });
}

void expect_parameters(const HyperConnectionProblem& p, const HyperConnectionBackward& out,
                       const HyperConnectionParameterGradients<double>& expected) {
  expect_near(out.parameters.dc0, expected.dc0, kGradient, "dc0");
  if (!p.shape.dynamic) return;
  expect_near(out.parameters.ds, expected.ds, kGradient, "ds");
  expect_near(out.parameters.dw, expected.dw, kGradient, "dw");
  expect_near(out.parameters.dnorm_weight, expected.dnorm_weight, kGradient, "dnorm_weight");
}

TEST(HyperConnectionAgreement, ReadGrad) {
  ColumnRunner runner;
  for_each_case(kernels::hyper_connection_read_grad_kernels(),
                [&](const auto& kernel, const HyperConnectionProblem& p) {
                  HyperConnectionBackward out(p.site);
                  ASSERT_TRUE(runner.run(kernel, read_grad_args(p, out)).is_ok());
                  const auto expected = definition::read_grad(
                      to_double(p.site), convert<double>(p.dx), convert<double>(p.dc),
                      convert<double>(p.dh_next), convert<double>(p.h), convert<double>(p.t));
                  expect_near(out.dh, expected.dh, kGradient, "dh");
                  expect_parameters(p, out, expected.parameters);
                });
}

TEST(HyperConnectionAgreement, BoundaryGrad) {
  ColumnRunner runner;
  for_each_case(
      kernels::hyper_connection_boundary_grad_kernels(),
      [&](const auto& kernel, const HyperConnectionProblem& p) {
        const Values<float> h_before = random_floats(p.site.state_size(), 900);
        const Values<float>& t_before = p.t;
        HyperConnectionBackward out(p.site);
        ASSERT_TRUE(runner.run(kernel, boundary_grad_args(p, h_before, t_before, out)).is_ok());
        const auto read = definition::read_grad(to_double(p.site), convert<double>(p.dx),
                                                convert<double>(p.dc), convert<double>(p.dh_next),
                                                convert<double>(p.h), convert<double>(p.t));
        const auto write =
            definition::write_grad(to_double(p.next), read.dh, convert<double>(h_before),
                                   convert<double>(p.z), convert<double>(t_before));
        expect_near(out.dh, write.dh, kGradient, "dh");
        expect_near(out.dz, write.dz, kGradient, "dz");
        expect_near(out.dc, write.dc, kGradient, "dc");
        expect_parameters(p, out, read.parameters);
      });
}

}  // namespace
}  // namespace raddle::test
