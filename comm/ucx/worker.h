// SPDX-License-Identifier: Apache-2.0
// A worker of UCX with what it needs. All calls from one thread at a time.
#pragma once

#include <memory>
#include <string>

#include "comm/ucx/library.h"

namespace raddle::comm {

class UcxWorker {
 public:
  // UNAVAILABLE: there is no UCX, or no transport between hosts.
  static StatusOr<std::unique_ptr<UcxWorker>> open();
  ~UcxWorker();
  UcxWorker(const UcxWorker&) = delete;
  UcxWorker& operator=(const UcxWorker&) = delete;

  const Ucx& ucx() const { return *ucx_; }
  ucp_worker_h get() const { return worker_; }
  const std::string& address() const { return address_; }  // bytes
  int fd() const { return fd_; }  // readable when there is something to do, once armed

 private:
  explicit UcxWorker(const Ucx* ucx) : ucx_(ucx) {}
  Status begin();
  Status begin_context();
  Status of(ucs_status_t status, const char* what) const;

  const Ucx* ucx_;
  ucp_context_h context_ = nullptr;
  ucp_worker_h worker_ = nullptr;
  std::string address_;
  int fd_ = -1;
};

}  // namespace raddle::comm
