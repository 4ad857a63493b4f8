// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/cuda/cuda_device.h"

#include <array>
#include <cstring>
#include <mutex>

#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cpu/worker_pool.h"
#include "runtime/device/cuda/cuda_stream.h"

namespace raddle::device {
namespace {

constexpr int kOldestCapability = 80;  // Ampere: the first with BF16 matrix instructions

class CudaBlock final : public Memory::Block {
 public:
  CudaBlock(std::shared_ptr<CudaContext> context, MemoryKind kind, void* address)
      : context_(std::move(context)), kind_(kind), address_(address) {}
  ~CudaBlock() override {
    const CudaContext::Scope scope(*context_);
    if (!scope.status().is_ok()) return;
    if (kind_ == MemoryKind::kPinned) {
      context_->driver().cuMemFreeHost(address_);
    } else {
      context_->driver().cuMemFree(reinterpret_cast<CUdeviceptr>(address_));
    }
  }

 private:
  const std::shared_ptr<CudaContext> context_;
  const MemoryKind kind_;
  void* const address_;
};

class CudaDevice final : public Device {
 public:
  static StatusOr<std::unique_ptr<Device>> open(const DeviceCaps& caps, const CudaCode& code);
  const DeviceCaps& caps() const override { return caps_; }
  StatusOr<Memory> allocate(MemoryKind kind, size_t bytes) override;
  StatusOr<MemoryLimit> memory_limit() override;
  StatusOr<std::unique_ptr<Stream>> make_stream() override {
    RADDLE_ASSIGN_OR_RETURN(auto stream, CudaStream::make(modules_, *pool_));
    return std::unique_ptr<Stream>(std::move(stream));
  }
  StatusOr<std::unique_ptr<Event>> make_event() override { return CudaEvent::make(context_); }
  Status wait(const Event& event, const StopToken* stop, int64_t timeout_ns) override {
    const CUevent native = static_cast<const CudaEvent&>(event).native();
    return context_->poll(
        "work on the GPU", [&] { return context_->driver().cuEventQuery(native); }, stop,
        timeout_ns);
  }
  Status write(std::byte* to, const void* from, size_t bytes) override {
    return copy_now(to, static_cast<const std::byte*>(from), bytes);
  }
  Status read(void* to, const std::byte* from, size_t bytes) override {
    return copy_now(static_cast<std::byte*>(to), from, bytes);
  }
  WorkerPool& pool() override { return *pool_; }

 private:
  CudaDevice(const DeviceCaps& caps, std::shared_ptr<CudaContext> context)
      : caps_(caps), context_(std::move(context)) {}
  Status load(const CudaCode& code);
  Status copy_now(std::byte* to, const std::byte* from, size_t bytes);

