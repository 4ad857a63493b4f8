// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace raddle::device {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;

// Whether the memory is there as it was described.
Status check_foreign(const ForeignMemory& memory, size_t bytes) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  if (memory.offset % page != 0) {
    return invalid_argument(
        "foreign memory begins at byte {} of file descriptor {}, expected a multiple of the page "
        "size {}",
        memory.offset, memory.fd, page);
  }
  struct stat about {};
  if (fstat(memory.fd, &about) != 0) {
    return invalid_argument(
        "foreign memory: file descriptor {}: {}; give that of a memfd or a file", memory.fd,
        std::strerror(errno));
  }
  if (!S_ISREG(about.st_mode)) {
    return invalid_argument(
        "foreign memory: file descriptor {} is neither a memfd nor a file, so nothing in it can be "
        "mapped",
        memory.fd);
  }
  const auto there = static_cast<size_t>(about.st_size);
  if (memory.offset <= there && bytes <= there - memory.offset) return Status::ok();
  return invalid_argument(
      "foreign memory of {} bytes from byte {} on is needed in file descriptor {}, which has {} "
      "bytes in all; make it larger with ftruncate() first",
      bytes, memory.offset, memory.fd, there);
}

}  // namespace

StatusOr<std::byte*> map_foreign(const ForeignMemory& memory, size_t bytes, Contents contents) {
  RADDLE_ASSERT(bytes > 0);
  RADDLE_RETURN_IF_ERROR(check_foreign(memory, bytes));
  const auto offset = static_cast<off_t>(memory.offset);
  // Takes the pages now: where they run out when they are first touched, the process is killed.
  if (fallocate(memory.fd, FALLOC_FL_KEEP_SIZE, offset, static_cast<off_t>(bytes)) != 0 &&
      (errno == ENOSPC || errno == ENOMEM)) {
    return resource_exhausted("there is no room for {} bytes in file descriptor {}: {}", bytes,
                              memory.fd, std::strerror(errno));
  }
  void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd, offset);
  if (address == MAP_FAILED) {
    const int error = errno;
    if (error == ENOMEM) {
      return resource_exhausted("cannot map {} bytes of foreign memory: {}", bytes,
                                std::strerror(error));
    }
    return invalid_argument(
        "file descriptor {} cannot be mapped for reading and writing: {}; open it for both, and do "
        "not seal it against writing",
        memory.fd, std::strerror(error));
  }
  if (bytes >= kHugePageBytes) madvise(address, bytes, MADV_HUGEPAGE);  // a hint
  if (contents == Contents::kZeroed) std::memset(address, 0, bytes);
  return static_cast<std::byte*>(address);
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

StatusOr<HostBuffer> HostBuffer::map(const ForeignMemory& memory, size_t bytes, Contents contents) {
  HostBuffer buffer;
  if (bytes == 0) return buffer;
  RADDLE_ASSIGN_OR_RETURN(buffer.data_, map_foreign(memory, bytes, contents));
  buffer.bytes_ = buffer.mapped_bytes_ = bytes;
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
