// SPDX-License-Identifier: Apache-2.0
// Patterns of names, as kernels.disable and optimizer.group take them.
#pragma once

#include <string_view>

namespace raddle::config {

// Whether `name` is of the pattern: each * stands for any characters, none included.
bool matches_pattern(std::string_view pattern, std::string_view name);

}  // namespace raddle::config
