// SPDX-License-Identifier: Apache-2.0
// A device: memory, streams and the events between them. Above this layer and the kernels nobody
// follows a pointer to memory that is not the host's.
#pragma once

#include <memory>

#include "runtime/base/status.h"
#include "runtime/device/caps.h"
#include "runtime/device/host_memory.h"
#include "runtime/device/memory.h"
#include "runtime/device/stream.h"

namespace raddle::device {

// What a block of memory is for. On the CPU all are the same memory.
enum class MemoryKind : uint8_t {
  kDevice,  // kernels work on it; the host may follow pointers to it only if caps().host_memory
  kPinned   // the host's, which streams copy from and to
};

// A block of memory, freed with its owner; it may outlive the device that gave it.
class Memory {
 public:
  class Block {  // whatever holds the bytes
   public:
    virtual ~Block() = default;
  };
  Memory() = default;
  Memory(std::unique_ptr<Block> block, std::byte* address, size_t bytes)
      : block_(std::move(block)), address_(address), bytes_(bytes) {}

  std::byte* address() const { return address_; }
  size_t bytes() const { return bytes_; }

 private:
  std::unique_ptr<Block> block_;
  std::byte* address_ = nullptr;
  size_t bytes_ = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual const DeviceCaps& caps() const = 0;
  // Zeroed. RESOURCE_EXHAUSTED names the bytes that were asked for.
  virtual StatusOr<Memory> allocate(MemoryKind kind, size_t bytes) = 0;
  // How much of MemoryKind::kDevice is left, and what says so.
  virtual StatusOr<MemoryLimit> memory_limit() = 0;
  // Foreign memory as memory of the device, which its kernels work on. Errors as map_foreign();
  // UNIMPLEMENTED where they cannot.
  virtual StatusOr<Memory> map(const ForeignMemory&, size_t, Contents) {
    return unimplemented("{} cannot work on memory that another process owns", caps().name);
  }
  // The device must outlive its streams, and its events the work that they order.
  virtual StatusOr<std::unique_ptr<Stream>> make_stream() = 0;
  virtual StatusOr<std::unique_ptr<Event>> make_event() = 0;
  // The host waits for the event, as Stream::finish() does for all.
  virtual Status wait(const Event& event, const StopToken* stop, int64_t timeout_ns) = 0;
  // Between the host's memory and the device's, done when the call returns. No stream may be at
  // work on those bytes. Any thread.
  virtual Status write(std::byte* to, const void* from, size_t bytes) = 0;
  virtual Status read(void* to, const std::byte* from, size_t bytes) = 0;
  // The host's own compute threads, for work on host memory.
  virtual WorkerPool& pool() = 0;
};

}  // namespace raddle::device
