// SPDX-License-Identifier: Apache-2.0
#include "bench/kernels/bench_support.h"

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels/cpu/machine_peaks.h"
#include "runtime/device/caps.h"
#include "runtime/device/memory.h"

namespace {

// Tensors lie as the executor's do: on cache lines (half of all vector loads would straddle two),
// and large ones a different distance from a page's start (see kBufferStagger).
constexpr size_t kLine = raddle::device::kBufferAlignment, kLarge = size_t{64} << 10;

}  // namespace

void* operator new(size_t bytes) {
  static std::atomic<size_t> large_ones{0};
  const size_t apart = bytes < kLarge ? 0 : ++large_ones % 16 * raddle::device::kBufferStagger;
  const size_t offset = apart + kLine;  // a line for where the memory begins
  char* memory =
      static_cast<char*>(std::aligned_alloc(kLine, raddle::device::align_buffer(bytes + offset)));
  if (memory == nullptr) std::abort();
  char* tensor = memory + offset;
  std::memcpy(tensor - kLine, &memory, sizeof memory);
  return tensor;
}
void operator delete(void* tensor) noexcept {
  if (tensor == nullptr) return;
  void* memory = nullptr;
  std::memcpy(&memory, static_cast<char*>(tensor) - kLine, sizeof memory);
  std::free(memory);
}
void operator delete(void* tensor, size_t) noexcept { operator delete(tensor); }

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
