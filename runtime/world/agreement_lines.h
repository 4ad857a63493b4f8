// SPDX-License-Identifier: Apache-2.0
// What all ranks of a world must have in common, of the config and of the build.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/config.h"

namespace raddle::world {

// A line for each option that decides what is computed, and one for each of `build`, "key: value"
// lines. `config` may be null.
std::vector<std::string> agreement_lines(const config::Config* config, std::string_view build);

}  // namespace raddle::world
