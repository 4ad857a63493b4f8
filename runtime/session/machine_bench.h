// SPDX-License-Identifier: Apache-2.0
// What this machine and the matrix libraries on it can do, measured: what a step's speed is shown
// beside.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::session {

struct MachinePeaks {
  int threads = 0;
  double fma_gflops = 0;
  double triad_gb_per_second = 0;  // 0: not measured
};

// `threads` 0: one per usable core. Memory takes a second and 384 MiB.
StatusOr<MachinePeaks> measure_machine(int threads, bool with_memory);

// C (m, n) = A B over k, each operand transposed or not (both: INVALID_ARGUMENT, no layer does).
struct MatrixProduct {
  int64_t m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
};

// GFLOP/s of the median call. A library keeps its threads until the process ends, so measure each
// in a process of its own.
StatusOr<double> measure_matrix_library(std::string_view library, const MatrixProduct& product,
                                        int threads);

}  // namespace raddle::session
