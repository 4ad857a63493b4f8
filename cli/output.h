// SPDX-License-Identifier: Apache-2.0
// stdout: results. A write that fails is remembered and never thrown, so that a run whose reader
// went away still saves its state; main() makes an exit code of it.
#pragma once

#include <fmt/core.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace raddle::cli {

// False if this or an earlier part of the output is lost.
bool write_output(std::string_view text);
bool flush_output();
// Writes out what is left. Why a part of the output is lost, or "".
std::string close_output();

template <class... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  write_output(fmt::format(format, std::forward<Args>(args)...));
}

// One line that is JSON whatever it holds: numbers that are not finite are null, bytes that are not
// UTF-8 become replacement characters.
std::string json_line(const nlohmann::ordered_json& json);
// For people: a text without its quotes.
std::string plain_text(const nlohmann::ordered_json& value);
// Discarded (is_discarded()) where it is no JSON.
nlohmann::ordered_json parse_json(std::string_view text);

// Without this the first file that a program with a closed stdout opens would get the results.
// Writing to a descriptor that was closed still fails.
void keep_standard_descriptors();

}  // namespace raddle::cli
