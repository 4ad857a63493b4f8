// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/utf8.h"

#include <cstdint>
#include <cstring>

namespace raddle::data {
namespace {

bool in_range(unsigned char byte, unsigned low, unsigned high) {
  return byte >= low && byte <= high;
}

// Bytes of the character at `p` (of which `left` bytes are there), or 0 when it is not valid.
size_t character_bytes(const unsigned char* p, size_t left) {
  const unsigned char b = p[0];
  if (b < 0x80) return 1;
  if (in_range(b, 0xC2, 0xDF)) return left >= 2 && in_range(p[1], 0x80, 0xBF) ? 2 : 0;
  if (in_range(b, 0xE0, 0xEF)) {
    const unsigned low = b == 0xE0 ? 0xA0 : 0x80, high = b == 0xED ? 0x9F : 0xBF;
    return left >= 3 && in_range(p[1], low, high) && in_range(p[2], 0x80, 0xBF) ? 3 : 0;
  }
  if (in_range(b, 0xF0, 0xF4)) {
    const unsigned low = b == 0xF0 ? 0x90 : 0x80, high = b == 0xF4 ? 0x8F : 0xBF;
    const bool valid = left >= 4 && in_range(p[1], low, high) && in_range(p[2], 0x80, 0xBF) &&
                       in_range(p[3], 0x80, 0xBF);
    return valid ? 4 : 0;
  }
  return 0;
}

}  // namespace

size_t utf8_valid_prefix(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t at = 0;
  while (at < text.size()) {
    // Eight ASCII bytes at a time: most text is ASCII.
    if (text.size() - at >= 8) {
      uint64_t word;
      std::memcpy(&word, bytes + at, 8);
      if ((word & 0x8080808080808080u) == 0) {
        at += 8;
        continue;
      }
    }
    const size_t length = character_bytes(bytes + at, text.size() - at);
    if (length == 0) return at;
    at += length;
  }
  return at;
}

size_t utf8_invalid_prefix(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t at = 1;
  while (at < text.size() && character_bytes(bytes + at, text.size() - at) == 0) ++at;
  return at < text.size() ? at : text.size();
}

}  // namespace raddle::data
