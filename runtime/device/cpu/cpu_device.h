// SPDX-License-Identifier: Apache-2.0
// The CPU as a device: its memory is the host's, its streams do everything at once on the calling
// thread and the worker pool.
#pragma once

#include <memory>

#include "runtime/device/cpu/worker_pool.h"
#include "runtime/device/device.h"

namespace raddle::device {

class CpuStream final : public Stream {
 public:
  explicit CpuStream(WorkerPool& pool) : pool_(pool) {}  // borrowed
  WorkerPool& pool() override { return pool_; }
  Status launch(const Work& work) override { return work.run(*this); }
  Status copy(std::byte* to, const std::byte* from, size_t bytes) override;
  Status record(Event&) override { return Status::ok(); }
  Status wait(const Event&) override { return Status::ok(); }
  Status tag(TagWord& word, int64_t step, StepPhase phase) override {
    word.set(step, phase);
    return Status::ok();
  }
  Status finish(const StopToken*, int64_t) override { return Status::ok(); }

 private:
  WorkerPool& pool_;
};

class CpuDevice final : public Device {
 public:
  // caps.threads workers; `beforehand` is the pool's.
  static StatusOr<std::unique_ptr<CpuDevice>> create(const DeviceCaps& caps,
                                                     const WorkerPool::Beforehand& beforehand);
  const DeviceCaps& caps() const override { return caps_; }
  StatusOr<Memory> allocate(MemoryKind kind, size_t bytes) override;
  StatusOr<MemoryLimit> memory_limit() override { return host_memory().tightest(); }
  StatusOr<Memory> map(const ForeignMemory& memory, size_t bytes, Contents contents) override;
  StatusOr<std::unique_ptr<Stream>> make_stream() override;
  StatusOr<std::unique_ptr<Event>> make_event() override;
  Status wait(const Event&, const StopToken*, int64_t) override { return Status::ok(); }
  Status write(std::byte* to, const void* from, size_t bytes) override;
  Status read(void* to, const std::byte* from, size_t bytes) override;
  WorkerPool& pool() override { return *pool_; }

 private:
  CpuDevice(const DeviceCaps& caps, std::unique_ptr<WorkerPool> pool)
      : caps_(caps), pool_(std::move(pool)) {}
  const DeviceCaps caps_;
  const std::unique_ptr<WorkerPool> pool_;
};

// A block of the host's memory.
StatusOr<Memory> allocate_host_memory(size_t bytes);

}  // namespace raddle::device
