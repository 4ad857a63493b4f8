// SPDX-License-Identifier: Apache-2.0
// The host as a device: what it can do, and the worker pool that kernels run on.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/device/caps.h"
#include "runtime/device/cpu/worker_pool.h"

namespace raddle::exec {

struct HostOptions {
  int threads = 0;                           // 0: one per usable core
  std::string_view matrix_library = "auto";  // a value of the option kernels.matrix_library
};

// The processor's capabilities, limited by RADDLE_INSTRUCTION_SET, with the matrix library that
// kernels will call. UNAVAILABLE: the library that is named cannot be opened, never for "auto"; or
// the instruction set is not there.
StatusOr<device::DeviceCaps> host_caps(const HostOptions& options);

struct HostDevice {
  // As host_caps(). RESOURCE_EXHAUSTED: a thread or the library's memory cannot be had.
  static StatusOr<HostDevice> create(const HostOptions& options);
  device::DeviceCaps caps;
  std::unique_ptr<device::WorkerPool> pool;
};

}  // namespace raddle::exec
