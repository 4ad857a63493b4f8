// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/clock.h"

#include <array>
#include <ctime>

namespace raddle {

std::string utc_now_text() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts = {};
  std::array<char, 64> text = {};
  if (gmtime_r(&now, &parts) == nullptr) return "an unknown time";
  const size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return std::string(text.data(), length);
}

}  // namespace raddle
