// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/select.h"

#include <algorithm>

#include "runtime/config/pattern.h"

namespace raddle::plan {

bool is_disabled(std::string_view kernel_name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return config::matches_pattern(pattern, kernel_name);
  });
}

}  // namespace raddle::plan
