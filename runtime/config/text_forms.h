// SPDX-License-Identifier: Apache-2.0
// Texts that stand for more than their letters: lists of names, and strings with escapes.
//
// A list is names parted by commas, "a.txt, b.txt". One that such a text cannot hold, because it
// has a comma or a space at an end, makes the list an array as TOML writes it: ["b,c.txt",
// "d.txt"].
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::config {

// INVALID_ARGUMENT: begins like an array and is none.
StatusOr<std::vector<std::string>> parse_list(std::string_view text);
// The plain form if it can hold the names, else the array; parse_list() reads both.
std::string list_text(std::span<const std::string> names);
std::string list_toml(std::span<const std::string> names);  // the array, always

// What a person typed for a list in one line: as parse_list(), but a text that holds a comma and is
// the name of a file is that file. INVALID_ARGUMENT where the names in it are files, too.
StatusOr<std::vector<std::string>> parse_typed_list(std::string_view text);

// \n, \t, \" and what else TOML allows after a backslash become what they stand for.
StatusOr<std::string> decode_escapes(std::string_view text);

// As TOML writes a string, with its quotes.
std::string toml_quoted(std::string_view text);
// A number as TOML reads it back, with a point or an exponent so that it stays one.
std::string number_text(double value);

}  // namespace raddle::config
