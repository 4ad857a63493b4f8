// SPDX-License-Identifier: Apache-2.0
// What the machine can do at best, measured: fused multiply-adds and memory traffic. Speeds are
// shown beside these. Runs on the caller's pool.
#pragma once

#include "runtime/base/status.h"
#include "runtime/device/cpu/worker_pool.h"

namespace raddle::kernels {

// Single-precision GFLOP/s of all threads together, from register-only multiply-add chains that run
// for about `milliseconds` (1 is enough for a progress line).
double fma_peak_gflops(device::WorkerPool& pool, double milliseconds = 5.0);

// GB/s of all threads together over a[i] = b[i] + s c[i], counted as 12 bytes an element, on arrays
// of `megabytes` each (choose well past the last cache). Best of a few passes.
StatusOr<double> triad_gigabytes_per_second(device::WorkerPool& pool, int megabytes = 128);

}  // namespace raddle::kernels
