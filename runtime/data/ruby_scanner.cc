// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/ruby_scanner.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/data/unicode.h"

namespace raddle::data {
namespace {

constexpr int kDeepest = 50;

}  // namespace

Status RubyScanner::refused(std::string_view what) const {
  return unimplemented(
      "split pattern \"{}\": {} at byte {} is not read in a regular expression of Oniguruma's Ruby "
      "syntax, which Hugging Face's library uses; write the pattern without it",
      text, what, at);
}

StatusOr<char32_t> RubyScanner::read_hex(size_t least, size_t most) {
  uint32_t code = 0;
  const char* begin = text.data() + at;
  const char* limit = begin + std::min(most, text.size() - at);
  const auto [end, error] = std::from_chars(begin, limit, code, 16);
  const auto digits = static_cast<size_t>(end - begin);
  if (error != std::errc() || digits < least || code > 0x10FFFF || (code & 0x1FF800) == 0xD800) {
    return refused("this code of a character");
  }
  at += digits;
  return char32_t{code};
}

std::optional<StatusOr<char32_t>> RubyScanner::character_escape() {
  const size_t begin = at;
  const char32_t c = next();
  constexpr std::string_view kNames = "tnrfvae", kCodes = "\t\n\r\f\v\a\x1b";
  if (c < 0x80 && kNames.find(static_cast<char>(c)) != kNames.npos) {
    if (c == 'v') differs = true;
    return char32_t(static_cast<unsigned char>(kCodes[kNames.find(static_cast<char>(c))]));
  }
  if (c == 'u') return read_hex(4, 4);
  if (c == '0') {
    uint32_t code = 0;
    for (int i = 0; i < 2 && !done() && peek() >= '0' && peek() <= '7'; ++i) {
      code = code * 8 + uint32_t(next() - '0');
    }
    return char32_t{code};
  }
  if (c == 'x') {
    const bool braced = !done() && peek() == '{';
    if (braced) ++at;
    auto code = read_hex(1, braced ? 8 : 2);
    if (!code.is_ok()) return code;
    // Without braces it is a byte, of which several may be one character.
    if (!braced && *code >= 0x80) return refused("\\x with a byte of a longer character");
    if (braced && (done() || next() != '}')) return refused("\\x with several characters");
    return code;
  }
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '1' && c <= '9');
  if (!letter) return c;
  at = begin;
  return std::nullopt;
}

std::optional<StatusOr<CharSet>> RubyScanner::class_escape(bool in_class) {
  const size_t begin = at;
  const char32_t c = next();
  if (c == 'p' || c == 'P') return read_property(c == 'P', in_class);
  if (const auto set = class_of_letter(c < 0x80 ? static_cast<char>(c) : '\0', in_class)) {
    // PCRE2's \w has no marks, and its \h is a space.
    if (c == 'w' || c == 'W' || c == 'h' || c == 'H') differs = true;
    return *set;
  }
  at = begin;
  return std::nullopt;
}

// {name} or {^name}
StatusOr<CharSet> RubyScanner::read_property(bool negated, bool in_class) {
  const size_t end = text.find('}', at);
  if (done() || peek() != '{' || end == text.npos) return refused("\\p without {...}");
  std::string_view name = text.substr(at + 1, end - at - 1);
  if (name.starts_with('^')) {
    negated = !negated;
    name.remove_prefix(1);
  }
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' ||
           c == '_' || c == '-';
  });
  if (!plain) return refused("this property of characters");
  at = end + 1;
  const CharSet set = class_of_property(name, in_class);
  // Scripts: without and with their extensions.
  if (set.expression().find("sc:") != std::string::npos) differs = true;
  return negated ? set.negated() : set;
}

// Behind "[": ":name:]" or ":^name:]".
std::optional<CharSet> RubyScanner::read_posix() {
  if (done() || peek() != ':') return std::nullopt;
  const size_t end = text.find(":]", at + 1);
  if (end == text.npos) return std::nullopt;
  std::string_view name = text.substr(at + 1, end - at - 1);
  const bool negated = name.starts_with('^');
  if (negated) name.remove_prefix(1);
  const auto set = class_of_posix(name);
  if (!set) return std::nullopt;
  at = end + 2;
  differs = true;
  return negated ? set->negated() : *set;
}

// Where case does not count, Oniguruma adds to a class all cases of what it has, and letters that
// stand for two. These sets have no such letters.
Status RubyScanner::check_set(std::string_view source) const {
  static constexpr std::array<std::string_view, 8> kClosed = {"\\s",   "\\d",   "\\h",   "\\p{N",
                                                              "\\p{P", "\\p{S", "\\p{Z", "\\p{C"};
  const bool closed = std::any_of(kClosed.begin(), kClosed.end(), [&](std::string_view begin) {
    return source.starts_with(begin) && source.size() < 7;
  });
  if (!flags.any_case || closed) return Status::ok();
  return refused(fmt::format("{} in a class where case does not count (?i)", source));
}

