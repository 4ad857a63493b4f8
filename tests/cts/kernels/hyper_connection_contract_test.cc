// SPDX-License-Identifier: Apache-2.0
// What the contract promises beside the values: independence of threads and of tiling, boundary
// kernels equal to their pairs, permitted aliasing, accumulation, finite results on empty slots,
// and the same answers from every instruction set that this machine has.
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "tests/support/hyper_connection_problem.h"

namespace raddle::test {
namespace {

const SiteShape kShapes[] = {
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
  run(runner, *kernels::hyper_connection_boundary_kernels().front(), boundary_args(p, e.boundary));
  run(runner, *kernels::hyper_connection_boundary_grad_kernels().front(),
      boundary_grad_args(p, p.dh_next, p.t, e.boundary_grad));
  return e;
}

TEST(HyperConnectionContract, ThreadsDoNotChangeABit) {
  for (const SiteShape& shape : kShapes) {
    const HyperConnectionProblem p(shape);
    const Everything one = run_boundaries(p, 1);
    for (const int threads : {2, 3, 5}) {
      const Everything many = run_boundaries(p, threads);
      EXPECT_TRUE(one.boundary == many.boundary) << threads;
      EXPECT_TRUE(one.boundary_grad == many.boundary_grad) << threads;
    }
  }
}

TEST(HyperConnectionContract, BoundaryEqualsWriteThenRead) {
  KernelRunner runner;
  for (const SiteShape& shape : kShapes) {
    const HyperConnectionProblem p(shape);
    for (size_t which = 0; which < 2; ++which) {
      HyperConnectionForward fused(p.site), pair(p.site);
      run(runner, *kernels::hyper_connection_boundary_kernels()[which], boundary_args(p, fused));
      run(runner, *kernels::hyper_connection_write_kernels()[which], write_args(p, pair));
      kernels::HyperConnectionReadArgs read = read_args(p, pair);
      read.site = p.next.parameters();
      read.h = pair.h_next.data();
      run(runner, *kernels::hyper_connection_read_kernels()[which], read);
      EXPECT_TRUE(fused == pair) << which;
    }
  }
}

TEST(HyperConnectionContract, BoundaryGradientEqualsItsPair) {
  KernelRunner runner;
  for (const SiteShape& shape : kShapes) {
    const HyperConnectionProblem p(shape);
    const Values<float> h_before = random_floats(p.site.state_size(), 901);
    for (size_t which = 0; which < 2; ++which) {
      HyperConnectionBackward fused(p.site), pair(p.site);
      run(runner, *kernels::hyper_connection_boundary_grad_kernels()[which],
          boundary_grad_args(p, h_before, p.t, fused));
      run(runner, *kernels::hyper_connection_read_grad_kernels()[which], read_grad_args(p, pair));
      HyperConnectionProblem written = p;
      written.site = p.next;
      written.h = h_before;
      written.dh_next = pair.dh;
      run(runner, *kernels::hyper_connection_write_grad_kernels()[which],
          write_grad_args(written, pair));
      EXPECT_TRUE(fused == pair) << which;
    }
  }
}

TEST(HyperConnectionContract, ResultsMayReplaceTheirInputs) {
  KernelRunner runner;
  for (const SiteShape& shape : kShapes) {
    for (size_t which = 0; which < 2; ++which) {
      HyperConnectionProblem p(shape);
      HyperConnectionForward forward(p.site);
      HyperConnectionBackward write(p.site), read(p.site), boundary(p.site);
      run(runner, *kernels::hyper_connection_write_kernels()[which], write_args(p, forward));
      run(runner, *kernels::hyper_connection_write_grad_kernels()[which],
          write_grad_args(p, write));
      run(runner, *kernels::hyper_connection_read_grad_kernels()[which], read_grad_args(p, read));
      run(runner, *kernels::hyper_connection_boundary_grad_kernels()[which],
          boundary_grad_args(p, p.h, p.t, boundary));

      HyperConnectionBackward again(p.site);
      again.dh = p.dh_next;
      kernels::HyperConnectionWriteGradArgs write_grad = write_grad_args(p, again);
      write_grad.dh_next = again.dh.data();
      run(runner, *kernels::hyper_connection_write_grad_kernels()[which], write_grad);
      EXPECT_TRUE(again.dh == write.dh && again.dz == write.dz && again.dc == write.dc) << which;

      again.dh = p.dh_next;
      kernels::HyperConnectionReadGradArgs read_grad = read_grad_args(p, again);
      read_grad.dh_in = again.dh.data();
      run(runner, *kernels::hyper_connection_read_grad_kernels()[which], read_grad);
      EXPECT_TRUE(again.dh == read.dh && again.parameters.dc0 == read.parameters.dc0) << which;

      again.dh = p.dh_next;
      kernels::HyperConnectionBoundaryGradArgs both = boundary_grad_args(p, p.h, p.t, again);
      both.dh_next_in = again.dh.data();
      run(runner, *kernels::hyper_connection_boundary_grad_kernels()[which], both);
      EXPECT_TRUE(again == boundary) << which;

      kernels::HyperConnectionWriteArgs in_place = write_args(p, forward);
      in_place.h_next = p.h.data();
      run(runner, *kernels::hyper_connection_write_kernels()[which], in_place);
      EXPECT_EQ(p.h, forward.h_next) << which;
    }
  }
}

TEST(HyperConnectionContract, GradientsAccumulateOnRequest) {
  KernelRunner runner;
  for (const SiteShape& shape : kShapes) {
    for (size_t which = 0; which < 2; ++which) {
      const HyperConnectionProblem p(shape);
      HyperConnectionBackward fresh(p.site), added(p.site);
      added.parameters = HyperConnectionParameterGradients<float>(shape, 2.0f);
      run(runner, *kernels::hyper_connection_read_grad_kernels()[which], read_grad_args(p, fresh));
      run(runner, *kernels::hyper_connection_read_grad_kernels()[which],
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

TEST(HyperConnectionContract, EmptySlotsGiveFiniteResults) {
  KernelRunner runner;
  for (size_t which = 0; which < 2; ++which) {
    HyperConnectionProblem p({7, 4, 8, 33, 1e-5f, true});
    std::fill_n(p.h.begin(), 3 * p.shape.d, 0.0f);
    HyperConnectionForward forward(p.site);
    HyperConnectionBackward backward(p.site);
    run(runner, *kernels::hyper_connection_read_kernels()[which], read_args(p, forward));
    run(runner, *kernels::hyper_connection_read_grad_kernels()[which], read_grad_args(p, backward));
    for (const Values<float>* v : {&forward.x, &forward.t, &backward.dh, &backward.parameters.dw,
                                   &backward.parameters.dnorm_weight}) {
      for (const float value : *v) ASSERT_TRUE(std::isfinite(value)) << which;
    }
    for (int64_t c = 0; c < 3 * p.shape.q(); ++c) {
      EXPECT_EQ(forward.t[static_cast<size_t>(c)], 0.0f);
    }
  }
}

TEST(HyperConnectionContract, ScratchDoesNotGrowWithTheBatch) {
  const device::DeviceCaps caps = device::detect_cpu(2);
  kernels::HyperConnectionBoundaryGradArgs args{};
  args.shape = {1024, 8, 64, 96, 1e-5f, true};
  const auto& kernel = *kernels::hyper_connection_boundary_grad_kernels().front();
  const size_t thousand = kernel.scratch_bytes(args, caps);
  args.shape.rows = 1 << 20;
  EXPECT_EQ(kernel.scratch_bytes(args, caps), thousand);
  EXPECT_LE(thousand, size_t{8} << 20);
}

// Restores the choice of instruction set whatever the test does.
struct TargetGuard {
  ~TargetGuard() { hwy::SetSupportedTargetsForTest(0); }
};

TEST(HyperConnectionContract, EveryInstructionSetAgrees) {
  const TargetGuard guard;
  const int64_t all = hwy::SupportedTargets();
  for (const SiteShape& shape : kShapes) {
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
