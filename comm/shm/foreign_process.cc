// SPDX-License-Identifier: Apache-2.0
#include "comm/shm/foreign_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace raddle::comm {

StatusOr<std::unique_ptr<Mapping>> Mapping::of(int fd, size_t bytes, bool writable) {
  struct stat about {};
  if (fstat(fd, &about) != 0) return unavailable("fstat: {}", std::strerror(errno));
  if (static_cast<size_t>(about.st_size) < bytes) {
    return unavailable("its memory has {} bytes, expected {}", about.st_size, bytes);
  }
  void* data = mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ,
                    MAP_SHARED | MAP_POPULATE, fd, 0);
  if (data == MAP_FAILED) return unavailable("mmap: {}", std::strerror(errno));
  return std::unique_ptr<Mapping>(new Mapping(static_cast<std::byte*>(data), bytes));
}

Mapping::~Mapping() { munmap(data_, bytes_); }

StatusOr<std::unique_ptr<ForeignProcess>> ForeignProcess::open(int64_t pid) {
  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
  if (pidfd < 0 && errno == ESRCH) return unavailable("it has ended");
  if (pidfd < 0) return unavailable("pidfd_open: {}", std::strerror(errno));
  return std::unique_ptr<ForeignProcess>(new ForeignProcess(pid, pidfd));
}

ForeignProcess::~ForeignProcess() { close(pidfd_); }

StatusOr<std::unique_ptr<Mapping>> ForeignProcess::map(int fd, size_t bytes, bool writable) const {
  const std::string path = fmt::format("/proc/{}/fd/{}", pid_, fd);
  const int own = ::open(path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
  if (own < 0 && errno == ENOENT) return not_found("it has ended, or given up its memory");
  if (own < 0) {
    return unavailable("{}: {}; ranks of a host run as one user, and may look into each other",
                       path, std::strerror(errno));
  }
  auto mapping = Mapping::of(own, bytes, writable);
  close(own);
  return mapping;
}

bool ForeignProcess::has_ended() const {
  pollfd wanted{pidfd_, POLLIN, 0};
  return poll(&wanted, 1, 0) > 0;
}

}  // namespace raddle::comm
