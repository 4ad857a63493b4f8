// SPDX-License-Identifier: Apache-2.0
#include "tests/support/allocation_hook.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace raddle::test {
namespace {

using Threads = AllocationScope::Threads;

// Read through a volatile so that the compiler cannot remove the pair of new and delete.
void* volatile sink;

TEST(AllocationHook, NothingIsCountedWhereNothingIsAllocated) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  std::vector<float> values(1000);
  AllocationScope scope(Threads::kAll);
  for (float& value : values) value += 1.0f;
  const AllocationCount count = scope.end();
  EXPECT_EQ(count.total(), 0) << count.describe();
}

TEST(AllocationHook, EachWayToAllocateCounts) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  AllocationScope scope(Threads::kThis);
  sink = std::malloc(100);
  sink = std::realloc(sink, 200);
  std::free(sink);
  sink = std::calloc(10, 10);
  std::free(sink);
  void* aligned = nullptr;
  const int error = posix_memalign(&aligned, 64, 100);
  std::free(aligned);
  auto owned = std::make_unique<std::string>(1000, 'x');  // the object and its text
  sink = owned.get();
  owned.reset();
  void* mapped = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const AllocationCount count = scope.end();
  munmap(mapped, 4096);
  EXPECT_EQ(error, 0);
  EXPECT_EQ(count.allocations, 5);
  EXPECT_EQ(count.reallocations, 1);
  EXPECT_EQ(count.frees, 5);
  EXPECT_EQ(count.maps, 1);
  EXPECT_GE(count.bytes, 100 + 200 + 100 + 100 + 1000 + 4096);
}

TEST(AllocationHook, OtherThreadsCountOnlyWhenAsked) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  const auto allocate_on_a_thread = [](Threads threads) {
    std::atomic<int> stage{0};
    std::thread worker([&] {
      while (stage.load() != 1) std::this_thread::yield();
      sink = std::malloc(10);
      std::free(sink);
      stage = 2;
      while (stage.load() != 3) std::this_thread::yield();
    });
    AllocationScope scope(threads);
    stage = 1;
    while (stage.load() != 2) std::this_thread::yield();
    const AllocationCount count = scope.end();
    stage = 3;
    worker.join();
    return count;
  };
  EXPECT_EQ(allocate_on_a_thread(Threads::kThis).total(), 0);
  EXPECT_EQ(allocate_on_a_thread(Threads::kAll).total(), 2);
}

TEST(AllocationHook, DescribesTheFirstCaller) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  AllocationScope scope(Threads::kThis);
  sink = std::malloc(10);
  std::free(sink);
  const AllocationCount count = scope.end();
  EXPECT_GT(count.first_stack_depth, 1);
  EXPECT_NE(count.describe().find("1 allocations, 0 reallocations, 1 frees"), std::string::npos);
}

}  // namespace
}  // namespace raddle::test
