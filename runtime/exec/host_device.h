// SPDX-License-Identifier: Apache-2.0
// The host as a device: what it can do, and the worker pool that kernels run on.
#pragma once

#include <memory>

#include "runtime/base/status.h"

#include "runtime/device/caps.h"
#include "runtime/device/cpu/worker_pool.h"

namespace raddle::exec {

// The processor's capabilities with the BLAS that kernels will call. `threads` 0: one per usable
// core.
device::DeviceCaps host_caps(int threads);

struct HostDevice {
  // RESOURCE_EXHAUSTED: a thread or the library's memory cannot be had.
  static StatusOr<HostDevice> create(int threads);
  device::DeviceCaps caps;
  std::unique_ptr<device::WorkerPool> pool;
};

}  // namespace raddle::exec
