// SPDX-License-Identifier: Apache-2.0
// Copying or printing a JSON value recurses, so a file of a million brackets would end the process.
// Readers refuse such a file before they parse it.
#pragma once

#include <string_view>

namespace raddle {

inline constexpr int kDeepestJson = 64;

// Whether brackets outside strings nest deeper than kDeepestJson.
inline bool json_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepestJson) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace raddle
