// SPDX-License-Identifier: Apache-2.0
// Who reads checkpoints while somebody else trains: readers share a directory of checkpoints for as
// long as they look, and retention deletes only when nobody does. Nothing is written for it; on a
// file system without such locks both sides go on as if alone.
#pragma once

#include <optional>
#include <string>

namespace raddle::checkpoint {

class Claim {
 public:
  // Waits for a deletion that is under way. Best effort: a directory that cannot be claimed can
  // still be read.
  static Claim share(const std::string& root);
  // Nothing when a reader shares it.
  static std::optional<Claim> own(const std::string& root);
  Claim(Claim&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Claim& operator=(Claim&&) = delete;
  ~Claim();

 private:
  explicit Claim(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace raddle::checkpoint
