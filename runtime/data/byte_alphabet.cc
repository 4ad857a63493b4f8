// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/byte_alphabet.h"

namespace raddle::data {
namespace {

constexpr int kOthers = 68;  // bytes without a printable Latin-1 character of their own

bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
}

// Code points used are below U+0800, so two bytes of UTF-8 are enough.
std::string utf8_of(unsigned code) {
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

// The byte of each code point below U+0100 + kOthers, or -1.
const std::array<int, 256 + kOthers>& code_bytes() {
  static const auto table = [] {
    std::array<int, 256 + kOthers> bytes;
    bytes.fill(-1);
    size_t next = 256;
    for (int byte = 0; byte < 256; ++byte) {
      bytes[stands_for_itself(byte) ? static_cast<size_t>(byte) : next++] = byte;
    }
    return bytes;
  }();
  return table;
}

}  // namespace

const std::array<std::string, 256>& byte_alphabet() {
  // Never destroyed: other threads may still be here when the process ends.
  static const auto& alphabet = *new auto([] {
    std::array<std::string, 256> texts;
    const auto& bytes = code_bytes();
    for (size_t code = 0; code < bytes.size(); ++code) {
      if (bytes[code] >= 0) texts[static_cast<size_t>(bytes[code])] = utf8_of(unsigned(code));
    }
    return texts;
  }());
  return alphabet;
}

std::string bytes_to_alphabet(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += byte_alphabet()[static_cast<unsigned char>(byte)];
  return text;
}

std::optional<std::string> alphabet_to_bytes(std::string_view text) {
  std::string bytes;
  for (size_t at = 0; at < text.size();) {
    unsigned code = static_cast<unsigned char>(text[at++]);
    if (code >= 0xC0 && code < 0xE0 && at < text.size()) {
      code = ((code & 0x1F) << 6) | (static_cast<unsigned char>(text[at++]) & 0x3F);
    } else if (code >= 0x80) {
      return std::nullopt;
    }
    if (code >= code_bytes().size() || code_bytes()[code] < 0) return std::nullopt;
    bytes += static_cast<char>(code_bytes()[code]);
  }
  return bytes;
}

}  // namespace raddle::data
