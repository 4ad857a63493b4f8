// SPDX-License-Identifier: Apache-2.0
#include "cli/units.h"

#include <fmt/core.h>

#include <cmath>

namespace raddle::cli {

std::string human_count(double count) {
  static constexpr const char* kSuffixes[] = {"", "k", "M", "G", "T", "P"};
  size_t scale = 0;
  while (std::abs(count) >= 999.5 && scale + 1 < std::size(kSuffixes)) {
    count /= 1000;
    ++scale;
  }
  const int decimals = scale == 0 ? 0 : count < 9.995 ? 2 : count < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}{}", count, decimals, kSuffixes[scale]);
}

std::string human_bytes(int64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 2, kUnits[unit]);
}

std::string human_seconds(double seconds) {
  const auto whole = static_cast<int64_t>(std::llround(seconds < 0 ? 0 : seconds));
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

std::string table_row(const char* name, int64_t bytes) {
  return fmt::format("{:<14} {:>16} bytes {:>12}\n", name, bytes, human_bytes(bytes));
}

}  // namespace raddle::cli
