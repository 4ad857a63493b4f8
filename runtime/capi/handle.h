// SPDX-License-Identifier: Apache-2.0
// What the opaque handles of the ABI hold. A handle is a C++ object and what it lends to callers.
#pragma once

#include <map>
#include <string>

#include "raddle/raddle.h"
#include "runtime/config/config.h"

struct raddle_context {
  raddle_context_options_t options;
};

struct raddle_config {
  raddle::config::Config config;
  // Texts lent by raddle_config_get() and _get_origin(), by key.
  mutable std::map<std::string, std::string, std::less<>> values, origins;
};
