// SPDX-License-Identifier: Apache-2.0
// How a kernel's host side queues device code. It needs no header of the toolkit, so the host side
// of every CUDA kernel is part of each build, and a plan for a GPU can be made anywhere.
#pragma once

#include <cstdint>

#include "runtime/device/stream.h"

namespace raddle::device {

struct CudaGrid {
  int64_t blocks;  // along x
  int threads;     // of a block
  int blocks_y = 1;
  size_t shared_bytes = 0;  // dynamic, beside what the kernel declares
};

// Queues function `index` of CudaCode::functions on a stream of a CUDA device; `parameters`, what
// the kernel declares, are copied. A grid of no blocks does nothing.
Status launch_cuda_function(Stream& stream, int32_t index, const CudaGrid& grid,
                            const void* parameters);

}  // namespace raddle::device
