// SPDX-License-Identifier: Apache-2.0
// Checks that hold for every op, whatever its kernels: each tuned kernel of a list against the
// list's last entry (the reference), and the same bits for any number of threads. A new kernel in a
// list is tested by these without a new line.
//
// A Problem is copyable, owns its inputs and outputs, and has args() (pointing into itself) and
// outputs() (all outputs, concatenated into one vector per output).
#pragma once

#include <cstring>

#include "tests/support/kernel_runner.h"

namespace raddle::test {

using Results = std::vector<std::vector<float>>;

template <class Args, class Problem>
Results run_problem(const kernels::Kernel<Args>& kernel, Problem problem, int threads = 2) {
  KernelRunner runner(threads);
  const Status status = runner.run(kernel, problem.args());
  EXPECT_TRUE(status.is_ok()) << kernel.name << ": " << status.to_string();
  return problem.outputs();
}

// Whether the kernel takes the problem at all.
template <class Args, class Problem>
bool takes(const kernels::Kernel<Args>& kernel, Problem problem) {
  return kernel.probe(problem.args(), KernelRunner(1).caps()).accepted;
}

// Every kernel but the last that takes the problem agrees with the last within `tolerance` of each
// output's size.
template <class Args, class Problem>
void expect_tuned_match_reference(kernels::KernelList<Args> list, const Problem& problem,
                                  double tolerance) {
  const Results expected = run_problem<Args>(*list.back(), problem);
  for (const auto* kernel : list.first(list.size() - 1)) {
    if (!takes<Args>(*kernel, problem)) continue;
    const Results actual = run_problem<Args>(*kernel, problem);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      const double error = relative_error(actual[i], expected[i]);
      EXPECT_TRUE(error <= tolerance)
          << kernel->name << " output " << i << ": error " << error << " over " << tolerance;
    }
  }
}

// One, two and three threads give the same bits.
template <class Args, class Problem>
void expect_thread_independent(kernels::KernelList<Args> list, const Problem& problem) {
  for (const auto* kernel : list.first(list.size() - 1)) {
    if (!takes<Args>(*kernel, problem)) continue;
    const Results one = run_problem<Args>(*kernel, problem, 1);
    for (const int threads : {2, 3}) {
      const Results many = run_problem<Args>(*kernel, problem, threads);
      ASSERT_EQ(many.size(), one.size());
      for (size_t i = 0; i < one.size(); ++i) {
        ASSERT_EQ(many[i].size(), one[i].size());
        EXPECT_EQ(std::memcmp(many[i].data(), one[i].data(), one[i].size() * sizeof(float)), 0)
            << kernel->name << " output " << i << " differs between 1 and " << threads
            << " threads";
      }
    }
  }
}

}  // namespace raddle::test
