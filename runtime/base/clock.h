// SPDX-License-Identifier: Apache-2.0
// Monotonic time in nanoseconds. Decisions take `now` as an argument; only those who measure call
// it.
#pragma once

#include <chrono>
#include <cstdint>

namespace raddle {

inline int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace raddle
