// SPDX-License-Identifier: Apache-2.0
// Another process of this host: its memory by file descriptor, and whether it still lives.
#pragma once

#include <memory>

#include "comm/mapped/mapped_windows.h"
#include "runtime/base/status.h"

namespace raddle::comm {

class Mapping final : public PeerMemory {
 public:
  // The first `bytes` of a file, shared. UNAVAILABLE: it cannot be mapped, or has fewer.
  static StatusOr<std::unique_ptr<Mapping>> of(int fd, size_t bytes, bool writable);
  ~Mapping() override;
  const std::byte* address() const override { return data_; }
  std::byte* data() { return data_; }

 private:
  Mapping(std::byte* data, size_t bytes) : data_(data), bytes_(bytes) {}
  std::byte* data_;
  size_t bytes_;
};

class ForeignProcess {
 public:
  // UNAVAILABLE: there is none of that number.
  static StatusOr<std::unique_ptr<ForeignProcess>> open(int64_t pid);
  ~ForeignProcess();
  ForeignProcess(const ForeignProcess&) = delete;
  ForeignProcess& operator=(const ForeignProcess&) = delete;

  int64_t pid() const { return pid_; }
  // What it has open as `fd`. NOT_FOUND: nothing, or it has ended. UNAVAILABLE as Mapping::of(), or
  // it may not be looked at.
  StatusOr<std::unique_ptr<Mapping>> map(int fd, size_t bytes, bool writable) const;
  // Also where nobody has waited for it yet.
  bool has_ended() const;

 private:
  ForeignProcess(int64_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}
  int64_t pid_;
  int pidfd_;
};

}  // namespace raddle::comm
