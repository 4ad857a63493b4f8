// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/open_device.h"

#include "kernels/cpu/machine/instruction_sets.h"
#include "kernels/cpu/matrix/blas.h"
#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cpu/cpu_device.h"
#include "runtime/device/guarded/guarded_device.h"

namespace raddle::exec {

StatusOr<device::DeviceCaps> device_caps(const DeviceOptions& options) {
  if (options.name == "guarded") return device::guarded_caps(options.threads);
  device::DeviceCaps caps = device::detect_cpu(options.threads);
  RADDLE_RETURN_IF_ERROR(kernels::limit_instruction_sets(caps));
  RADDLE_RETURN_IF_ERROR(kernels::choose_matrix_library(options.matrix_library, caps));
  return caps;
}

StatusOr<std::unique_ptr<device::Device>> open_device(const DeviceOptions& options) {
  RADDLE_ASSIGN_OR_RETURN(const device::DeviceCaps caps, device_caps(options));
  if (caps.kind == device::Kind::kGuarded) {
    RADDLE_ASSIGN_OR_RETURN(auto device, device::GuardedDevice::create(caps, {}));
    return std::unique_ptr<device::Device>(std::move(device));
  }
  const device::MatrixLibrary library = caps.matrix_library;
  RADDLE_RETURN_IF_ERROR(kernels::reserve_blas_buffers(library, caps.threads));
  // A worker has the library for matrix products compile its code while the caller still reads
  // data.
  const auto warm_up = [library] { kernels::warm_up_blas(library); };
  RADDLE_ASSIGN_OR_RETURN(auto device, device::CpuDevice::create(caps, warm_up));
  if (caps.threads == 1) warm_up();
  return std::unique_ptr<device::Device>(std::move(device));
}

}  // namespace raddle::exec
