// SPDX-License-Identifier: Apache-2.0
// What a test tells the stand-in and asks of it. The functions are found with dlsym in the library
// that RADDLE_CUDA_DRIVER names. Environment: RADDLE_STANDIN_SEED as set_seed(),
// RADDLE_STANDIN_MEMORY bytes of device memory (1 GiB otherwise),
// RADDLE_STANDIN_CUBLASLT_VERSION what cuBLASLt's stand-in says it is.
#pragma once

#include <cstdint>

extern "C" {
// Draws the order of blocks and threads, and short delays of streams; 0: ascending, no delays.
void raddle_standin_set_seed(uint64_t seed);
// The call of that function that is `after` calls away answers `error`; "kernel" is a kernel on its
// way, whose error stays with the device from then on. Null: none.
void raddle_standin_fail(const char* function, int64_t after, int error);
// Calls of that function so far; null: of all.
int64_t raddle_standin_calls(const char* function);
// As if the device were new: no error, no fault to come, counts at zero.
void raddle_standin_reset();
}
