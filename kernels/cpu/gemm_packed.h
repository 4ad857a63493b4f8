// SPDX-License-Identifier: Apache-2.0
// A matrix product of our own on the worker pool (README.md, "Which GEMM", has the figures): each operand is packed exactly once, by all threads, and bias or
// accumulation costs no pass of its own. The cut depends on the shape alone and every element of C
// adds its terms in one fixed order, so a result has the same bits for any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/cpu/blas.h"
#include "runtime/device/cpu/worker_pool.h"

namespace raddle::kernels {

// Scratch for this shape on a pool of `threads`.
size_t packed_gemm_scratch_bytes(int64_t m, int64_t n, int64_t k, int threads);

// call.beta must be 0 or 1; `bias` (n) or null is added where beta is 0.
void packed_gemm(device::WorkerPool& pool, const GemmCall& call, const float* bias,
                 std::span<std::byte> scratch);

}  // namespace raddle::kernels
