// SPDX-License-Identifier: Apache-2.0
// What is known of the keys that public config.json files hold beside a model's own shape: the
// leftovers of tools that decide nothing, and the marks of features that Raddle lacks.
#pragma once

#include <span>
#include <string_view>

#include "runtime/models/hf_config_reader.h"

namespace raddle::models {

// A key that has no part in the arithmetic, whatever it holds.
bool is_inert_hf_key(std::string_view key);

// A rate of dropout, which is of training alone.
bool is_dropout_hf_key(std::string_view key);

// Keys that are harmless while they say "off". `why` tells what they would switch on.
std::span<const HfKeyRule> hf_off_rules();

}  // namespace raddle::models
