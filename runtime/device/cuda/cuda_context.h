// SPDX-License-Identifier: Apache-2.0
// The primary context of one GPU, which libraries in the same process share. Whatever lives on the
// GPU holds it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "runtime/base/stop_token.h"
#include "runtime/device/cuda/driver.h"

namespace raddle::device {

class CudaContext {
 public:
  static StatusOr<std::shared_ptr<CudaContext>> retain(int index);
  ~CudaContext();
  CudaContext(const CudaContext&) = delete;
  CudaContext& operator=(const CudaContext&) = delete;

  // Makes the context the calling thread's for as long as it lives, and gives back the caller's.
  class Scope {
   public:
    explicit Scope(const CudaContext& context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    const Status& status() const { return status_; }

   private:
    const CudaContext& context_;
    Status status_;
  };

  // What a library keeps for the context: made by `make` for the first who asks, with the context
  // current, and ended before the context is given back.
  class Attachment {
   public:
    virtual ~Attachment() = default;
  };
  using MakeAttachment = StatusOr<std::unique_ptr<Attachment>> (*)();
  StatusOr<Attachment*> attachment(MakeAttachment make) const;

  // Makes the context current and runs `call`; its result becomes a Status.
  template <class Call>
  Status run(std::string_view what, const Call& call) const {
    const Scope scope(*this);
    if (!scope.status().is_ok()) return scope.status();
    return driver_.check(call(driver_), what);
  }
  // Asks again and again until `query` answers something other than "not ready". As
  // Stream::finish(): a wait inside the driver could not be ended.
  Status poll(std::string_view what, const std::function<CUresult()>& query, const StopToken* stop,
              int64_t timeout_ns) const;

  const CudaDriver& driver() const { return driver_; }
  CUdevice device() const { return device_; }

 private:
  CudaContext(const CudaDriver& driver, CUdevice device) : driver_(driver), device_(device) {}
  const CudaDriver& driver_;
  const CUdevice device_;
  CUcontext context_ = nullptr;
  mutable std::mutex attachments_mutex_;
  mutable std::map<MakeAttachment, std::unique_ptr<Attachment>> attachments_;
};

}  // namespace raddle::device
