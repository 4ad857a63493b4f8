// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/select.h"

namespace raddle::plan {

bool is_disabled(std::string_view kernel_name, const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    const size_t star = pattern.find('*');
    if (star == std::string::npos) {
      if (pattern == kernel_name) return true;
      continue;
    }
    const std::string_view head = std::string_view(pattern).substr(0, star);
    const std::string_view tail = std::string_view(pattern).substr(star + 1);
    if (kernel_name.size() >= head.size() + tail.size() && kernel_name.starts_with(head) &&
        kernel_name.ends_with(tail)) {
      return true;
    }
  }
  return false;
}

}  // namespace raddle::plan
