// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/claim.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace raddle::checkpoint {
namespace {

int open_directory(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int lock(int fd, int operation) {
  int result = 0;
  do {
    result = ::flock(fd, operation);
  } while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

Claim Claim::share(const std::string& root) {
  Claim claim(open_directory(root));
  if (claim.fd_ >= 0) static_cast<void>(lock(claim.fd_, LOCK_SH));
  return claim;
}

std::optional<Claim> Claim::own(const std::string& root) {
  Claim claim(open_directory(root));
  if (claim.fd_ >= 0 && lock(claim.fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return std::nullopt;
  }
  return claim;
}

Claim::~Claim() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace raddle::checkpoint
