// SPDX-License-Identifier: Apache-2.0
// The table of options.inc as data, and the checks that a value must pass.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/base/status.h"

namespace raddle::config {

enum class OptionType : int32_t {
  kInt,
  kDouble,
  kBool,
  kString,
  kChoice,
  kPath,
  kList,
  kBytes,
  kGroups
};
// Which ranks must agree on a value.
enum class OptionScope : int32_t { kCluster, kProcess };
// What another value means when a run is resumed; options.inc says it of each option.
enum class OptionChange : int32_t { kModel, kRun, kProcess };

struct Option {
  std::string_view key;
  OptionType type;
  std::string_view default_text;
  std::string_view unit;
  OptionChange change;
  std::string_view accepts;
  std::string_view help;

  OptionScope scope() const {
    return change == OptionChange::kProcess ? OptionScope::kProcess : OptionScope::kCluster;
  }
};

std::span<const Option> options();                   // sorted by key
const Option* find_option(std::string_view key);     // null when there is none
std::string_view type_name(OptionType type);         // "integer"
std::string_view scope_name(OptionScope scope);      // "cluster"
std::string_view change_name(OptionChange change);   // "model"
std::string environment_name(std::string_view key);  // "train.steps" -> "RADDLE_TRAIN_STEPS"

// INVALID_ARGUMENT saying that there is no such key, with the nearest one.
Status unknown_key(std::string_view key);

// kInt and kBytes hold int64_t, kDouble double, kBool bool, the others std::string.
using Value = std::variant<int64_t, double, bool, std::string>;

// A person's text from the command line or the environment as the one that parse_value() takes:
// escapes of a string stand for what they mean, and a list's text may be a file's name.
StatusOr<std::string> typed_text(const Option& option, std::string_view text);
// INVALID_ARGUMENT names the key, what it takes and what it got.
StatusOr<Value> parse_value(const Option& option, std::string_view text);
// The text that parses back to the same value: the same for "1e3" and "1000.0".
std::string canonical_text(const Option& option, const Value& value);
// As the right-hand side of a TOML assignment.
std::string toml_text(const Option& option, const Value& value);

}  // namespace raddle::config
