// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/memory_plan.h"

#include <gtest/gtest.h>

#include "runtime/base/random.h"
#include "runtime/device/memory.h"

namespace raddle::plan {
namespace {

TEST(MemoryPlan, NoTwoLiveBuffersOverlapAndLittleIsWasted) {
  RandomStream random(11, 0);
  for (int round = 0; round < 50; ++round) {
    std::vector<BufferInterval> buffers;
    for (int i = 0; i < 120; ++i) {
      const auto first = static_cast<int32_t>(random.below(200));
      buffers.push_back(
          {random.below(5000), first, first + static_cast<int32_t>(random.below(40))});
    }
    const MemoryPlan plan = plan_memory(buffers);
    for (size_t a = 0; a < buffers.size(); ++a) {
      EXPECT_EQ(plan.offsets[a] % device::kBufferAlignment, 0u);
      EXPECT_LE(plan.offsets[a] + buffers[a].bytes, plan.total_bytes);
      for (size_t b = 0; b < a; ++b) {
        if (buffers[a].first > buffers[b].last || buffers[b].first > buffers[a].last) continue;
        EXPECT_TRUE(plan.offsets[a] + buffers[a].bytes <= plan.offsets[b] ||
                    plan.offsets[b] + buffers[b].bytes <= plan.offsets[a]);
      }
    }
    EXPECT_GE(plan.total_bytes, live_bytes_peak(buffers));
    EXPECT_LE(plan.total_bytes, live_bytes_peak(buffers) * 3 / 2);
  }
}

TEST(MemoryPlan, BuffersThatNeverMeetShareMemory) {
  const std::vector<BufferInterval> buffers = {{1000, 0, 1}, {1000, 2, 3}, {1000, 4, 4}};
  EXPECT_EQ(plan_memory(buffers).total_bytes, device::align_buffer(1000));
}

// Else buffers of one size would all lie at the same place of a page (device::kBufferStagger).
TEST(MemoryPlan, LargeBuffersStartAtDifferentPlacesInAPage) {
  const std::vector<BufferInterval> buffers(5, {size_t{6} << 20, 0, 1});
  const MemoryPlan plan = plan_memory(buffers);
  for (size_t a = 0; a < buffers.size(); ++a) {
    EXPECT_EQ(plan.offsets[a] % device::kBufferAlignment, 0u);
    for (size_t b = 0; b < a; ++b) EXPECT_NE(plan.offsets[a] % 4096, plan.offsets[b] % 4096);
  }
}

}  // namespace
}  // namespace raddle::plan
