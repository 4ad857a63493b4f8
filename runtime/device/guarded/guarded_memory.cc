// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/guarded/guarded_memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

namespace raddle::device {

class GuardedMemory::Block final : public Memory::Block {
 public:
  Block(std::shared_ptr<GuardedMemory> memory, std::byte* begin, size_t bytes)
      : memory_(std::move(memory)), begin_(begin), bytes_(bytes) {}
  ~Block() override { memory_->release(begin_, bytes_); }

 private:
  const std::shared_ptr<GuardedMemory> memory_;
  std::byte* const begin_;
  const size_t bytes_;
};

StatusOr<Memory> GuardedMemory::allocate(size_t bytes) {
  if (bytes == 0) return Memory();
  const size_t mapped = align_buffer(bytes, kPageBytes);
  void* address = mmap(nullptr, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) {
    return resource_exhausted("cannot allocate {} bytes of guarded memory: {}", bytes,
                              std::strerror(errno));
  }
  return guard(static_cast<std::byte*>(address), bytes);
}

StatusOr<Memory> GuardedMemory::map(const ForeignMemory& memory, size_t bytes, Contents contents) {
  if (bytes == 0) return Memory();
  RADDLE_ASSIGN_OR_RETURN(std::byte* const begin, map_foreign(memory, bytes, contents));
  const int failed = mprotect(begin, align_buffer(bytes, kPageBytes), PROT_NONE);
  RADDLE_ASSERT(failed == 0);
  return guard(begin, bytes);
}

// Takes what is mapped there without access.
Memory GuardedMemory::guard(std::byte* begin, size_t bytes) {
  const size_t mapped = align_buffer(bytes, kPageBytes);
  const std::lock_guard lock(mutex_);
  Mapping& mapping = mappings_[begin];
  mapping.bytes = mapped;
  mapping.readers.assign(mapped / kPageBytes, 0);
  mapping.writers.assign(mapped / kPageBytes, 0);
  return Memory(std::make_unique<Block>(shared_from_this(), begin, mapped), begin, bytes);
}

void GuardedMemory::release(std::byte* begin, size_t bytes) {
  const std::lock_guard lock(mutex_);
  mappings_.erase(begin);
  munmap(begin, bytes);
}

void GuardedMemory::change(const Range& range, int by) {
  auto found = mappings_.upper_bound(range.begin);
  if (range.bytes == 0 || found == mappings_.begin()) return;
  auto& [begin, mapping] = *--found;
  if (range.begin >= begin + mapping.bytes) return;
  RADDLE_ASSERT(range.begin + range.bytes <= begin + mapping.bytes);
  const size_t first = static_cast<size_t>(range.begin - begin) / kPageBytes;
  const size_t last = static_cast<size_t>(range.begin + range.bytes - 1 - begin) / kPageBytes;
  for (size_t page = first; page <= last; ++page) {
    uint16_t& count = range.written ? mapping.writers[page] : mapping.readers[page];
    count = static_cast<uint16_t>(count + by);
  }
  // Runs of pages that are open alike, for few system calls.
  const auto access = [&mapping = mapping](size_t page) {
    if (mapping.writers[page] > 0) return PROT_READ | PROT_WRITE;
    return mapping.readers[page] > 0 ? PROT_READ : PROT_NONE;
  };
  for (size_t page = first; page <= last;) {
    size_t end = page + 1;
    while (end <= last && access(end) == access(page)) ++end;
    const int failed = mprotect(begin + page * kPageBytes, (end - page) * kPageBytes, access(page));
    RADDLE_ASSERT(failed == 0);
    page = end;
  }
}

void GuardedMemory::change(std::span<const Range> ranges, int by) {
  const std::lock_guard lock(mutex_);
  for (const Range& range : ranges) change(range, by);
}

GuardedMemory::Opening::Opening(GuardedMemory& memory, std::span<const Range> ranges)
    : memory_(memory), ranges_(ranges) {
  memory_.change(ranges_, 1);
}

GuardedMemory::Opening::~Opening() { memory_.change(ranges_, -1); }

}  // namespace raddle::device
