// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/select.h"

namespace raddle::plan {

bool is_disabled(std::string_view kernel_name, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (pattern == kernel_name) return true;
    if (pattern.size() < 2 || pattern.front() != '-') continue;
    const std::string_view ending = std::string_view(pattern).substr(1);
    const size_t colon = kernel_name.find(':');
    if (colon != std::string_view::npos && kernel_name.substr(colon + 1) == ending) return true;
  }
  return false;
}

}  // namespace raddle::plan
