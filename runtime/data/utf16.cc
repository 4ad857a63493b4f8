// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/utf16.h"

#include <algorithm>
#include <cstdint>

#include "runtime/data/unicode.h"

namespace raddle::data {
namespace {

constexpr size_t kLeastUnits = 8, kMostUnits = 4096;

// A text holds no codes that numbers of a binary file fall on.
bool is_of_text(int32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || code == '\f' || is_character(code);
}

bool is_text(std::string_view head, bool little) {
  const size_t units = std::min(head.size() / 2, kMostUnits);
  const auto unit = [&](size_t i) {
    const auto first = static_cast<unsigned char>(head[2 * i]),
               second = static_cast<unsigned char>(head[2 * i + 1]);
    return little ? first | second << 8 : first << 8 | second;
  };
  for (size_t i = 0; i < units; ++i) {
    int32_t code = unit(i);
    if (code >= 0xD800 && code < 0xDC00) {
      if (i + 1 == units) break;  // cut inside a pair
      const int32_t low = unit(++i);
      if (low < 0xDC00 || low >= 0xE000) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    if (!is_of_text(code)) return false;
  }
  return units >= kLeastUnits;
}

}  // namespace

std::string_view utf16_kind(std::string_view head) {
  // Pairs of ASCII are Chinese in UTF-16; of Chinese in UTF-16 about three bytes of five are ASCII.
  const auto ascii =
      std::count_if(head.begin(), head.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (static_cast<size_t>(ascii) > head.size() / 5 * 4) return "";
  if (is_text(head, true)) return "UTF-16LE";
  return is_text(head, false) ? "UTF-16BE" : "";
}

}  // namespace raddle::data
