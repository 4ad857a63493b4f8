// SPDX-License-Identifier: Apache-2.0
// Norms, rotary positions, attention and pointwise operations: the bench=1 lines of the conformance
// suite's case files, checked against the reference and then timed on RADDLE_BENCH_THREADS (2)
// workers. Bytes are the least that the kernel must move; attention's FLOPs are those of the pairs
// of rows that attend to each other (2 products forward, 5 backward).
#include <benchmark/benchmark.h>
#include <charconv>
#include <cstring>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tests/cts/kernels/attention_problems.h"
#include "tests/cts/kernels/elementwise_problems.h"
#include "tests/cts/kernels/norm_problems.h"
#include "tests/cts/kernels/rope_problems.h"

namespace raddle::bench {
namespace {

using kernels::Kernel;
using kernels::KernelList;
using test::Case;

int threads_wanted() {
  const char* text = std::getenv("RADDLE_BENCH_THREADS");
  if (text == nullptr) return 2;
  int threads = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), threads);
  if (error == std::errc() && *end == '\0' && threads > 0) return threads;
  std::fprintf(stderr, "RADDLE_BENCH_THREADS is %s, expected a positive number\n", text);
  std::exit(2);
}

// One kernel on one case, with its pool, buffers and scratch. Kept for the life of the program.
template <class Problem, class Args>
class Timed {
 public:
  Timed(const Kernel<Args>& kernel, const Case& c)
      : kernel_(kernel),
        problem_(c),
        pool_(threads_wanted()),
        stream_(pool_),
        scratch_(64 + kernel.scratch_bytes(problem_.args(), device::detect_cpu(threads_wanted()))) {
  }

  bool run() {
    std::byte* aligned = scratch_.data() + 64 - reinterpret_cast<uintptr_t>(scratch_.data()) % 64;
    return kernel_.launch(problem_.args(), {stream_, {aligned, scratch_.size() - 64}}).is_ok();
  }
  const Problem& problem() const { return problem_; }

 private:
  const Kernel<Args>& kernel_;
  Problem problem_;
  device::WorkerPool pool_;
  device::Stream stream_;
  std::vector<std::byte> scratch_;
};

template <class Problem>
void count_work(benchmark::State& state, const Problem& problem) {
  const auto rate = [&](double work) {
    return benchmark::Counter(work * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
  };
  if constexpr (requires { problem.flops(); }) {
    state.counters["GFLOP/s"] = rate(problem.flops());
  } else {
    state.counters["GB/s"] = rate(problem.bytes());
  }
}

void fail(const std::string& name) {
  std::fprintf(stderr, "%s disagrees with the reference\n", name.c_str());
  std::exit(1);
}

template <class Problem, class Args>
void add_cases(KernelList<Args> list, const char* file, const char* tolerance_key) {
  for (const Case& c : test::read_cases(RADDLE_SOURCE_DIR, file)) {
    if (c.integer("bench") == 0) continue;
    const Kernel<Args>& kernel = *list.front();
    const std::string line = c.line().substr(0, c.line().find(" bench"));
    const std::string name = std::string(kernel.name) + " " + line;
    benchmark::RegisterBenchmark(name.c_str(), [&kernel, list, c, name,
                                                tolerance_key](benchmark::State& state) {
      const auto expected = test::run_problem<Problem>(*list.back(), c, 1);
      const auto actual = test::run_problem<Problem>(kernel, c, threads_wanted());
      for (size_t i = 0; i < expected.size(); ++i) {
        if (!(test::relative_error(actual[i], expected[i]) <= c.number(tolerance_key))) fail(name);
      }
      Timed<Problem, Args> timed(kernel, c);
      for (auto _ : state) {
        if (!timed.run()) fail(name);
      }
      count_work(state, timed.problem());
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
  add_cases<AttentionProblem>(attention_kernels(), "kernels/attention.cases", "tol");
  add_cases<AttentionGradProblem>(attention_grad_kernels(), "kernels/attention.cases", "grad_tol");
  add_cases<AttentionCachedProblem>(attention_cached_kernels(), "kernels/attention_cached.cases",
                                    "tol");
}

}  // namespace
}  // namespace raddle::bench

int main(int argc, char** argv) {
  raddle::bench::add_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
