// SPDX-License-Identifier: Apache-2.0
// Config: the options of a run, by dotted key.
#pragma once

#include <raddle/config.h>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "raddle/cpp/calls/config.hpp"
#include "raddle/cpp/context.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// Where several sources set an option, the highest wins, whatever the order of the calls: default <
// recipe < environment < command line < set().
class Config : public detail::Object<raddle_config_t, raddle_config_destroy>,
               public ConfigMakers<Config>,
               public ConfigCalls<Config> {
 public:
  using Object::Object;

  // Sets an option to a number, a bool or a path. A text is given as in a recipe, without quotes:
  // "1e-3", "llama", "a.txt,b.txt", "2GiB".
  using ConfigCalls::set;
  template <typename Value>
  auto set(std::string_view key, const Value& value) -> std::enable_if_t<
      std::is_arithmetic_v<Value> || std::is_same_v<Value, std::filesystem::path>, Status> {
    if constexpr (std::is_same_v<Value, bool>) {
      return set(key, std::string_view(value ? "true" : "false"));
    } else if constexpr (std::is_arithmetic_v<Value>) {
      char text[64];  // room for any number, at its shortest and without the locale's comma
      const std::to_chars_result end = std::to_chars(text, text + sizeof(text), value);
      return set(key, std::string_view(text, static_cast<std::size_t>(end.ptr - text)));
    } else {
      return set(key, std::string_view(value.native()));
    }
  }
};

namespace detail {
// All rows of a table of the library's.
template <typename Row>
Result<std::vector<Row>> table(std::int64_t count, Result<Row> (*row)(std::int64_t index)) {
  std::vector<Row> rows;
  for (std::int64_t i = 0; i < count; ++i) {
    Result<Row> one = row(i);
    if (!one.ok()) return one.status();
    rows.push_back(*std::move(one));
  }
  return rows;
}
}  // namespace detail

// All options, in order of key. Any thread.
inline Result<std::vector<OptionInfo>> options() {
  return detail::table<OptionInfo>(option_count(), option_info);
}

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
