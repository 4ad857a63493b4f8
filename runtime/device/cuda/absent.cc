// SPDX-License-Identifier: Apache-2.0
// In the place of the CUDA device where the build found no toolkit.
#include "runtime/device/cuda/cuda_device.h"
#include "runtime/device/cuda/cuda_launch.h"

namespace raddle::device {

namespace {
Status absent() {
  return unavailable(
      "this library was built without CUDA; build it where CMake finds the CUDA toolkit 13 "
      "(CUDAToolkit_ROOT), or set runtime.device to cpu");
}
}  // namespace

StatusOr<DeviceCaps> cuda_caps(int, int) { return absent(); }

StatusOr<std::unique_ptr<Device>> open_cuda_device(const DeviceCaps&, const CudaCode&) {
  return absent();
}

Status launch_cuda_function(Stream&, int32_t, const CudaGrid&, const void*) { return absent(); }

}  // namespace raddle::device
