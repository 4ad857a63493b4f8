// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/ruby_class.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cctype>
#include <map>
#include <utility>

namespace raddle::data {
namespace {

// PCRE2's own \s also takes U+180E, which the Unicode space property left out in version 6.3.
constexpr const char* kSpace =
    R"(\x09-\x0d\x20\x85\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr const char* kNoSpace =
    R"(\x00-\x08\x0e-\x1f\x21-\x84\x86-\x9f\xa1-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027})"
    R"(\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff})";
constexpr const char* kHex = "0-9A-Fa-f";
constexpr const char* kNoHex = R"(\x00-\x2f\x3a-\x40\x47-\x60\x67-\x{10ffff})";
// Letters and numbers by Unicode's property Alphabetic, marks, decimal digits and connectors.
// Oniguruma's table of Latin-1 counts superscripts and fractions in, but not for [[:word:]].
constexpr const char* kWord =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169})"
    R"(\x{1f170}-\x{1f189})";
constexpr const char* kWordLatin = R"(\xb2\xb3\xb9\xbc-\xbe)";

// Names without spaces, hyphens and underscores, in small letters.
const std::map<std::string, const char*>& category_names() {
  static const std::map<std::string, const char*> kNames = {{"other", "C"},
                                                            {"control", "Cc"},
                                                            {"format", "Cf"},
                                                            {"unassigned", "Cn"},
                                                            {"privateuse", "Co"},
                                                            {"surrogate", "Cs"},
                                                            {"letter", "L"},
                                                            {"lc", "L&"},
                                                            {"casedletter", "L&"},
                                                            {"lowercaseletter", "Ll"},
                                                            {"modifierletter", "Lm"},
                                                            {"otherletter", "Lo"},
                                                            {"titlecaseletter", "Lt"},
                                                            {"uppercaseletter", "Lu"},
                                                            {"mark", "M"},
                                                            {"combiningmark", "M"},
                                                            {"spacingmark", "Mc"},
                                                            {"enclosingmark", "Me"},
                                                            {"nonspacingmark", "Mn"},
                                                            {"number", "N"},
                                                            {"decimalnumber", "Nd"},
                                                            {"letternumber", "Nl"},
                                                            {"othernumber", "No"},
                                                            {"punctuation", "P"},
                                                            {"punct", "P"},
                                                            {"connectorpunctuation", "Pc"},
                                                            {"dashpunctuation", "Pd"},
                                                            {"closepunctuation", "Pe"},
                                                            {"finalpunctuation", "Pf"},
                                                            {"initialpunctuation", "Pi"},
                                                            {"otherpunctuation", "Po"},
                                                            {"openpunctuation", "Ps"},
                                                            {"symbol", "S"},
                                                            {"currencysymbol", "Sc"},
                                                            {"modifiersymbol", "Sk"},
                                                            {"mathsymbol", "Sm"},
                                                            {"othersymbol", "So"},
                                                            {"separator", "Z"},
                                                            {"lineseparator", "Zl"},
                                                            {"paragraphseparator", "Zp"},
                                                            {"spaceseparator", "Zs"}};
  return kNames;
}

bool compiles(const std::string& pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                   PCRE2_UTF | PCRE2_UCP, &error, &offset, nullptr);
  pcre2_code_free(code);
  return code != nullptr;
}

// "c" or "cc": the letter, large, and another, small.
std::optional<std::string> short_category(const std::string& name) {
  if (name.empty() || name.size() > 2 || name == "lc") return std::nullopt;
  std::string category = name;
  category[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  static constexpr std::string_view kFirst = "CLMNPSZ";
  static constexpr std::string_view kSecond[] = {"cfnos",   "lmotu", "cen", "dlo",
                                                 "cdefios", "ckmo",  "lps"};
  const size_t kind = kFirst.find(category[0]);
  if (kind == kFirst.npos) return std::nullopt;
  const bool known = category.size() == 1 || kSecond[kind].find(category[1]) != kFirst.npos;
  return known ? std::optional(category) : std::nullopt;
}

}  // namespace

CharSet CharSet::negated() const {
  if (!whole_) return CharSet(text_, !outside_, false);
  return CharSet("(?:(?!" + text_ + ")(?s:.))", false, true);
}

