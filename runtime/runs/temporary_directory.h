// SPDX-License-Identifier: Apache-2.0
// A directory that goes with the object: for sessions that were given no place for their files.
// That of a process that was killed goes when the next one is made.
#pragma once

#include <optional>
#include <string>

#include "runtime/base/file_lock.h"
#include "runtime/base/status.h"

namespace raddle::runs {

class TemporaryDirectory {
 public:
  static StatusOr<TemporaryDirectory> create();
  ~TemporaryDirectory();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept
      : path_(std::move(other.path_)), lock_(std::move(other.lock_)) {
    other.path_.clear();
  }
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept {
    path_.swap(other.path_);
    lock_.swap(other.lock_);
    return *this;
  }
  const std::string& path() const { return path_; }

 private:
  TemporaryDirectory(std::string path, FileLock lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  std::optional<FileLock> lock_;  // says that the owner lives
};

}  // namespace raddle::runs
