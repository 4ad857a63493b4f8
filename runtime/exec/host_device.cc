// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/host_device.h"

#include "kernels/cpu/blas.h"
#include "runtime/device/cpu/cpu_caps.h"

namespace raddle::exec {

device::DeviceCaps host_caps(int threads) {
  device::DeviceCaps caps = device::detect_cpu(threads);
  kernels::describe_blas(caps);
  return caps;
}

StatusOr<HostDevice> HostDevice::create(int threads) {
  HostDevice device{host_caps(threads), nullptr};
  RADDLE_RETURN_IF_ERROR(kernels::reserve_blas_buffers(device.caps.threads));
  // A worker has the library for matrix products compile its code while the caller still reads
  // data.
  RADDLE_ASSIGN_OR_RETURN(device.pool,
                          device::WorkerPool::create(device.caps.threads, &kernels::warm_up_blas));
  if (device.caps.threads == 1) kernels::warm_up_blas(1);
  return device;
}

}  // namespace raddle::exec
