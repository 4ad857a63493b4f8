// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/cuda/cuda_context.h"

#include <chrono>
#include <thread>

#include "runtime/base/clock.h"

namespace raddle::device {

StatusOr<std::shared_ptr<CudaContext>> CudaContext::retain(int index) {
  RADDLE_ASSIGN_OR_RETURN(const CudaDriver* driver, CudaDriver::open());
  int count = 0;
  RADDLE_RETURN_IF_ERROR(driver->check(driver->cuDeviceGetCount(&count), "counting CUDA devices"));
  if (index < 0 || index >= count) {
    return unavailable("there is no CUDA device {}: the driver sees {} (0 to {})", index, count,
                       count - 1);
  }
  CUdevice device = 0;
  RADDLE_RETURN_IF_ERROR(
      driver->check(driver->cuDeviceGet(&device, index), fmt::format("CUDA device {}", index)));
  std::shared_ptr<CudaContext> context(new CudaContext(*driver, device));
  RADDLE_RETURN_IF_ERROR(driver->check(driver->cuDevicePrimaryCtxRetain(&context->context_, device),
                                       fmt::format("taking the context of CUDA device {}", index)));
  return context;
}

CudaContext::~CudaContext() {
  if (context_ == nullptr) return;
  {
    const Scope scope(*this);
    attachments_.clear();
  }
  driver_.cuDevicePrimaryCtxRelease(device_);
}

StatusOr<CudaContext::Attachment*> CudaContext::attachment(MakeAttachment make) const {
  const std::lock_guard lock(attachments_mutex_);
  const auto found = attachments_.find(make);
  if (found != attachments_.end()) return found->second.get();
  const Scope scope(*this);
  RADDLE_RETURN_IF_ERROR(Status(scope.status()));
  RADDLE_ASSIGN_OR_RETURN(auto made, make());
  return attachments_.emplace(make, std::move(made)).first->second.get();
}

CudaContext::Scope::Scope(const CudaContext& context) : context_(context) {
  const CudaDriver& driver = context.driver_;
  status_ = driver.check(driver.cuCtxPushCurrent(context.context_), "entering the CUDA context");
}

CudaContext::Scope::~Scope() {
  CUcontext popped = nullptr;
  if (status_.is_ok()) context_.driver_.cuCtxPopCurrent(&popped);
}

Status CudaContext::poll(std::string_view what, const std::function<CUresult()>& query,
                         const StopToken* stop, int64_t timeout_ns) const {
  const Scope scope(*this);
  RADDLE_RETURN_IF_ERROR(Status(scope.status()));
  constexpr int64_t kBusyNs = 50'000;  // short waits end at once, long ones leave the core alone
  const int64_t begin = now_ns();
  for (;;) {
    const CUresult result = query();
    if (result != CUDA_ERROR_NOT_READY) return driver_.check(result, what);
    if (stop != nullptr && stop->is_set()) {
      return cancelled("stopped on request while the device was at work");
    }
    const int64_t waited = now_ns() - begin;
    if (timeout_ns > 0 && waited > timeout_ns) {
      return unavailable("{}: the GPU was not done within {} ms", what, timeout_ns / 1000000)
          .with_scope(raddle::Scope::kDevice);
    }
    if (waited > kBusyNs) std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

}  // namespace raddle::device
