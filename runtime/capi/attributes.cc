// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/attributes.h"

#include "runtime/capi/text.h"

namespace raddle::capi {

namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Where the first entry of `text` ends.
size_t entry_end(std::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] == ',' && depth <= 0) return i;
  }
  return text.size();
}

}  // namespace

StatusOr<std::vector<TextAttribute>> parse_attributes(const char* text) {
  std::vector<TextAttribute> attributes;
  RADDLE_ASSIGN_OR_RETURN(std::string_view rest,
                          short_text("attributes", text, kAttributesBytesMax));
  while (!trimmed(rest).empty()) {
    const size_t end = entry_end(rest);
    const std::string_view entry = trimmed(rest.substr(0, end));
    rest.remove_prefix(end == rest.size() ? end : end + 1);
    const size_t equals = entry.find('=');
    const std::string_view key = trimmed(entry.substr(0, equals));
    if (equals == std::string_view::npos || key.empty()) {
      return invalid_argument("attribute '{}': expected key=value", entry);
    }
    for (const TextAttribute& other : attributes) {
      if (other.first == key) return invalid_argument("attribute '{}' is given twice", key);
    }
    attributes.emplace_back(key, trimmed(entry.substr(equals + 1)));
  }
  return attributes;
}

}  // namespace raddle::capi
