// SPDX-License-Identifier: Apache-2.0
// What the host processor can do.
#pragma once

#include "runtime/device/caps.h"

namespace raddle::device {

// Reads the processor's name, caches and vector extensions. `threads` <= 0: one per usable core.
DeviceCaps detect_cpu(int threads);

}  // namespace raddle::device
