// SPDX-License-Identifier: Apache-2.0
// What the kernel benches share: their settings, the machine's measured peaks, and a kernel bound
// to its pool and scratch. Each line of output has GFLOP/s or GB/s, and `of_peak` or `of_triad`,
// the share of what the machine reached when the bench began; the peaks stand in the header. (A
// working set that stays in cache can exceed the memory's rate.)
#pragma once

#include <benchmark/benchmark.h>

#include <string>

#include "kernels/cpu/matrix/blas.h"
#include "kernels/kernel.h"
#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cpu/cpu_device.h"
#include "runtime/device/memory.h"

namespace raddle::bench {

// A positive number from the environment; any other text ends the program.
int64_t from_environment(const char* name, int64_t otherwise);

// RADDLE_BENCH_THREADS, 2 if not set.
int threads();

// Of one iteration: the operations of its products, and the least bytes that it must move. Zero:
// not counted.
struct Work {
  double flops = 0, bytes = 0;
};
void count_work(benchmark::State& state, Work work);

// Ends the program with "WHAT disagrees with the reference" unless `ok`.
void check(bool ok, const std::string& what);

// Runs what add_cases registers, with the machine's peaks in the header.
int run_benches(int argc, char** argv, void (*add_cases)());

// Times `kernel` on `args`, whose buffers the caller keeps.
template <class Args>
void time_kernel(benchmark::State& state, const kernels::Kernel<Args>& kernel, const Args& args,
                 Work work) {
  device::WorkerPool pool(threads());
  device::CpuStream stream(pool);
  device::DeviceCaps caps = device::detect_cpu(threads());
  auto scratch = device::HostBuffer::allocate(kernel.scratch_bytes(args, caps));
  check(scratch.is_ok(), "scratch");
  const kernels::Launch launch{stream, {scratch->data(), scratch->bytes()}};
  for (auto _ : state) check(kernel.launch(args, launch).is_ok(), std::string(kernel.name));
  count_work(state, work);
}

}  // namespace raddle::bench
