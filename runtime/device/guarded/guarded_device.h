// SPDX-License-Identifier: Apache-2.0
// A device that proves that nobody takes its memory for the host's. Its memory is mapped without
// access and opened only in a stream's thread, buffer by buffer, while a kernel or a copy that uses
// them runs; a pointer that is followed anywhere else faults. Its streams run behind the caller and
// are ordered by events alone, so a wait that is missing gives other results, the more so with
// delays. Kernels are those that are plain host code, the references: it is slow, and it is there
// for tests of what will run on a device with memory of its own.
#pragma once

#include <memory>

#include "runtime/device/device.h"

namespace raddle::device {

DeviceCaps guarded_caps(int threads);

struct GuardedOptions {
  uint64_t seed = 0;         // of the delays
  int64_t delay_us_max = 0;  // before each piece of work, at random; 0: none
};

class GuardedMemory;  // the pages that are mapped, and which are open

class GuardedDevice final : public Device {
 public:
  static StatusOr<std::unique_ptr<GuardedDevice>> create(const DeviceCaps& caps,
                                                         const GuardedOptions& options);
  ~GuardedDevice() override;
  const DeviceCaps& caps() const override { return caps_; }
  StatusOr<Memory> allocate(MemoryKind kind, size_t bytes) override;
  StatusOr<MemoryLimit> memory_limit() override { return host_memory().tightest(); }
  StatusOr<Memory> map(const ForeignMemory& memory, size_t bytes, Contents contents) override;
  StatusOr<std::unique_ptr<Stream>> make_stream() override;
  StatusOr<std::unique_ptr<Event>> make_event() override;
  Status wait(const Event& event, const StopToken* stop, int64_t timeout_ns) override;
  Status write(std::byte* to, const void* from, size_t bytes) override;
  Status read(void* to, const std::byte* from, size_t bytes) override;
  WorkerPool& pool() override { return *pool_; }

 private:
  GuardedDevice(const DeviceCaps& caps, const GuardedOptions& options);
  const DeviceCaps caps_;
  const GuardedOptions options_;
  std::unique_ptr<WorkerPool> pool_;
  std::shared_ptr<GuardedMemory> memory_;
  uint64_t streams_made_ = 0;
};

}  // namespace raddle::device
