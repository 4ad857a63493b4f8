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

void note_refusal(std::string_view name, const std::string& why, Selection& selection) {
  selection.refusals.push_back(std::string(name) + ": " + why);
}

bool is_set_aside(std::string_view name, kernels::RunsOn code, const device::DeviceCaps& caps,
                  const std::vector<std::string>& disabled, Selection& selection) {
  if (is_disabled(name, disabled)) {
    note_refusal(name, "disabled by kernels.disable", selection);
    return true;
  }
  return !kernels::runs_on(code, caps.kind);  // of another device: no choice that was refused
}

}  // namespace raddle::plan
