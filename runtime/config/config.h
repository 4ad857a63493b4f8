// SPDX-License-Identifier: Apache-2.0
// Config: one value for every option, and where it came from. Where several sources name an option,
// the one of the highest rank wins whatever the order of the calls: built-in < recipe < environment
// < --set < call. Setting again from the same rank replaces.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/config/options.h"

namespace raddle::config {

enum class OriginRank : int32_t { kDefault, kRecipe, kEnvironment, kSet, kCall };

// The detail of an origin: a run that goes on took the value from its own record.
inline constexpr std::string_view kOfTheRunSoFar = "of the run so far";

struct Origin {
  OriginRank rank = OriginRank::kDefault;
  std::string detail;  // "kjv.toml:12" of a recipe, the variable's name of an environment

  // "default", "recipe kjv.toml:12", "environment X", "--set", "call" or what made the call.
  std::string to_string() const;
};

class Config {
 public:
  Config();  // every option at its default

  // Asking for an option that does not exist, or as another type, is a programmer error.
  int64_t get_int(std::string_view key) const;  // also the bytes of a size; 0: none given
  double get_double(std::string_view key) const;
  bool get_bool(std::string_view key) const;
  const std::string& get_string(std::string_view key) const;  // string, choice, path, list
  std::vector<std::string> get_list(std::string_view key) const;
  std::string get_text(std::string_view key) const;  // any type, in canonical form
  const Origin& origin(std::string_view key) const;

  // INVALID_ARGUMENT: no such key (the nearest is named), or not a value of its type and range. The
  // text is checked even if a source of higher rank already decides. Where a person typed it
  // (environment, --set), escapes of strings and names of files count, see text_forms.h.
  Status set(std::string_view key, std::string_view text, Origin origin = {OriginRank::kCall, ""});

  // A recipe: TOML, where nested tables are dotted keys. NOT_FOUND: no such file. INVALID_ARGUMENT
  // names file, line and column; then nothing of the file has been applied.
  Status load_toml_file(const std::string& path);
  Status load_toml_text(std::string_view text, std::string_view file_name);

  // `environment` holds NAME=VALUE entries; those named RADDLE_... after a key set it. Returns one
  // warning for each other RADDLE_... variable that Raddle does not know.
  StatusOr<std::vector<std::string>> apply_environment(std::span<const char* const> environment);

  // What no single value shows wrong; call before building anything from the config.
  Status validate() const;

  std::string to_toml() const;  // every option, sorted by key; loads back to the same values
  uint64_t hash(OptionScope scope) const;  // of the options of that scope, by canonical text

 private:
  struct Entry {
    Value value;
    Origin origin;
  };
  const Entry& entry(std::string_view key) const;
  template <class T>
  const T& typed(std::string_view key) const;

  std::vector<Entry> entries_;  // in the order of options()
};

// The entries of this process's environment, for apply_environment().
std::span<const char* const> process_environment();

}  // namespace raddle::config
