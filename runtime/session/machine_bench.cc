// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/machine_bench.h"

#include <climits>

#include "kernels/cpu/machine/gemm_yardstick.h"
#include "kernels/cpu/machine/instruction_sets.h"
#include "kernels/cpu/machine/machine_peaks.h"
#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cpu/worker_pool.h"

namespace raddle::session {

namespace {

// Long enough to pass the first moments of a higher clock.
constexpr double kPeakMilliseconds = 100;

StatusOr<kernels::GemmShape> to_layer(const MatrixProduct& p) {
  for (const int64_t size : {p.m, p.n, p.k}) {
    if (size < 1 || size > INT_MAX / 4) {
      return invalid_argument("a product of ({}, {}) and ({}, {}) cannot be measured", p.m, p.k,
                              p.k, p.n);
    }
  }
  if (p.transpose_a && p.transpose_b) {
    return invalid_argument("a product of two transposed matrices is in no step");
  }
  if (p.transpose_b) return kernels::GemmShape{kernels::GemmPass::kForward, p.m, p.k, p.n};
  if (p.transpose_a) return kernels::GemmShape{kernels::GemmPass::kGradWeight, p.k, p.n, p.m};
  return kernels::GemmShape{kernels::GemmPass::kGradInput, p.m, p.n, p.k};
}

}  // namespace

StatusOr<MachinePeaks> measure_machine(int threads, bool with_memory) {
  // Not a device, which would warm up a matrix library that is not measured here.
  device::DeviceCaps caps = device::detect_cpu(threads);
  RADDLE_RETURN_IF_ERROR(kernels::limit_instruction_sets(caps));
  RADDLE_ASSIGN_OR_RETURN(const auto made, device::WorkerPool::create(caps.threads));
  device::WorkerPool& pool = *made;
  MachinePeaks peaks;
  peaks.threads = pool.threads();
  peaks.fma_gflops = kernels::fma_peak_gflops(pool, kPeakMilliseconds);
  if (with_memory) {
    RADDLE_ASSIGN_OR_RETURN(peaks.triad_gb_per_second, kernels::triad_gigabytes_per_second(pool));
  }
  return peaks;
}

StatusOr<double> measure_matrix_library(std::string_view library, const MatrixProduct& product,
                                        int threads) {
  RADDLE_ASSIGN_OR_RETURN(const kernels::GemmShape shape, to_layer(product));
  const int workers = device::detect_cpu(threads).threads;
  RADDLE_ASSIGN_OR_RETURN(const auto seconds,
                          kernels::measure_gemm_library(library, workers, {&shape, 1}));
  return 1e-9 * shape.flops() / seconds.front();
}

}  // namespace raddle::session
