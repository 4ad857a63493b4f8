// SPDX-License-Identifier: Apache-2.0
// Takes one text field out of a JSON value and passes over everything else, however deep it is
// nested. What Python and other tools write beyond the standard is no obstacle: NaN, Infinity and
// numbers that no double holds in fields that nobody asked for; half a surrogate pair, which
// becomes U+FFFD.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace raddle::data {

struct JsonText {
  bool valid = false;     // one whole JSON value
  size_t error_at = 0;    // where it is not
  std::string_view root;  // "object", "array", "string", "number", "boolean" or "null"
  bool empty_object = false;
  std::string_view type;  // of the field; "" if the object has none
  std::string text;       // where type is "string"
  size_t replaced = 0;    // halves of surrogate pairs in `text`
};

// `field` may name a field inside another: "content.text". Of a field that is there twice the last
// is taken, as everywhere.
JsonText read_json_text(std::string_view json, std::string_view field);

// The names of the fields of an object, the first few: "id, title, body, ...".
std::string json_field_names(std::string_view json);

// Where the JSON value that begins at `at` ends, told by brackets and quotes alone; npos when it
// does not end in `text`.
size_t json_value_end(std::string_view text, size_t at);

}  // namespace raddle::data
