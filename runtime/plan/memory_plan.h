// SPDX-License-Identifier: Apache-2.0
// Lifetimes to offsets. Time is the index of an instruction; a buffer occupies its bytes from
// `first` to `last`, both included. Pure and deterministic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/device/caps.h"

namespace raddle::plan {

struct BufferInterval {
  size_t bytes = 0;
  int32_t first = 0, last = 0;
};

struct MemoryPlan {
  std::vector<size_t> offsets;  // one per interval, multiples of the alignment
  size_t total_bytes = 0;
};

// Greedy by size: the largest buffer first, each at the lowest offset that is free for its whole
// life (ties by index). Within a few percent of the peak of simultaneously live bytes in practice;
// tests assert that no two live buffers overlap.
MemoryPlan plan_memory(std::span<const BufferInterval> intervals,
                       size_t alignment = device::kBufferAlignment);

// The largest sum of bytes that are live at one time: no plan can be smaller.
size_t live_bytes_peak(std::span<const BufferInterval> intervals);

}  // namespace raddle::plan
