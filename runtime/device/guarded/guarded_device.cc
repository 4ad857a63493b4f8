// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/guarded/guarded_device.h"

#include <cstring>
#include <system_error>

#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cpu/cpu_device.h"
#include "runtime/device/guarded/guarded_memory.h"
#include "runtime/device/guarded/guarded_stream.h"

namespace raddle::device {

DeviceCaps guarded_caps(int threads) {
  DeviceCaps caps;
  caps.kind = Kind::kGuarded;
  caps.name = "the guarded device";
  caps.host_memory = false;
  caps.buffer_alignment = kPageBytes;
  caps.threads = detect_cpu(threads).threads;
  caps.matrix_library_name = "none: it runs reference kernels";
  return caps;
}

GuardedDevice::GuardedDevice(const DeviceCaps& caps, const GuardedOptions& options)
    : caps_(caps), options_(options), memory_(std::make_shared<GuardedMemory>()) {}

GuardedDevice::~GuardedDevice() = default;

StatusOr<std::unique_ptr<GuardedDevice>> GuardedDevice::create(const DeviceCaps& caps,
                                                               const GuardedOptions& options) {
  RADDLE_ASSERT(caps.kind == Kind::kGuarded && caps.buffer_alignment == kPageBytes);
  std::unique_ptr<GuardedDevice> device(new GuardedDevice(caps, options));
  RADDLE_ASSIGN_OR_RETURN(device->pool_, WorkerPool::create(caps.threads));
  return device;
}

StatusOr<Memory> GuardedDevice::allocate(MemoryKind kind, size_t bytes) {
  return kind == MemoryKind::kPinned ? allocate_host_memory(bytes) : memory_->allocate(bytes);
}

StatusOr<Memory> GuardedDevice::map(const ForeignMemory& memory, size_t bytes, Contents contents) {
  return memory_->map(memory, bytes, contents);
}

StatusOr<std::unique_ptr<Stream>> GuardedDevice::make_stream() {
  try {
    return std::unique_ptr<Stream>(
        std::make_unique<GuardedStream>(*pool_, memory_, options_, streams_made_++));
  } catch (const std::system_error& error) {
    return resource_exhausted("no thread for a stream of the guarded device: {}", error.what());
  }
}

StatusOr<std::unique_ptr<Event>> GuardedDevice::make_event() {
  return std::unique_ptr<Event>(std::make_unique<GuardedEvent>());
}

Status GuardedDevice::wait(const Event& event, const StopToken* stop, int64_t timeout_ns) {
  const auto& one = static_cast<const GuardedEvent&>(event);
  return one.wait(one.recorded(), stop, timeout_ns);
}

Status GuardedDevice::write(std::byte* to, const void* from, size_t bytes) {
  if (bytes == 0) return Status::ok();
  const Range range{to, bytes, true};
  const GuardedMemory::Opening opening(*memory_, std::span(&range, 1));
  std::memcpy(to, from, bytes);
  return Status::ok();
}

Status GuardedDevice::read(void* to, const std::byte* from, size_t bytes) {
  if (bytes == 0) return Status::ok();
  const Range range{const_cast<std::byte*>(from), bytes, false};
  const GuardedMemory::Opening opening(*memory_, std::span(&range, 1));
  std::memcpy(to, from, bytes);
  return Status::ok();
}

}  // namespace raddle::device
