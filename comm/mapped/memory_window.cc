// SPDX-License-Identifier: Apache-2.0
#include "comm/mapped/memory_window.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace raddle::comm {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;

Status no_memory(size_t bytes, const char* what) {
  return resource_exhausted("cannot take {} bytes of memory that ranks share: {}: {}", bytes, what,
                            std::strerror(errno));
}

}  // namespace

StatusOr<int> make_memory_file(const char* name, size_t bytes) {
  RADDLE_ASSERT(bytes > 0);
  const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return no_memory(bytes, "memfd_create");
  const auto length = static_cast<off_t>(bytes);
  // Takes the pages now: where they run out when they are first touched, the process is killed.
  if (ftruncate(fd, length) != 0 || fallocate(fd, 0, 0, length) != 0 ||
      fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    const Status status = no_memory(bytes, "fallocate");
    close(fd);
    return status;
  }
  return fd;
}

StatusOr<std::unique_ptr<Window>> MemoryWindow::create(uint32_t number, size_t bytes) {
  RADDLE_ASSIGN_OR_RETURN(const int fd, make_memory_file("raddle-window", bytes));
  // Its pages are there, so mapping them all now spares a fault each when they are first touched.
  void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (address == MAP_FAILED) {
    const Status status = no_memory(bytes, "mmap");
    close(fd);
    return status;
  }
  if (bytes >= kHugePageBytes) madvise(address, bytes, MADV_HUGEPAGE);  // a hint
  return std::unique_ptr<Window>(
      new MemoryWindow(number, static_cast<std::byte*>(address), bytes, fd));
}

MemoryWindow::~MemoryWindow() {
  munmap(address(), bytes());
  close(fd_);
}

}  // namespace raddle::comm
