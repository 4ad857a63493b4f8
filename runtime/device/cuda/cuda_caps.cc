// SPDX-License-Identifier: Apache-2.0
// What is known of any GPU without a driver.
#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cuda/cuda_device.h"

namespace raddle::device {

DeviceCaps cuda_defaults(int threads) {
  constexpr size_t kAlignment = 256;  // what cuBLASLt assumes of its operands by default
  DeviceCaps caps = detect_cpu(threads);
  caps.kind = Kind::kCuda;
  caps.host_memory = false;
  caps.buffer_alignment = kAlignment;
  return caps;
}

}  // namespace raddle::device
