// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

namespace raddle::data {
namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// The first character, and its bytes; 0 bytes when there is no valid one.
struct Character {
  int32_t code = -1;
  size_t bytes = 0;
};
Character first_of(std::string_view text) {
  Character first;
  const auto* p = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto bytes = utf8proc_iterate(p, static_cast<utf8proc_ssize_t>(text.size()), &first.code);
  first.bytes = bytes > 0 ? static_cast<size_t>(bytes) : 0;
  return first;
}
Character last_of(std::string_view text) {
  for (size_t bytes = 1; bytes <= std::min<size_t>(4, text.size()); ++bytes) {
    const Character last = first_of(text.substr(text.size() - bytes));
    if (last.bytes == bytes) return last;
  }
  return {};
}

bool is_word(const Character& character) {
  if (character.bytes == 0) return false;
  switch (utf8proc_category(character.code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      return false;
  }
}

bool is_space(const Character& character) {
  const int32_t c = character.code;
  if (character.bytes == 0) return false;
  return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

utf8proc_option_t options_of(NormalForm form) {
  int options = UTF8PROC_STABLE;
  const bool composed = form == NormalForm::kNfc || form == NormalForm::kNfkc;
  options |= composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
  if (form == NormalForm::kNfkc || form == NormalForm::kNfkd) options |= UTF8PROC_COMPAT;
  return static_cast<utf8proc_option_t>(options);
}

Status append_normalized(std::string_view text, NormalForm form, std::string& out) {
  utf8proc_uint8_t* result = nullptr;
  const auto bytes =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &result, options_of(form));
  if (bytes == UTF8PROC_ERROR_NOMEM) {
    return resource_exhausted("no memory to normalize {} bytes of text", text.size());
  }
  if (bytes < 0) {  // not valid UTF-8: stays as it is
    out += text;
    return Status::ok();
  }
  out.append(reinterpret_cast<const char*>(result), static_cast<size_t>(bytes));
  std::free(result);
  return Status::ok();
}

}  // namespace

StatusOr<std::string> normalized(std::string_view text, NormalForm form) {
  if (form == NormalForm::kNone) return std::string(text);
  // ASCII stays, but for a letter before a mark that it may be composed with.
  std::string out;
  out.reserve(text.size());
  size_t at = 0;
  while (at < text.size()) {
    const auto other =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_ascii);
    const auto end = static_cast<size_t>(std::find_if(other, text.end(), is_ascii) - text.begin());
    size_t begin = static_cast<size_t>(other - text.begin());
    if (begin > at && begin < text.size()) --begin;
    out += text.substr(at, begin - at);
    if (begin < text.size()) {
      RADDLE_RETURN_IF_ERROR(append_normalized(text.substr(begin, end - begin), form, out));
    }
    at = end;
  }
  return out;
}

bool is_character(int32_t code) {
  switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
      return false;
    default:
      return true;
  }
}

bool is_letter_or_mark(char32_t code) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return true;
    default:
      return false;
  }
}

bool ends_with_word(std::string_view text) { return is_word(last_of(text)); }
bool starts_with_word(std::string_view text) { return is_word(first_of(text)); }

size_t spaces_at_end(std::string_view text) {
  size_t bytes = 0;
  for (Character last = last_of(text); is_space(last); last = last_of(text)) {
    bytes += last.bytes;
    text.remove_suffix(last.bytes);
  }
  return bytes;
}

size_t spaces_at_start(std::string_view text) {
  size_t bytes = 0;
  for (Character first = first_of(text); is_space(first); first = first_of(text.substr(bytes))) {
    bytes += first.bytes;
  }
  return bytes;
}

}  // namespace raddle::data
