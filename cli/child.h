// SPDX-License-Identifier: Apache-2.0
// Runs this program again in a process of its own and returns what it printed.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace raddle::cli {

struct ChildResult {
  int exit_code = 0;  // 128 + n for signal n
  std::string output;
};

// `environment` replaces or adds variables. stderr is inherited. Failure if it cannot be started.
ChildResult run_self(const std::vector<std::string>& arguments,
                     const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace raddle::cli
