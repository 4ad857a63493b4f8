// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/memory_plan.h"

#include <algorithm>
#include <numeric>

#include "runtime/base/assert.h"

namespace raddle::plan {
namespace {

// What a buffer takes up: large ones are kept apart, see kBufferStagger.
size_t booked_bytes(const BufferInterval& buffer, size_t alignment) {
  constexpr size_t kLarge = size_t{64} << 10;
  const size_t apart = buffer.bytes >= kLarge ? device::kBufferStagger : 0;
  return device::align_buffer(device::align_buffer(buffer.bytes) + apart, alignment);
}

bool is_in_order(const BufferInterval& buffer) {
  return 0 <= buffer.first && buffer.first <= buffer.last;
}

// Beside each other in memory: with hundreds of layers each buffer looks at ten thousand of these.
struct Placed {
  size_t offset, end;
  int32_t first, last;
};

}  // namespace

MemoryPlan plan_memory(std::span<const BufferInterval> intervals, size_t alignment) {
  RADDLE_ASSERT(alignment > 0 && std::all_of(intervals.begin(), intervals.end(), is_in_order));
  std::vector<size_t> order(intervals.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return intervals[a].bytes > intervals[b].bytes; });
  MemoryPlan plan;
  plan.offsets.assign(intervals.size(), 0);
  std::vector<Placed> placed;  // sorted by offset
  for (size_t index : order) {
    const BufferInterval& buffer = intervals[index];
    if (buffer.bytes == 0) continue;
    const size_t bytes = booked_bytes(buffer, alignment);
    size_t offset = 0;
    for (const Placed& other : placed) {
      if (buffer.first > other.last || other.first > buffer.last) continue;
      if (offset + bytes <= other.offset) break;  // fits into the gap before `other`
      offset = std::max(offset, other.end);
    }
    plan.offsets[index] = offset;
    plan.total_bytes = std::max(plan.total_bytes, offset + bytes);
    const auto where =
        std::upper_bound(placed.begin(), placed.end(), offset,
                         [](size_t at, const Placed& other) { return at < other.offset; });
    placed.insert(where, {offset, offset + bytes, buffer.first, buffer.last});
  }
  return plan;
}

size_t live_bytes_peak(std::span<const BufferInterval> intervals) {
  RADDLE_ASSERT(std::all_of(intervals.begin(), intervals.end(), is_in_order));
  int32_t last = -1;
  for (const BufferInterval& b : intervals) last = std::max(last, b.last);
  std::vector<int64_t> change(static_cast<size_t>(last) + 2, 0);
  for (const BufferInterval& b : intervals) {
    const auto bytes = static_cast<int64_t>(device::align_buffer(b.bytes));
    change[static_cast<size_t>(b.first)] += bytes;
    change[static_cast<size_t>(b.last) + 1] -= bytes;
  }
  int64_t live = 0, peak = 0;
  for (int64_t delta : change) peak = std::max(peak, live += delta);
  return static_cast<size_t>(peak);
}

}  // namespace raddle::plan