CharSet CharSet::joined(const CharSet& other) const {
  if (!whole_ && !outside_ && text_.empty()) return other;
  if (!other.whole_ && !other.outside_ && other.text_.empty()) return *this;
  const bool flat = !whole_ && !other.whole_ && !outside_ && !other.outside_;
  if (flat) return CharSet(text_ + other.text_, false, false);
  return CharSet("(?:" + expression() + "|" + other.expression() + ")", false, true);
}

CharSet CharSet::met(const CharSet& other) const {
  const bool both_outside = !whole_ && !other.whole_ && outside_ && other.outside_;
  if (both_outside) return CharSet(text_ + other.text_, true, false);
  if (!other.whole_ && other.outside_) {
    return CharSet("(?:(?!" + other.negated().expression() + ")" + expression() + ")", false, true);
  }
  return CharSet("(?:(?=" + other.expression() + ")" + expression() + ")", false, true);
}

std::string CharSet::expression() const {
  if (whole_) return text_;
  if (text_.empty()) return outside_ ? "(?s:.)" : "(?!)";
  const bool alone = text_.size() > 4 && (text_.starts_with("\\p{") || text_.starts_with("\\P{")) &&
                     text_.find('}') + 1 == text_.size();
  if (alone && !outside_) return text_;
  return (outside_ ? "[^" : "[") + text_ + "]";
}

std::string class_item(char32_t code) { return fmt::format("\\x{{{:x}}}", uint32_t{code}); }

std::optional<CharSet> class_of_letter(char letter, bool in_class) {
  const std::string word = std::string(kWord) + (in_class ? "" : kWordLatin);
  switch (letter) {
    case 'w':
      return CharSet::of(word);
    case 'W':
      return CharSet::of(word).negated();
    case 'd':
      return CharSet::of("\\p{Nd}");
    case 'D':
      return CharSet::of("\\P{Nd}");
    case 's':
      return CharSet::of(kSpace);
    case 'S':
      return CharSet::of(kNoSpace);
    case 'h':
      return CharSet::of(kHex);
    case 'H':
      return CharSet::of(kNoHex);
    default:
      return std::nullopt;
  }
}

std::optional<CharSet> class_of_posix(std::string_view name) {
  static const std::map<std::string_view, const char*> kItems = {
      {"alnum", "\\p{Alphabetic}\\p{Nd}"},
      {"alpha", "\\p{Alphabetic}"},
      {"ascii", "\\x00-\\x7f"},
      {"blank", "\\x09\\p{Zs}"},
      {"cntrl", "\\p{Cc}"},
      {"digit", "\\p{Nd}"},
      {"lower", "\\p{Lowercase}"},
      {"punct", "\\p{P}\\p{S}"},
      {"space", kSpace},
      {"upper", "\\p{Uppercase}"},
      {"word", kWord},
      {"xdigit", kHex}};
  if (const auto items = kItems.find(name); items != kItems.end()) {
    return CharSet::of(items->second);
  }
  if (name == "graph") {
    return CharSet::of(std::string("\\p{Cc}\\p{Cn}\\p{Cs}") + kSpace).negated();
  }
  if (name == "print") return CharSet::of("\\p{Cc}\\p{Cn}\\p{Cs}\\p{Zl}\\p{Zp}").negated();
  return std::nullopt;
}

CharSet class_of_property(std::string_view name, bool in_class) {
  std::string plain;
  for (const char c : name) {
    if (c == ' ' || c == '-' || c == '_') continue;
    plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (const auto category = short_category(plain)) return CharSet::of("\\p{" + *category + "}");
  const auto category = category_names().find(plain);
  if (category != category_names().end()) {
    return CharSet::of(fmt::format("\\p{{{}}}", category->second));
  }
  if (plain == "any") return CharSet::none().negated();
  if (plain == "assigned") return CharSet::of("\\P{Cn}");
  if (plain == "word") return *class_of_letter('w', in_class);
  if (const auto set = class_of_posix(plain)) return *set;
  // A bare script is one that PCRE2 takes with its extensions, where it knows of them.
  const std::string script = fmt::format("\\p{{sc:{}}}", name);
  // Xan and its like are PCRE2's own.
  const bool own = plain.size() == 3 && plain[0] == 'x';
  return CharSet::of(own || compiles(script) ? script : fmt::format("\\p{{{}}}", name));
}

char32_t next_code(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  const int more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  char32_t code = more == 0 ? first : first & (0x3Fu >> more);
  for (int i = 0; i < more && at < text.size(); ++i) code = code << 6 | (byte(at++) & 0x3Fu);
  return code;
}

}  // namespace raddle::data
