// SPDX-License-Identifier: Apache-2.0
// Devices by name: what each can do, and opening one.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/device/device.h"

namespace raddle::exec {

struct DeviceOptions {
  int threads = 0;                           // of the host; 0: one per usable core
  std::string_view matrix_library = "auto";  // a value of the option kernels.matrix_library
  std::string_view name = "auto";            // a value of the option runtime.device
};

// What the device can do, without opening it. The CPU's are limited by RADDLE_INSTRUCTION_SET and
// name the matrix library that kernels will call. UNAVAILABLE: the library that is named cannot be
// opened, never for "auto"; the instruction set is not there; or the GPU is not, or cannot be used.
StatusOr<device::DeviceCaps> device_caps(const DeviceOptions& options);

// Errors as device_caps(). RESOURCE_EXHAUSTED: a thread or the library's memory cannot be had.
StatusOr<std::unique_ptr<device::Device>> open_device(const DeviceOptions& options);

}  // namespace raddle::exec
