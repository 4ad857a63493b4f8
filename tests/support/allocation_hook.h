// SPDX-License-Identifier: Apache-2.0
// Counts what a piece of code asks the heap and the kernel for, so that a test can say "after
// planning, a step allocates nothing". Link raddle_allocation_hook into the test; then
//
//   RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
//   test::AllocationScope scope(test::AllocationScope::Threads::kAll);
//   step();
//   const test::AllocationCount count = scope.end();
//   EXPECT_EQ(count.total(), 0) << count.describe();
//
// malloc, calloc, realloc, free, the aligned forms, operator new on top of them, and mmap count,
// from whatever library they are called. One scope at a time in a process.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace raddle::test {

struct AllocationCount {
  int64_t allocations = 0;  // malloc, calloc, posix_memalign, aligned_alloc, memalign
  int64_t reallocations = 0;
  int64_t frees = 0;  // of a pointer that is not null
  int64_t maps = 0;   // mmap
  int64_t bytes = 0;  // asked for, by all of the above

  // What must be zero where nothing may be allocated: a free means that something was.
  int64_t total() const { return allocations + reallocations + frees + maps; }
  // The counts, and the call stack of the first event as addresses for addr2line.
  std::string describe() const;

  static constexpr int kFramesMax = 24;
  void* first_stack[kFramesMax] = {};
  int first_stack_depth = 0;
};

class AllocationScope {
 public:
  enum class Threads { kThis, kAll };
  // Calls made by the loaded library whose path holds `except` do not count; "": all do.
  explicit AllocationScope(Threads threads, const char* except = "");
  ~AllocationScope();
  AllocationScope(const AllocationScope&) = delete;
  AllocationScope& operator=(const AllocationScope&) = delete;

  AllocationCount end();  // stops counting

 private:
  bool ended_ = false;
};

// Null, or why nothing can be counted in this build.
const char* allocation_hook_refusal();

}  // namespace raddle::test

#define RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK()                    \
  do {                                                           \
    if (::raddle::test::allocation_hook_refusal() != nullptr) {  \
      GTEST_SKIP() << ::raddle::test::allocation_hook_refusal(); \
    }                                                            \
  } while (false)
