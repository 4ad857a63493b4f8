// SPDX-License-Identifier: Apache-2.0
// Norms, rotary positions, attention and pointwise operations: the bench=1 lines of the conformance
// suite's case files, checked against the reference and then timed. Bytes are the least that the
// kernel must move; attention's FLOPs are those of the pairs of rows that attend to each other (2
// products forward, 5 backward).
#include <memory>

#include "bench/kernels/bench_support.h"
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
  const Kernel<Args>& kernel = *list.front();
  const auto expected = test::run_problem<Problem>(*list.back(), c, 1);
  const auto actual = test::run_problem<Problem>(kernel, c, threads());
  for (size_t i = 0; i < expected.size(); ++i) {
    check(test::relative_error(actual[i], expected[i]) <= c.number(tolerance_key),
          std::string(kernel.name) + " " + c.line());
  }
  const auto problem = std::make_unique<Problem>(c);
  time_kernel(state, kernel, problem->args(), work_of(*problem));
}

template <class Problem, class Args>
void add_cases(KernelList<Args> list, const char* file, const char* tolerance_key) {
  for (const Case& c : test::read_cases(RADDLE_SOURCE_DIR, file)) {
    if (c.integer("bench") == 0) continue;
    const std::string line = c.line().substr(0, c.line().find(" bench"));
    const std::string name = std::string(list.front()->name) + " " + line;
    benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
      run_case<Problem>(state, list, c, tolerance_key);
    })->UseRealTime();
  }
}

void add_all() {
  using namespace kernels;
  using namespace test;
  add_cases<LayerNormProblem>(layer_norm_kernels(), "kernels/layer_norm.cases", "tol");
  add_cases<LayerNormGradProblem>(layer_norm_grad_kernels(), "kernels/layer_norm.cases",
                                  "grad_tol");
  add_cases<RmsNormProblem>(rms_norm_kernels(), "kernels/rms_norm.cases", "tol");
  add_cases<RmsNormGradProblem>(rms_norm_grad_kernels(), "kernels/rms_norm.cases", "grad_tol");
  add_cases<RopeProblem>(rope_kernels(), "kernels/rope.cases", "tol");
  add_cases<HeadNormProblem>(head_norm_kernels(), "kernels/head_norm.cases", "tol");
  add_cases<HeadNormGradProblem>(head_norm_grad_kernels(), "kernels/head_norm.cases", "grad_tol");
  add_cases<GeluProblem>(gelu_kernels(), "kernels/gelu.cases", "tol");
  add_cases<GeluGradProblem>(gelu_grad_kernels(), "kernels/gelu.cases", "grad_tol");
  add_cases<SwigluProblem>(swiglu_kernels(), "kernels/swiglu.cases", "tol");
  add_cases<SwigluGradProblem>(swiglu_grad_kernels(), "kernels/swiglu.cases", "grad_tol");
  add_cases<AddProblem>(add_kernels(), "kernels/add.cases", "tol");
  add_cases<ConcatProblem>(concat_kernels(), "kernels/concat.cases", "tol");
  add_cases<SplitProblem>(split_kernels(), "kernels/concat.cases", "tol");
  add_cases<TileProblem>(tile_kernels(), "kernels/tile.cases", "tol");
  add_cases<FoldProblem>(fold_kernels(), "kernels/tile.cases", "tol");
  add_cases<AttentionProblem>(attention_kernels(), "kernels/attention.cases", "tol");
  add_cases<AttentionGradProblem>(attention_grad_kernels(), "kernels/attention.cases", "grad_tol");
  add_cases<AttentionCachedProblem>(attention_cached_kernels(), "kernels/attention_cached.cases",
                                    "tol");
}

}  // namespace
}  // namespace raddle::bench

int main(int argc, char** argv) {
  return raddle::bench::run_benches(argc, argv, &raddle::bench::add_all);
}
