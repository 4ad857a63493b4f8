// SPDX-License-Identifier: Apache-2.0
// Single values in TOML's notation, for texts outside a recipe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::config {

// ["a", "b,c"]. INVALID_ARGUMENT: no array of strings.
StatusOr<std::vector<std::string>> parse_toml_strings(std::string_view array);

}  // namespace raddle::config