// One member of a class: true with its code for a character, false with a set of several.
StatusOr<bool> RubyScanner::read_member(CharSet& set, char32_t& code) {
  if (done()) return refused("a class that is not closed");
  const size_t begin = at;
  const char32_t c = next();
  if (c == '[') {
    if (const auto posix = read_posix()) {
      RADDLE_RETURN_IF_ERROR(check_set(text.substr(begin, at - begin)));
      set = *posix;
      return false;
    }
    if (!done() && peek() == ':') return refused("a class of this name");
    differs = true;
    if (++depth_ > kDeepest) return refused("a class this deep in others");
    RADDLE_ASSIGN_OR_RETURN(set, read_class());
    --depth_;
    return false;
  }
  if (c != '\\') {
    code = c;
    return true;
  }
  if (done()) return refused("a backslash at the end");
  if (peek() == 'b') {
    ++at;
    code = 8;
    return true;
  }
  if (const auto character = character_escape()) {
    RADDLE_ASSIGN_OR_RETURN(code, *character);
    return true;
  }
  if (const auto several = class_escape(true)) {
    RADDLE_ASSIGN_OR_RETURN(set, *several);
    RADDLE_RETURN_IF_ERROR(check_set(text.substr(begin, at - begin)));
    const bool open = text.substr(at).starts_with('-') && !text.substr(at).starts_with("-]");
    if (open) return refused("a range that begins with a class");
    return false;
  }
  return refused("this escape in a class");
}

// Behind a character: "-b", where it begins a range. A - before the end is itself.
Status RubyScanner::read_range(char32_t from, CharSet& set) {
  char32_t to = from;
  const bool range = text.substr(at).starts_with('-') && at + 1 < text.size() &&
                     !text.substr(at + 1).starts_with(']') &&
                     !text.substr(at + 1).starts_with("&&");
  if (range) {
    ++at;
    CharSet several = CharSet::none();
    RADDLE_ASSIGN_OR_RETURN(const bool one, read_member(several, to));
    if (!one) return refused("a range that ends with a class");
    if (to < from) return refused("a range that ends before it begins");
  }
  if (flags.any_case) {
    RADDLE_RETURN_IF_ERROR(check_folding(0, from));
    RADDLE_RETURN_IF_ERROR(check_folding(0, to));
    if (from < 0x80 && to >= 0x80) return refused("a range that letters of either case are in");
  }
  std::string items = class_item(from);
  if (to != from) items.append("-").append(class_item(to));
  set = set.joined(CharSet::of(std::move(items)));
  return Status::ok();
}

StatusOr<CharSet> RubyScanner::read_class() {
  const bool negated = !done() && peek() == '^';
  if (negated) ++at;
  CharSet set = CharSet::none();
  std::optional<CharSet> common;  // of what stood before &&
  const auto both = [&] { return common ? common->met(set) : set; };
  const size_t first = at;
  while (true) {
    if (done()) return refused("a class that is not closed");
    const std::string_view rest = text.substr(at);
    // A ] that comes first is itself, if another follows.
    if (rest[0] == ']' && (at > first || rest.find(']', 1) == rest.npos)) break;
    if (rest.starts_with("&&")) {
      at += 2;
      differs = true;
      common = both();
      set = CharSet::none();
      continue;
    }
    CharSet several = CharSet::none();
    char32_t code = 0;
    RADDLE_ASSIGN_OR_RETURN(const bool one, read_member(several, code));
    if (one) {
      RADDLE_RETURN_IF_ERROR(read_range(code, set));
    } else {
      set = set.joined(several);
    }
  }
  if (at == first) return refused("a class of nothing");
  ++at;
  const CharSet all = both();
  return negated ? all.negated() : all;
}

Status RubyScanner::check_folding(char32_t before, char32_t letter) const {
  static constexpr std::array<std::string_view, 5> kOne = {"ff", "fi", "fl", "ss", "st"};
  const auto small = [](char32_t c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c < 0x80 ? c : 0);
  };
  const char pair[2] = {small(before), small(letter)};
  if (std::find(kOne.begin(), kOne.end(), std::string_view(pair, 2)) != kOne.end()) {
    return refused("two letters that one letter stands for where case does not count (?i)");
  }
  if (letter >= 0x80 && is_letter_or_mark(letter)) {
    return refused("a letter outside of ASCII where case does not count (?i)");
  }
  return Status::ok();
}

}  // namespace raddle::data
