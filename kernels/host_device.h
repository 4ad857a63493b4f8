// SPDX-License-Identifier: Apache-2.0
// For index maps that host and device share: a function of both. Host code that includes it sees a
// plain function, and so do tests.
#pragma once

#ifdef __CUDACC__
#define RADDLE_HOST_DEVICE __host__ __device__ __forceinline__ constexpr
#else
#define RADDLE_HOST_DEVICE inline constexpr
#endif
