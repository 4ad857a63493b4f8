// SPDX-License-Identifier: Apache-2.0
// A memfd that a test owns, as a parent process owns the state of those that train.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace raddle::test {

class MemoryFile {
 public:
  explicit MemoryFile(size_t bytes)
      : fd_(memfd_create("raddle-test", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
    EXPECT_GE(fd_, 0);
    EXPECT_EQ(ftruncate(fd_, static_cast<off_t>(bytes)), 0);
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int fd() const { return fd_; }
  void write(size_t offset, const std::string& bytes) const {
    EXPECT_EQ(pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset)),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string read(size_t offset, size_t bytes) const {
    std::string out(bytes, '\0');
    EXPECT_EQ(pread(fd_, out.data(), bytes, static_cast<off_t>(offset)),
              static_cast<ssize_t>(bytes));
    return out;
  }

 private:
  const int fd_;
};

}  // namespace raddle::test
