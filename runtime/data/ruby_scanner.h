// SPDX-License-Identifier: Apache-2.0
// Reads a pattern of Oniguruma's Ruby syntax: its characters, escapes and classes. Internal to
// ruby_pattern.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/data/ruby_class.h"

namespace raddle::data {

struct RubyFlags {
  bool any_case = false;  // (?i)
  bool dot_all = false;   // (?m)
  bool extended = false;  // (?x)
};

struct RubyScanner {
  explicit RubyScanner(std::string_view pattern) : text(pattern) {}

  std::string_view text;  // valid UTF-8
  size_t at = 0;
  RubyFlags flags = {};
  bool differs = false;  // as in RubyPattern

  bool done() const { return at >= text.size(); }
  char32_t next() { return next_code(text, at); }
  char32_t peek() const {
    size_t here = at;
    return next_code(text, here);
  }
  // UNIMPLEMENTED, with the place where the scanner stands.
  Status refused(std::string_view what) const;

  // Behind a backslash: a character by its code or its name, a class by its name. Nothing, and
  // nothing is read, where it is neither.
  std::optional<StatusOr<char32_t>> character_escape();
  std::optional<StatusOr<CharSet>> class_escape(bool in_class);
  // Behind the [ of a class, which may hold others and what they have in common.
  StatusOr<CharSet> read_class();
  // Whether a letter means itself in both cases and nothing more where case does not count. In
  // Oniguruma "ss" is then also one letter.
  Status check_folding(char32_t before, char32_t letter) const;

 private:
  StatusOr<char32_t> read_hex(size_t least, size_t most);
  StatusOr<CharSet> read_property(bool negated, bool in_class);
  std::optional<CharSet> read_posix();
  Status check_set(std::string_view source) const;
  StatusOr<bool> read_member(CharSet& set, char32_t& code);
  Status read_range(char32_t from, CharSet& set);

  int depth_ = 0;  // of classes in classes
};

}  // namespace raddle::data
