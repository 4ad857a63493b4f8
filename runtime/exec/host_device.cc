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

// A worker has the library for matrix products compile its code while the caller still reads data.
HostDevice::HostDevice(int threads)
    : caps(host_caps(threads)),
      pool(std::make_unique<device::WorkerPool>(caps.threads, &kernels::warm_up_blas)) {
  if (caps.threads == 1) kernels::warm_up_blas(1);
}

}  // namespace raddle::exec
