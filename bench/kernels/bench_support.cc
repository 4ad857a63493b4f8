// SPDX-License-Identifier: Apache-2.0
#include "bench/kernels/bench_support.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels/cpu/machine/machine_peaks.h"

// Tensors start on cache lines, as the executor's do: half of all vector loads would straddle two.
void* operator new(size_t bytes) {
  void* memory = std::aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (memory == nullptr) std::abort();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace raddle::bench {
namespace {

struct Peaks {
  double fma_gflops = 0, triad_gigabytes = 0;  // a second
};
Peaks peaks;  // measured by run_benches

}  // namespace

int64_t from_environment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  if (error == std::errc() && *end == '\0' && value > 0) return value;
  std::fprintf(stderr, "%s is \"%s\", expected a positive number\n", name, text);
  std::exit(2);
}

int threads() { return static_cast<int>(from_environment("RADDLE_BENCH_THREADS", 2)); }

void count_work(benchmark::State& state, Work work) {
  const auto per_second = [](double amount) {
    return benchmark::Counter(amount, benchmark::Counter::kIsIterationInvariantRate);
  };
  if (work.flops > 0) {
    state.counters["GFLOP/s"] = per_second(work.flops * 1e-9);
    state.counters["of_peak"] = per_second(work.flops * 1e-9 / peaks.fma_gflops);
  }
  if (work.bytes > 0) {
    state.counters["GB/s"] = per_second(work.bytes * 1e-9);
    state.counters["of_triad"] = per_second(work.bytes * 1e-9 / peaks.triad_gigabytes);
  }
}

void check(bool ok, const std::string& what) {
  if (ok) return;
  std::fprintf(stderr, "%s disagrees with the reference\n", what.c_str());
  std::exit(1);
}

int run_benches(int argc, char** argv, void (*add_cases)()) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  device::WorkerPool pool(threads());
  peaks.fma_gflops = kernels::fma_peak_gflops(pool, 100.0);
  const auto triad = kernels::triad_gigabytes_per_second(pool);
  if (!triad.is_ok()) {
    std::fprintf(stderr, "%s\n", triad.status().to_string().c_str());
    return 1;
  }
  peaks.triad_gigabytes = triad.value();
  benchmark::AddCustomContext("threads", std::to_string(threads()));
  benchmark::AddCustomContext("fma_peak_gflops", std::to_string(peaks.fma_gflops));
  benchmark::AddCustomContext("triad_gigabytes_per_second", std::to_string(peaks.triad_gigabytes));
  add_cases();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace raddle::bench
