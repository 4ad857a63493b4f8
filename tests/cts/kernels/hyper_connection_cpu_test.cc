// SPDX-License-Identifier: Apache-2.0
// What the tuned CPU kernels of virtual width promise beside the contract of all: the same bits on
// any number of threads, the same answers from every instruction set that this machine has, scratch
// that does not grow.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "tests/support/hyper_connection_problem.h"
#include "tests/support/kernel_column.h"

namespace raddle::test {
namespace {

const SiteShape kCpuShapes[] = {
    {37, 2, 3, 40, 1e-5f, true},  {129, 4, 8, 33, 1e-5f, true}, {37, 4, 16, 48, 1e-5f, true},
    {7, 8, 64, 24, 1e-5f, true},  {37, 1, 8, 40, 1e-5f, true},  {600, 3, 5, 9, 1e-5f, true},
    {37, 4, 8, 33, 1e-5f, false}, {7, 8, 64, 13, 1e-5f, false},
};

template <class Args>
void run(KernelRunner& runner, const kernels::Kernel<Args>& kernel, const Args& args) {
  ASSERT_TRUE(runner.run(kernel, args).is_ok()) << kernel.name;
}

struct Everything {
  HyperConnectionForward boundary;
  HyperConnectionBackward boundary_grad;
};

Everything run_boundaries(const HyperConnectionProblem& p, int threads) {
  KernelRunner runner(threads);
  Everything e{HyperConnectionForward(p.site), HyperConnectionBackward(p.site)};
  run(runner, kernel_of(kernels::hyper_connection_boundary_kernels(), Column::kCpu),
      boundary_args(p, e.boundary));
  run(runner, kernel_of(kernels::hyper_connection_boundary_grad_kernels(), Column::kCpu),
      boundary_grad_args(p, p.dh_next, p.t, e.boundary_grad));
  return e;
}

TEST(HyperConnectionCpu, ThreadsDoNotChangeABit) {
  for (const SiteShape& shape : kCpuShapes) {
    const HyperConnectionProblem p(shape);
    const Everything one = run_boundaries(p, 1);
    for (const int threads : {2, 3, 5}) {
      const Everything many = run_boundaries(p, threads);
      EXPECT_TRUE(one.boundary == many.boundary) << threads;
      EXPECT_TRUE(one.boundary_grad == many.boundary_grad) << threads;
    }
  }
}

TEST(HyperConnectionCpu, ScratchDoesNotGrowWithTheBatch) {
  const device::DeviceCaps caps = device::detect_cpu(2);
  kernels::HyperConnectionBoundaryGradArgs args{};
  args.shape = {1024, 8, 64, 96, 1e-5f, true};
  const auto& kernel = kernel_of(kernels::hyper_connection_boundary_grad_kernels(), Column::kCpu);
  const size_t thousand = kernel.scratch_bytes(args, caps);
  args.shape.rows = 1 << 20;
  EXPECT_EQ(kernel.scratch_bytes(args, caps), thousand);
  EXPECT_LE(thousand, size_t{8} << 20);
}

// Restores the choice of instruction set whatever the test does.
struct TargetGuard {
  ~TargetGuard() { hwy::SetSupportedTargetsForTest(0); }
};

TEST(HyperConnectionCpu, EveryInstructionSetAgrees) {
  const TargetGuard guard;
  const int64_t all = hwy::SupportedTargets();
  for (const SiteShape& shape : kCpuShapes) {
    const HyperConnectionProblem p(shape);
    hwy::SetSupportedTargetsForTest(0);
    const Everything best = run_boundaries(p, 2);
    for (int64_t rest = all; rest != 0; rest &= rest - 1) {
      const int64_t target = rest & -rest;
      hwy::SetSupportedTargetsForTest(target);
      const Everything other = run_boundaries(p, 2);
      SCOPED_TRACE(hwy::TargetName(target));
      EXPECT_LT(relative_error(other.boundary.h_next, best.boundary.h_next), 1e-5);
      EXPECT_LT(relative_error(other.boundary.x, best.boundary.x), 1e-5);
      EXPECT_LT(relative_error(other.boundary_grad.dh, best.boundary_grad.dh), 1e-4);
      EXPECT_LT(relative_error(other.boundary_grad.dc, best.boundary_grad.dc), 1e-4);
      EXPECT_LT(
          relative_error(other.boundary_grad.parameters.dc0, best.boundary_grad.parameters.dc0),
          1e-4);
      EXPECT_LT(relative_error(other.boundary_grad.parameters.dw, best.boundary_grad.parameters.dw),
                1e-4);
    }
  }
}

}  // namespace
}  // namespace raddle::test
