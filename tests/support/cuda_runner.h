// SPDX-License-Identifier: Apache-2.0
// Runs one kernel on the CUDA device 0, or on what RADDLE_CUDA_DRIVER names, the way the executor
// does: probe, booked scratch with a guard zone behind it, preparation, launch. Arguments are the
// test's own memory, which the device must be able to read (support/cuda_heap.cc).
#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "kernels/cuda/code.h"
#include "kernels/cuda/matrix/cublaslt.h"
#include "kernels/kernel.h"

namespace raddle::test {

class CudaRunner {
 public:
  static StatusOr<CudaRunner*> get() {
    static StatusOr<std::unique_ptr<CudaRunner>>& opened =
        *new StatusOr<std::unique_ptr<CudaRunner>>(open());
    if (!opened.is_ok()) return opened.status();
    return opened.value().get();
  }
  const device::DeviceCaps& caps() const { return device_->caps(); }
  device::Device& device() { return *device_; }

  template <class Args>
  Status run(const kernels::Kernel<Args>& kernel, const Args& args) {
    const kernels::Verdict verdict = kernel.probe(args, caps());
    if (!verdict.accepted) return unimplemented("{}: {}", kernel.name, verdict.why_not);
    const size_t bytes = kernel.scratch_bytes(args, caps());
    std::vector<std::byte> filled(bytes + kGuard, kFill);
    RADDLE_ASSIGN_OR_RETURN(const device::Memory scratch,
                            device_->allocate(device::MemoryKind::kDevice, filled.size()));
    RADDLE_RETURN_IF_ERROR(device_->write(scratch.address(), filled.data(), filled.size()));
    if (kernel.prepare != nullptr) {
      RADDLE_RETURN_IF_ERROR(kernel.prepare(args, {*stream_, {scratch.address(), bytes}}));
    }
    RADDLE_RETURN_IF_ERROR(kernel.launch(args, {*stream_, {scratch.address(), bytes}}));
    RADDLE_RETURN_IF_ERROR(stream_->finish(nullptr, 0));
    RADDLE_RETURN_IF_ERROR(device_->read(filled.data(), scratch.address() + bytes, kGuard));
    for (size_t i = 0; i < kGuard; ++i) {
      if (filled[i] != kFill) return internal_error("{} wrote past its scratch", kernel.name);
    }
    return Status::ok();
  }

 private:
  static constexpr size_t kGuard = 256;
  static constexpr std::byte kFill{0xA5};  // no number: scratch has no content

  static StatusOr<std::unique_ptr<CudaRunner>> open() {
    RADDLE_ASSIGN_OR_RETURN(device::DeviceCaps caps, device::cuda_caps(0, 1));
    kernels::find_cublaslt(caps);
    auto runner = std::make_unique<CudaRunner>();
    RADDLE_ASSIGN_OR_RETURN(runner->device_, device::open_cuda_device(caps, kernels::cuda_code()));
    RADDLE_ASSIGN_OR_RETURN(runner->stream_, runner->device_->make_stream());
    return runner;
  }
  std::unique_ptr<device::Device> device_;
  std::unique_ptr<device::Stream> stream_;
};

}  // namespace raddle::test
