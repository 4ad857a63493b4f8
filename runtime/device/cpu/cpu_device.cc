// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/cpu/cpu_device.h"

#include <cstring>

#include "runtime/device/memory.h"

namespace raddle::device {
namespace {

class HostBlock final : public Memory::Block {
 public:
  explicit HostBlock(HostBuffer buffer) : buffer_(std::move(buffer)) {}

 private:
  HostBuffer buffer_;
};

Memory memory_of(HostBuffer buffer) {
  std::byte* const address = buffer.data();
  const size_t bytes = buffer.bytes();
  return Memory(std::make_unique<HostBlock>(std::move(buffer)), address, bytes);
}

void copy_bytes(void* to, const void* from, size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

}  // namespace

StatusOr<Memory> allocate_host_memory(size_t bytes) {
  RADDLE_ASSIGN_OR_RETURN(HostBuffer buffer, HostBuffer::allocate(bytes));
  return memory_of(std::move(buffer));
}

Status CpuStream::copy(std::byte* to, const std::byte* from, size_t bytes) {
  copy_bytes(to, from, bytes);
  return Status::ok();
}

StatusOr<std::unique_ptr<CpuDevice>> CpuDevice::create(const DeviceCaps& caps,
                                                       const WorkerPool::Beforehand& beforehand) {
  RADDLE_ASSERT(caps.kind == Kind::kCpu && caps.host_memory);
  RADDLE_ASSIGN_OR_RETURN(auto pool, WorkerPool::create(caps.threads, beforehand));
  return std::unique_ptr<CpuDevice>(new CpuDevice(caps, std::move(pool)));
}

StatusOr<Memory> CpuDevice::allocate(MemoryKind, size_t bytes) {
  return allocate_host_memory(bytes);
}

StatusOr<Memory> CpuDevice::map(const ForeignMemory& memory, size_t bytes, Contents contents) {
  RADDLE_ASSIGN_OR_RETURN(HostBuffer buffer, HostBuffer::map(memory, bytes, contents));
  return memory_of(std::move(buffer));
}

StatusOr<std::unique_ptr<Stream>> CpuDevice::make_stream() {
  return std::unique_ptr<Stream>(std::make_unique<CpuStream>(*pool_));
}

StatusOr<std::unique_ptr<Event>> CpuDevice::make_event() { return std::make_unique<Event>(); }

Status CpuDevice::write(std::byte* to, const void* from, size_t bytes) {
  copy_bytes(to, from, bytes);
  return Status::ok();
}

Status CpuDevice::read(void* to, const std::byte* from, size_t bytes) {
  copy_bytes(to, from, bytes);
  return Status::ok();
}

}  // namespace raddle::device
