// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/host_device.h"

#include "kernels/cpu/blas.h"
#include "kernels/cpu/instruction_sets.h"
#include "runtime/device/cpu/cpu_caps.h"

namespace raddle::exec {

StatusOr<device::DeviceCaps> host_caps(const HostOptions& options) {
  device::DeviceCaps caps = device::detect_cpu(options.threads);
  RADDLE_RETURN_IF_ERROR(kernels::limit_instruction_sets(caps));
  RADDLE_RETURN_IF_ERROR(kernels::choose_matrix_library(options.matrix_library, caps));
  return caps;
}

StatusOr<HostDevice> HostDevice::create(const HostOptions& options) {
  HostDevice device;
  RADDLE_ASSIGN_OR_RETURN(device.caps, host_caps(options));
  const device::MatrixLibrary library = device.caps.matrix_library;
  RADDLE_RETURN_IF_ERROR(kernels::reserve_blas_buffers(library, device.caps.threads));
  // A worker has the library for matrix products compile its code while the caller still reads
  // data.
  const auto warm_up = [library] { kernels::warm_up_blas(library); };
  RADDLE_ASSIGN_OR_RETURN(device.pool, device::WorkerPool::create(device.caps.threads, warm_up));
  if (device.caps.threads == 1) warm_up();
  return device;
}

}  // namespace raddle::exec