  const DeviceCaps caps_;
  const std::shared_ptr<CudaContext> context_;
  std::shared_ptr<CudaModules> modules_;
  std::unique_ptr<WorkerPool> pool_;
  std::mutex copies_mutex_;
  std::unique_ptr<CudaStream> copies_;  // of write() and read(), and what makes memory zero
};

StatusOr<std::unique_ptr<Device>> CudaDevice::open(const DeviceCaps& caps, const CudaCode& code) {
  RADDLE_ASSERT(caps.kind == Kind::kCuda);
  RADDLE_ASSIGN_OR_RETURN(auto context, CudaContext::retain(caps.index));
  std::unique_ptr<CudaDevice> device(new CudaDevice(caps, std::move(context)));
  RADDLE_RETURN_IF_ERROR(device->load(code));
  RADDLE_ASSIGN_OR_RETURN(device->pool_, WorkerPool::create(caps.threads));
  RADDLE_ASSIGN_OR_RETURN(device->copies_, CudaStream::make(device->modules_, *device->pool_));
  return std::unique_ptr<Device>(std::move(device));
}

Status CudaDevice::load(const CudaCode& code) {
  modules_ = std::make_shared<CudaModules>();
  modules_->context = context_;
  for (const void* image : code.images) {
    CUmodule module = nullptr;
    RADDLE_RETURN_IF_ERROR(context_->run(
        "loading kernels for this GPU",
        [&](const CudaDriver& driver) { return driver.cuModuleLoadData(&module, image); }));
    modules_->modules.push_back(module);
  }
  for (const CudaFunction& one : code.functions) {
    CUfunction function = nullptr;
    RADDLE_RETURN_IF_ERROR(context_->run(one.name, [&](const CudaDriver& driver) {
      const CUresult result = driver.cuModuleGetFunction(
          &function, modules_->modules[static_cast<size_t>(one.image)], one.name);
      if (result != CUDA_SUCCESS || one.dynamic_shared_bytes == 0) return result;
      return driver.cuFuncSetAttribute(function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                       one.dynamic_shared_bytes);
    }));
    modules_->functions.push_back(function);
  }
  return Status::ok();
}

StatusOr<Memory> CudaDevice::allocate(MemoryKind kind, size_t bytes) {
  if (bytes == 0) return Memory();
  const bool pinned = kind == MemoryKind::kPinned;
  void* address = nullptr;
  RADDLE_RETURN_IF_ERROR(context_->run(
      fmt::format("allocating {} bytes of {}", bytes, pinned ? "pinned host memory" : "GPU memory"),
      [&](const CudaDriver& driver) {
        if (pinned) return driver.cuMemHostAlloc(&address, bytes, CU_MEMHOSTALLOC_PORTABLE);
        return driver.cuMemAlloc(reinterpret_cast<CUdeviceptr*>(&address), bytes);
      }));
  Memory memory(std::make_unique<CudaBlock>(context_, kind, address),
                static_cast<std::byte*>(address), bytes);
  if (pinned) {
    std::memset(address, 0, bytes);
    return memory;
  }
  const std::lock_guard lock(copies_mutex_);
  RADDLE_RETURN_IF_ERROR(copies_->fill_zero(address, bytes));
  RADDLE_RETURN_IF_ERROR(copies_->finish(nullptr, 0));
  return memory;
}

StatusOr<MemoryLimit> CudaDevice::memory_limit() {
  size_t left = 0, total = 0;
  RADDLE_RETURN_IF_ERROR(
      context_->run("asking for the GPU's memory",
                    [&](const CudaDriver& driver) { return driver.cuMemGetInfo(&left, &total); }));
  return MemoryLimit{fmt::format("CUDA device {} ({})", caps_.index, caps_.name),
                     static_cast<int64_t>(total), static_cast<int64_t>(left)};
}

Status CudaDevice::copy_now(std::byte* to, const std::byte* from, size_t bytes) {
  if (bytes == 0) return Status::ok();
  const std::lock_guard lock(copies_mutex_);
  RADDLE_RETURN_IF_ERROR(copies_->copy(to, from, bytes));
  return copies_->finish(nullptr, 0);
}

}  // namespace

StatusOr<DeviceCaps> cuda_caps(int index, int threads) {
  RADDLE_ASSIGN_OR_RETURN(const auto context, CudaContext::retain(index));
  const CudaDriver& driver = context->driver();
  DeviceCaps caps = cuda_defaults(threads);
  caps.index = index;
  std::array<char, 256> name{};
  RADDLE_RETURN_IF_ERROR(driver.check(
      driver.cuDeviceGetName(name.data(), static_cast<int>(name.size()), context->device()),
      "asking for the GPU's name"));
  caps.name = name.data();
  int major = 0, minor = 0;
  const struct {
    CUdevice_attribute attribute;
    int* value;
  } asked[] = {{CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, &major},
               {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, &minor},
               {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, &caps.multiprocessors},
               {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, &caps.shared_memory_bytes}};
  for (const auto& [attribute, value] : asked) {
    RADDLE_RETURN_IF_ERROR(
        driver.check(driver.cuDeviceGetAttribute(value, attribute, context->device()),
                     "asking what the GPU can do"));
  }
  RADDLE_RETURN_IF_ERROR(
      driver.check(driver.cuDeviceTotalMem(&caps.memory_bytes, context->device()),
                   "asking for the GPU's memory"));
  caps.compute_capability = 10 * major + minor;
  if (caps.compute_capability < kOldestCapability) {
    return unavailable("CUDA device {}, {}, has compute capability {}.{}; {}.{} is the least",
                       index, caps.name, major, minor, kOldestCapability / 10,
                       kOldestCapability % 10);
  }
  return caps;
}

StatusOr<std::unique_ptr<Device>> open_cuda_device(const DeviceCaps& caps, const CudaCode& code) {
  return CudaDevice::open(caps, code);
}

}  // namespace raddle::device
