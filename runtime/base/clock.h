// SPDX-License-Identifier: Apache-2.0
// Monotonic time in nanoseconds. Decisions take `now` as an argument; only those who measure call
// it. The time of day is for people to read, never for a decision.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace raddle {

inline int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string utc_now_text();  // "2026-01-31 23:59:59 UTC"

}  // namespace raddle
