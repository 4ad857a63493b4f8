// SPDX-License-Identifier: Apache-2.0
// A directory that goes with the object: for sessions that were given no place for their files.
#pragma once

#include <string>

#include "runtime/base/status.h"

namespace raddle::runs {

class TemporaryDirectory {
 public:
  static StatusOr<TemporaryDirectory> create();
  ~TemporaryDirectory();
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  TemporaryDirectory& operator=(TemporaryDirectory&& other) noexcept {
    path_.swap(other.path_);
    return *this;
  }
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace raddle::runs
