// SPDX-License-Identifier: Apache-2.0
// Defines the allocation functions in the test program itself: the dynamic linker then resolves
// every library's calls to these. They pass on to glibc's own names for the originals, so no
// look-up (which would itself allocate) is needed.
#include "tests/support/allocation_hook.h"

#include <execinfo.h>
#include <fmt/core.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>

#include <atomic>
#include <cstring>

extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* pointer, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void* pointer);
}

namespace raddle::test {
namespace {

enum class Event { kAllocate, kReallocate, kFree, kMap };

struct Counters {
  std::atomic<bool> active{false};
  std::atomic<int64_t> thread{0};                         // the only thread that counts; 0: all do
  std::atomic<uintptr_t> except_begin{0}, except_end{0};  // code whose calls do not count
  std::atomic<int64_t> events[4] = {};
  std::atomic<int64_t> bytes{0};
  std::atomic<bool> stack_taken{false};
  std::atomic<int> stack_depth{0};
  void* stack[AllocationCount::kFramesMax] = {};
};
constinit Counters counters;
thread_local bool recording = false;  // taking a stack may allocate, which must not count

int64_t thread_id() { return syscall(SYS_gettid); }

void record(Event event, size_t bytes, void* caller) {
  if (!counters.active.load(std::memory_order_relaxed) || recording) return;
  const auto from = reinterpret_cast<uintptr_t>(caller);
  if (from >= counters.except_begin.load() && from < counters.except_end.load()) return;
  const int64_t only = counters.thread.load(std::memory_order_relaxed);
  if (only != 0 && only != thread_id()) return;
  counters.events[static_cast<int>(event)].fetch_add(1);
  counters.bytes.fetch_add(static_cast<int64_t>(bytes));
  if (counters.stack_taken.exchange(true)) return;
  recording = true;
  counters.stack_depth = backtrace(counters.stack, AllocationCount::kFramesMax);
  recording = false;
}

// dl_iterate_phdr's callback: notes where the library named by `wanted` lies.
int find_library(dl_phdr_info* info, size_t, void* wanted) {
  if (std::strstr(info->dlpi_name, static_cast<const char*>(wanted)) == nullptr) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    counters.except_begin = info->dlpi_addr + part.p_vaddr;
    counters.except_end = info->dlpi_addr + part.p_vaddr + part.p_memsz;
  }
  return 1;
}

}  // namespace

std::string AllocationCount::describe() const {
  std::string text = fmt::format(
      "{} allocations, {} reallocations, {} frees, {} maps, {} bytes; the first came from:",
      allocations, reallocations, frees, maps, bytes);
  char** names = backtrace_symbols(first_stack, first_stack_depth);
  for (int i = 0; i < first_stack_depth; ++i) text += fmt::format("\n  {}", names[i]);
  __libc_free(names);
  return text;
}

AllocationScope::AllocationScope(Threads threads, const char* except) {
  void* frame = nullptr;
  backtrace(&frame, 1);  // loads its library now rather than inside the scope
  counters.except_begin = counters.except_end = 0;
  if (*except != '\0') dl_iterate_phdr(&find_library, const_cast<char*>(except));
  counters.thread = threads == Threads::kThis ? thread_id() : 0;
  for (auto& count : counters.events) count = 0;
  counters.bytes = 0;
  counters.stack_depth = 0;
  counters.stack_taken = false;
  counters.active = true;
}

AllocationScope::~AllocationScope() {
  if (!ended_) end();
}

AllocationCount AllocationScope::end() {
  counters.active = false;
  ended_ = true;
  AllocationCount count;
  count.allocations = counters.events[static_cast<int>(Event::kAllocate)];
  count.reallocations = counters.events[static_cast<int>(Event::kReallocate)];
  count.frees = counters.events[static_cast<int>(Event::kFree)];
  count.maps = counters.events[static_cast<int>(Event::kMap)];
  count.bytes = counters.bytes;
  count.first_stack_depth = counters.stack_depth;
  for (int i = 0; i < count.first_stack_depth; ++i) count.first_stack[i] = counters.stack[i];
  return count;
}

const char* allocation_hook_refusal() { return nullptr; }

}  // namespace raddle::test

using raddle::test::Event;
using raddle::test::record;

// Visible, or calls from shared libraries would still reach the originals.
#define RADDLE_HOOK extern "C" __attribute__((visibility("default")))

RADDLE_HOOK void* malloc(size_t bytes) {
  record(Event::kAllocate, bytes, __builtin_return_address(0));
  return __libc_malloc(bytes);
}

RADDLE_HOOK void* calloc(size_t count, size_t bytes) {
  record(Event::kAllocate, count * bytes, __builtin_return_address(0));
  return __libc_calloc(count, bytes);
}

RADDLE_HOOK void* realloc(void* pointer, size_t bytes) {
  record(Event::kReallocate, bytes, __builtin_return_address(0));
  return __libc_realloc(pointer, bytes);
}

RADDLE_HOOK void free(void* pointer) {
  if (pointer != nullptr) record(Event::kFree, 0, __builtin_return_address(0));
  __libc_free(pointer);
}

RADDLE_HOOK void* memalign(size_t alignment, size_t bytes) {
  record(Event::kAllocate, bytes, __builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}

RADDLE_HOOK void* aligned_alloc(size_t alignment, size_t bytes) {
  record(Event::kAllocate, bytes, __builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}

RADDLE_HOOK int posix_memalign(void** out_pointer, size_t alignment, size_t bytes) {
  record(Event::kAllocate, bytes, __builtin_return_address(0));
  void* pointer = __libc_memalign(alignment, bytes);
  if (pointer == nullptr) return ENOMEM;
  *out_pointer = pointer;
  return 0;
}

RADDLE_HOOK void* mmap(void* address, size_t bytes, int protection, int flags, int file,
                       off_t offset) {
  record(Event::kMap, bytes, __builtin_return_address(0));
  return reinterpret_cast<void*>(
      syscall(SYS_mmap, address, bytes, protection, flags, file, offset));
}
