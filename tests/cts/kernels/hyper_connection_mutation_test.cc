// SPDX-License-Identifier: Apache-2.0
// Does the comparison that the conformance suite makes see an error in the mathematics? Each rule
// of a virtual-width site is broken in turn in a float64 model of it, and the kernels must then
// differ from that model by more than the suite's tolerance.
#include <gtest/gtest.h>

#include "tests/support/hyper_connection_mutants.h"
#include "tests/support/kernel_column.h"

namespace raddle::test {
namespace {

struct KernelResult {
  HyperConnectionForward forward;
  HyperConnectionBackward write, read;
};

KernelResult run_kernels(const HyperConnectionProblem& p, Column column) {
  ColumnRunner runner;
  KernelResult r{HyperConnectionForward(p.site), HyperConnectionBackward(p.site),
                 HyperConnectionBackward(p.site)};
  EXPECT_TRUE(
      runner
          .run(kernel_of(kernels::hyper_connection_read_kernels(), column), read_args(p, r.forward))
          .is_ok());
  EXPECT_TRUE(runner
                  .run(kernel_of(kernels::hyper_connection_write_kernels(), column),
                       write_args(p, r.forward))
                  .is_ok());
  EXPECT_TRUE(runner
                  .run(kernel_of(kernels::hyper_connection_write_grad_kernels(), column),
                       write_grad_args(p, r.write))
                  .is_ok());
  EXPECT_TRUE(runner
                  .run(kernel_of(kernels::hyper_connection_read_grad_kernels(), column),
                       read_grad_args(p, r.read))
                  .is_ok());
  return r;
}

// Largest error in units of what the conformance suite allows; above 1 it would fail.
double disagreement(const KernelResult& k, const FusedResult& f) {
  double worst = 0;
  const auto compare = [&](const Values<float>& a, const Values<double>& b, double tolerance) {
    worst = std::max(worst, relative_error(a, b) / tolerance);
  };
  constexpr double kForwardWithin = 1e-5, kGradientWithin = 1e-4;
  compare(k.forward.x, f.x, kForwardWithin);
  compare(k.forward.t, f.t, kForwardWithin);
  compare(k.forward.h_next, f.h_next, kForwardWithin);
  compare(k.write.dh, f.dh_write, kGradientWithin);
  compare(k.write.dz, f.dz, kGradientWithin);
  compare(k.write.dc, f.dc, kGradientWithin);
  compare(k.read.dh, f.dh_read, kGradientWithin);
  compare(k.read.parameters.dc0, f.parameters.dc0, kGradientWithin);
  compare(k.read.parameters.ds, f.parameters.ds, kGradientWithin);
  compare(k.read.parameters.dw, f.parameters.dw, kGradientWithin);
  compare(k.read.parameters.dnorm_weight, f.parameters.dnorm_weight, kGradientWithin);
  return worst;
}

const std::pair<int64_t, int64_t> kSizes[] = {{2, 3}, {4, 8}, {1, 8}, {3, 5}};

TEST(HyperConnectionMutations, UnbrokenModelEqualsTheDefinition) {
  for (const auto& [m, n] : kSizes) {
    const HyperConnectionProblem p({5, m, n, 12, 1e-5f, true});
    const FusedResult fused = FusedSite(p, Mutation::kNone).run(p);
    const HyperConnectionSite<double> site = to_double(p.site);
    const Values<double> h = convert<double>(p.h), t = convert<double>(p.t);
    const Values<double> g = convert<double>(p.dh_next), z = convert<double>(p.z);
    const auto read = definition::read(site, h);
    const auto write_grad = definition::write_grad(site, g, h, z, t);
    const auto read_grad =
        definition::read_grad(site, convert<double>(p.dx), convert<double>(p.dc), g, h, t);
    constexpr double kRounding = 1e-13;
    EXPECT_LT(relative_error(fused.x, read.x), kRounding);
    EXPECT_LT(relative_error(fused.t, read.t), kRounding);
    EXPECT_LT(relative_error(fused.h_next, definition::write(site, h, z, t)), kRounding);
    EXPECT_LT(relative_error(fused.dh_write, write_grad.dh), kRounding);
    EXPECT_LT(relative_error(fused.dz, write_grad.dz), kRounding);
    EXPECT_LT(relative_error(fused.dc, write_grad.dc), kRounding);
    EXPECT_LT(relative_error(fused.dh_read, read_grad.dh), kRounding);
    EXPECT_LT(relative_error(fused.parameters.dc0, read_grad.parameters.dc0), kRounding);
    EXPECT_LT(relative_error(fused.parameters.ds, read_grad.parameters.ds), kRounding);
    EXPECT_LT(relative_error(fused.parameters.dw, read_grad.parameters.dw), kRounding);
    EXPECT_LT(relative_error(fused.parameters.dnorm_weight, read_grad.parameters.dnorm_weight),
              kRounding);
  }
}

TEST(HyperConnectionMutations, EveryBrokenRuleIsSeen) {
  for (const auto& [m, n] : kSizes) {
    const HyperConnectionProblem p({7, m, n, 20, 1e-5f, true});
    for (const Column column : columns()) {
      const KernelResult kernels = run_kernels(p, column);
      EXPECT_LT(disagreement(kernels, FusedSite(p, Mutation::kNone).run(p)), 1.0);
      for (int i = 1; i < static_cast<int>(Mutation::kCount); ++i) {
        const FusedResult broken = FusedSite(p, static_cast<Mutation>(i)).run(p);
        EXPECT_GT(disagreement(kernels, broken), 10.0)
            << "mutation " << i << " at (" << m << ", " << n << "), kernel " << name_of(column);
      }
    }
  }
}

}  // namespace
}  // namespace raddle::test
