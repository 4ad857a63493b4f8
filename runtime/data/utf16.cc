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

// The bytes of kana are ASCII too, but a digit 0 beside nearly every letter is in no text of ASCII.
bool has_kana(std::string_view head, bool little) {
  size_t kana = 0;
  for (size_t i = 0; i + 1 < head.size(); i += 2) {
    const char high = head[i + (little ? 1 : 0)];
    const auto low = static_cast<unsigned char>(head[i + (little ? 0 : 1)]);
    kana += high == 0x30 && low > 0x40;
  }
  return kana > head.size() / 2 / 8;
}

bool is_utf32(std::string_view head, bool little) {
  const size_t units = std::min(head.size() / 4, kMostUnits);
  for (size_t i = 0; i < units; ++i) {
    uint32_t code = 0;
    for (size_t k = 0; k < 4; ++k) {
      code = code << 8 | static_cast<unsigned char>(head[4 * i + (little ? 3 - k : k)]);
    }
    if (code > 0x10FFFF || !is_of_text(static_cast<int32_t>(code))) return false;
  }
  return units >= kLeastUnits;
}

}  // namespace

std::string_view utf32_kind(std::string_view head) {
  if (is_utf32(head, true)) return "UTF-32LE";
  return is_utf32(head, false) ? "UTF-32BE" : "";
}

std::string_view utf16_kind(std::string_view head) {
  // Pairs of ASCII are Chinese in UTF-16; of Chinese in UTF-16 about three bytes of five are ASCII.
  const auto ascii =
      std::count_if(head.begin(), head.end(), [](char c) { return c >= ' ' && c <= '~'; });
  const bool as_ascii = static_cast<size_t>(ascii) > head.size() / 5 * 4;
  for (const bool little : {true, false}) {
    if (as_ascii && !has_kana(head, little)) continue;
    if (is_text(head, little)) return little ? "UTF-16LE" : "UTF-16BE";
  }
  return "";
}

}  // namespace raddle::data
