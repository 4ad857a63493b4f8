// SPDX-License-Identifier: Apache-2.0
// Norms, rotary positions, attention and pointwise operations: the bench=1 lines of the conformance
// suite's case files, checked against the reference and then timed. Bytes are the least that the
// kernel must move; attention's FLOPs are those of the pairs of rows that attend to each other (2
// products forward, 5 backward).
#include <memory>

#include "bench/kernels/bench_support.h"
#include "tests/cts/kernels/attention_part_problems.h"
#include "tests/cts/kernels/attention_problems.h"
#include "tests/cts/kernels/elementwise_problems.h"
#include "tests/cts/kernels/norm_problems.h"
#include "tests/cts/kernels/rope_problems.h"
#include "tests/cts/kernels/tile_problems.h"

namespace raddle::bench {
namespace {

using kernels::Kernel;
using kernels::KernelList;
using test::Case;

template <class Problem>
Work work_of(const Problem& problem) {
  if constexpr (requires { problem.flops(); }) {
    return {.flops = problem.flops()};
  } else {
    return {.bytes = problem.bytes()};
  }
}

template <class Problem, class Args>
void run_case(benchmark::State& state, KernelList<Args> list, const Case& c,
              const char* tolerance_key) {
  const Kernel<Args>& kernel = *test::kernels_on_cpu(list).front();
  const auto expected = test::run_problem(*list.back(), Problem(c), 1);
  const auto actual = test::run_problem(kernel, Problem(c), threads());
  for (size_t i = 0; i < expected.size(); ++i) {
    check(test::relative_error(actual[i], expected[i]) <= c.number(tolerance_key),
          std::string(kernel.name) + " " + c.line());
  }
  const auto problem = std::make_unique<Problem>(c);
  time_kernel(state, kernel, problem->args(), work_of(*problem));
}

template <class Problem>
void add_cases() {
  for (const Case& c : test::read_cases(RADDLE_SOURCE_DIR, Problem::kCases)) {
    if (c.integer("bench") == 0) continue;
    const std::string line = c.line().substr(0, c.line().find(" bench"));
    const std::string name =
        std::string(test::kernels_on_cpu(Problem::list()).front()->name) + " " + line;
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      run_case<Problem>(state, Problem::list(), c, Problem::kTolerance);
    })->UseRealTime();
  }
}

template <class... Problems>
void add_family(testing::Types<Problems...>) {
  (add_cases<Problems>(), ...);
}

void add_all() {
  add_family(test::NormProblems());
  add_family(test::RopeProblems());
  add_family(test::ElementwiseProblems());
  add_family(test::TileProblems());
  add_family(test::AttentionProblems());
  add_family(test::AttentionPartProblems());
}

}  // namespace
}  // namespace raddle::bench

int main(int argc, char** argv) {
  return raddle::bench::run_benches(argc, argv, &raddle::bench::add_all);
}
