// SPDX-License-Identifier: Apache-2.0
// JSON from text and to text. The parser and the printer of nlohmann-json are templates that cost a
// compiler seconds in each file that calls them; through here it is one file.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle {

// Discarded (is_discarded()) where the text is no JSON, or nests deeper than any file has to.
nlohmann::json json_from(std::string_view text);
nlohmann::ordered_json ordered_json_from(std::string_view text);
// The same for a file that a user names: INVALID_ARGUMENT says what `where` holds instead.
StatusOr<nlohmann::json> read_json(std::string_view text, std::string_view where);

// Bytes that are not UTF-8 become replacement characters. indent < 0: one line.
std::string json_text(const nlohmann::json& value, int indent = -1);
std::string json_text(const nlohmann::ordered_json& value, int indent = -1);
// For a message: one line of at most 80 characters, all ASCII.
std::string json_shown(const nlohmann::json& value);

}  // namespace raddle
