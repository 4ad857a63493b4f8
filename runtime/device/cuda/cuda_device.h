// SPDX-License-Identifier: Apache-2.0
// An NVIDIA GPU as a device. Its memory is its own, its streams are the driver's, and kernels are
// images that the driver loads (kernels/cuda). Without the toolkit at build time the functions here
// answer UNAVAILABLE (absent.cc).
#pragma once

#include <memory>
#include <span>

#include "runtime/device/device.h"

namespace raddle::device {

// A kernel as the driver knows it.
struct CudaFunction {
  const char* name;              // its symbol in the image
  int32_t image;                 // of CudaCode::images
  int32_t dynamic_shared_bytes;  // the most that a launch asks for
};

// All device code of the library. Borrowed, static.
struct CudaCode {
  std::span<const void* const> images;  // fat binaries
  std::span<const CudaFunction> functions;
};

// What every GPU has in common, whether it is here or not.
DeviceCaps cuda_defaults(int threads);

// What GPU `index` can do; `threads` as detect_cpu() takes them. UNAVAILABLE: no driver, no such
// device, or one that is too old; the message says which.
StatusOr<DeviceCaps> cuda_caps(int index, int threads);

// The device that the caps are of, with all code loaded. RESOURCE_EXHAUSTED: memory is short.
StatusOr<std::unique_ptr<Device>> open_cuda_device(const DeviceCaps& caps, const CudaCode& code);

}  // namespace raddle::device
