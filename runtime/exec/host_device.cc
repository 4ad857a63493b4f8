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

}  // namespace raddle::exec
