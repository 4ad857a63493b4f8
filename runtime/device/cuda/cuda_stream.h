// SPDX-License-Identifier: Apache-2.0
// A stream of a GPU, and its events.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "runtime/device/cuda/cuda_context.h"
#include "runtime/device/cuda/cuda_launch.h"
#include "runtime/device/stream.h"

namespace raddle::device {

class CudaEvent final : public Event {
 public:
  static StatusOr<std::unique_ptr<Event>> make(std::shared_ptr<CudaContext> context);
  ~CudaEvent() override;
  CUevent native() const { return event_; }

 private:
  explicit CudaEvent(std::shared_ptr<CudaContext> context) : context_(std::move(context)) {}
  const std::shared_ptr<CudaContext> context_;
  CUevent event_ = nullptr;
};

// The code that a device has loaded, by the index of CudaCode::functions.
struct CudaModules {
  std::shared_ptr<CudaContext> context;
  std::vector<CUmodule> modules;
  std::vector<CUfunction> functions;
  ~CudaModules();
};

class CudaStream final : public Stream {
 public:
  static StatusOr<std::unique_ptr<CudaStream>> make(std::shared_ptr<const CudaModules> modules,
                                                    WorkerPool& pool);
  ~CudaStream() override;  // when all that was queued is done, unless the GPU has failed
  WorkerPool& pool() override { return pool_; }
  Status launch(const Work& work) override { return work.run(*this); }
  StatusOr<std::unique_ptr<Work>> capture(std::span<const Work* const> work) override;
  Status copy(std::byte* to, const std::byte* from, size_t bytes) override;
  Status record(Event& event) override;
  Status wait(const Event& event) override;
  Status tag(TagWord& word, int64_t step, StepPhase phase) override;
  Status finish(const StopToken* stop, int64_t timeout_ns) override;

  // As launch_cuda_function().
  Status launch_function(int32_t index, const CudaGrid& grid, const void* parameters);
  Status fill_zero(void* to, size_t bytes);
  CUstream native() const { return stream_; }
  const CudaContext& context() const { return *modules_->context; }

 private:
  // A tag that is on its way. Kept here, since queueing allocates nothing.
  struct Tag {
    std::atomic<bool> is_queued = false;
    TagWord* word = nullptr;
    int64_t step = 0;
    StepPhase phase = StepPhase::kIdle;
  };
  static void CUDA_CB set_tag(void* tag);
  CudaStream(std::shared_ptr<const CudaModules> modules, WorkerPool& pool)
      : modules_(std::move(modules)), pool_(pool) {}

  const std::shared_ptr<const CudaModules> modules_;
  WorkerPool& pool_;
  CUstream stream_ = nullptr;
  Tag tags_[32];
};

}  // namespace raddle::device
