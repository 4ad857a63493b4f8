// SPDX-License-Identifier: Apache-2.0
// Sets of characters as Oniguruma's Ruby syntax names them, written for PCRE2. What a name means
// was read off Hugging Face's library, code point by code point. Internal to ruby_pattern.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::data {

// One character of a set: what stands between the brackets of a PCRE2 class, or, where no one class
// says it, an expression that matches one character.
class CharSet {
 public:
  static CharSet of(std::string items) { return CharSet(std::move(items), false, false); }
  static CharSet none() { return of({}); }

  CharSet negated() const;
  CharSet joined(const CharSet& other) const;
  CharSet met(const CharSet& other) const;  // with the other
  std::string expression() const;

 private:
  CharSet(std::string text, bool outside, bool whole)
      : text_(std::move(text)), outside_(outside), whole_(whole) {}
  std::string text_;
  bool outside_;  // the class is [^...]
  bool whole_;    // an expression, not what stands in a class
};

// A character as a class of PCRE2 spells it, and outside of one.
std::string class_item(char32_t code);

// \w, \d, \s, \h by their letter; of a capital letter the others. Nothing for another letter. In
// a class with others \w is without the superscripts and fractions that it has alone.
std::optional<CharSet> class_of_letter(char letter, bool in_class);
// [[:name:]]; nothing for a name that is none.
std::optional<CharSet> class_of_posix(std::string_view name);
// \p{name}: a general category, a class as above, a script or a property. Whether PCRE2 knows the
// last two is seen when it compiles.
CharSet class_of_property(std::string_view name, bool in_class);

// The character at `at` of valid UTF-8, of which `at` is moved past.
char32_t next_code(std::string_view text, size_t& at);

}  // namespace raddle::data
