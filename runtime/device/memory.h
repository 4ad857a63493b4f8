// SPDX-License-Identifier: Apache-2.0
// HostBuffer: a page-aligned block of host memory, with huge pages where the system grants them
// (large matrices lose up to a tenth of their speed to TLB misses otherwise): this process's own,
// or foreign memory that it maps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "runtime/base/status.h"
#include "runtime/device/caps.h"

namespace raddle::device {

// Memory that somebody else owns, such as a memfd of a parent process: what is written there
// outlives who maps it, however it ends.
struct ForeignMemory {
  int fd = -1;        // of a memfd or a file, open for reading and writing
  size_t offset = 0;  // of the first byte; a multiple of the page size
};

// What a mapping of foreign memory begins with.
enum class Contents : uint8_t { kKept, kZeroed };

// Maps its first `bytes`, shared, for reading and writing; whoever calls unmaps them. The
// descriptor is not needed afterwards. Its owner must not make it smaller meanwhile.
// INVALID_ARGUMENT: it is no such memory, or too small; RESOURCE_EXHAUSTED: the system has nothing
// to back it with, which later would be a fault.
StatusOr<std::byte*> map_foreign(const ForeignMemory& memory, size_t bytes, Contents contents);

class HostBuffer {
 public:
  HostBuffer() = default;
  // Zeroed. RESOURCE_EXHAUSTED names the bytes that were asked for.
  static StatusOr<HostBuffer> allocate(size_t bytes);
  // As map_foreign().
  static StatusOr<HostBuffer> map(const ForeignMemory& memory, size_t bytes, Contents contents);
  ~HostBuffer();
  HostBuffer(HostBuffer&& other) noexcept;
  HostBuffer& operator=(HostBuffer&& other) noexcept;

  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  std::byte* data_ = nullptr;
  size_t bytes_ = 0;
  size_t mapped_bytes_ = 0;
};

}  // namespace raddle::device
