// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/cuda/cuda_stream.h"

#include <algorithm>

namespace raddle::device {
namespace {

CUdeviceptr number(const void* address) { return reinterpret_cast<CUdeviceptr>(address); }

}  // namespace

StatusOr<std::unique_ptr<Event>> CudaEvent::make(std::shared_ptr<CudaContext> context) {
  std::unique_ptr<CudaEvent> event(new CudaEvent(std::move(context)));
  RADDLE_RETURN_IF_ERROR(event->context_->run("making an event", [&](const CudaDriver& driver) {
    return driver.cuEventCreate(&event->event_, CU_EVENT_DISABLE_TIMING);
  }));
  return std::unique_ptr<Event>(std::move(event));
}

CudaEvent::~CudaEvent() {
  if (event_ == nullptr) return;
  const CudaContext::Scope scope(*context_);
  if (scope.status().is_ok()) context_->driver().cuEventDestroy(event_);
}

CudaModules::~CudaModules() {
  const CudaContext::Scope scope(*context);
  if (!scope.status().is_ok()) return;
  for (CUmodule module : modules) context->driver().cuModuleUnload(module);
}

StatusOr<std::unique_ptr<CudaStream>> CudaStream::make(std::shared_ptr<const CudaModules> modules,
                                                       WorkerPool& pool) {
  std::unique_ptr<CudaStream> stream(new CudaStream(std::move(modules), pool));
  RADDLE_RETURN_IF_ERROR(stream->context().run("making a stream", [&](const CudaDriver& driver) {
    return driver.cuStreamCreate(&stream->stream_, CU_STREAM_NON_BLOCKING);
  }));
  return stream;
}

CudaStream::~CudaStream() {
  if (stream_ == nullptr) return;
  // Tags that are queued point here, and what else is queued at memory that goes after this.
  const Status finished = finish(nullptr, 0);
  const CudaContext::Scope scope(context());
  if (scope.status().is_ok()) context().driver().cuStreamDestroy(stream_);
}

Status CudaStream::copy(std::byte* to, const std::byte* from, size_t bytes) {
  if (bytes == 0) return Status::ok();
  return context().run("a copy", [&](const CudaDriver& driver) {
    return driver.cuMemcpyAsync(number(to), number(from), bytes, stream_);
  });
}

Status CudaStream::fill_zero(void* to, size_t bytes) {
  if (bytes == 0) return Status::ok();
  return context().run("filling memory", [&](const CudaDriver& driver) {
    return driver.cuMemsetD8Async(number(to), 0, bytes, stream_);
  });
}

Status CudaStream::record(Event& event) {
  return context().run("recording an event", [&](const CudaDriver& driver) {
    return driver.cuEventRecord(static_cast<CudaEvent&>(event).native(), stream_);
  });
}

Status CudaStream::wait(const Event& event) {
  return context().run("waiting for an event", [&](const CudaDriver& driver) {
    return driver.cuStreamWaitEvent(stream_, static_cast<const CudaEvent&>(event).native(), 0);
  });
}

void CUDA_CB CudaStream::set_tag(void* tag) {
  auto* const one = static_cast<Tag*>(tag);
  one->word->set(one->step, one->phase);
  one->is_queued.store(false, std::memory_order_release);
}

Status CudaStream::tag(TagWord& word, int64_t step, StepPhase phase) {
  const auto is_free = [](const Tag& tag) {
    return !tag.is_queued.load(std::memory_order_acquire);
  };
  Tag* tag = std::find_if(std::begin(tags_), std::end(tags_), is_free);
  if (tag == std::end(tags_)) {
    RADDLE_RETURN_IF_ERROR(finish(nullptr, 0));
    tag = std::begin(tags_);
  }
  tag->word = &word;
  tag->step = step;
  tag->phase = phase;
  tag->is_queued.store(true, std::memory_order_release);
  Status status = context().run("a tag of the step's phase", [&](const CudaDriver& driver) {
    return driver.cuLaunchHostFunc(stream_, set_tag, tag);
  });
  if (!status.is_ok()) tag->is_queued.store(false, std::memory_order_release);
  return status;
}

Status CudaStream::finish(const StopToken* stop, int64_t timeout_ns) {
  return context().poll(
      "work on the GPU", [&] { return context().driver().cuStreamQuery(stream_); }, stop,
      timeout_ns);
}

Status CudaStream::launch_function(int32_t index, const CudaGrid& grid, const void* parameters) {
  RADDLE_ASSERT(index >= 0 && static_cast<size_t>(index) < modules_->functions.size());
  RADDLE_ASSERT(grid.blocks >= 0 && grid.blocks <= INT32_MAX && grid.threads > 0);
  if (grid.blocks == 0 || grid.blocks_y == 0) return Status::ok();
  void* list[] = {const_cast<void*>(parameters)};
  return context().run("launching a kernel", [&](const CudaDriver& driver) {
    return driver.cuLaunchKernel(
        modules_->functions[static_cast<size_t>(index)], static_cast<unsigned>(grid.blocks),
        static_cast<unsigned>(grid.blocks_y), 1, static_cast<unsigned>(grid.threads), 1, 1,
        static_cast<unsigned>(grid.shared_bytes), stream_, list, nullptr);
  });
}

Status launch_cuda_function(Stream& stream, int32_t index, const CudaGrid& grid,
                            const void* parameters) {
  return static_cast<CudaStream&>(stream).launch_function(index, grid, parameters);
}

}  // namespace raddle::device
