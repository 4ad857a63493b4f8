// SPDX-License-Identifier: Apache-2.0
// The device that a config is planned for: that of the machine, or a GPU that is not here and that
// a file describes (runtime.device_caps).
#pragma once

#include "runtime/config/config.h"
#include "runtime/device/caps.h"
#include "runtime/exec/open_device.h"

namespace raddle::session {

exec::DeviceOptions device_options(const config::Config& config);

// Errors as exec::device_caps(). INVALID_ARGUMENT: the file is not such a description, or the
// device is no GPU.
StatusOr<device::DeviceCaps> planned_caps(const config::Config& config);

// FAILED_PRECONDITION where the config names a GPU that is not here.
StatusOr<std::unique_ptr<device::Device>> open_device(const config::Config& config);

}  // namespace raddle::session
