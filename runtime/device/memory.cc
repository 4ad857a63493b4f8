// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>

namespace raddle::device {
namespace {
constexpr size_t kHugePageBytes = size_t{2} << 20;
}

StatusOr<HostBuffer> HostBuffer::allocate(size_t bytes) {
  HostBuffer buffer;
  buffer.bytes_ = bytes;
  if (bytes == 0) return buffer;
  // Blocks of a huge page and more are rounded up to whole ones; an anonymous map that large is
  // placed on a huge-page boundary by the kernel.
  const size_t unit = bytes >= kHugePageBytes ? kHugePageBytes : 4096;
  buffer.mapped_bytes_ = (bytes + unit - 1) / unit * unit;
  void* address = mmap(nullptr, buffer.mapped_bytes_, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) {
    return resource_exhausted("cannot allocate {} bytes of host memory: {}", bytes,
                              std::strerror(errno));
  }
  buffer.data_ = static_cast<std::byte*>(address);
  if (bytes >= kHugePageBytes) madvise(address, buffer.mapped_bytes_, MADV_HUGEPAGE);  // a hint
  return buffer;
}

HostBuffer::~HostBuffer() {
  if (data_ != nullptr) munmap(data_, mapped_bytes_);
}

HostBuffer::HostBuffer(HostBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      mapped_bytes_(std::exchange(other.mapped_bytes_, 0)) {}

HostBuffer& HostBuffer::operator=(HostBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(mapped_bytes_, other.mapped_bytes_);
  return *this;
}

}  // namespace raddle::device
