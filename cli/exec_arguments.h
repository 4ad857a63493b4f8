// SPDX-License-Identifier: Apache-2.0
// What a new program is given: words and variables in the form of the system.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace raddle::cli {

// NULL at the end; valid as long as the texts are.
std::vector<char*> pointers_to(std::vector<std::string>& texts);

// This process's environment, with some variables replaced or added.
std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace raddle::cli
