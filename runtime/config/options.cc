// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include "runtime/config/nearest.h"
#include "runtime/config/parameter_groups.h"
#include "runtime/config/text_forms.h"

namespace raddle::config {

namespace {

constexpr auto kOptions = std::to_array<Option>({
#define RADDLE_OPTION(key, type, default_text, unit, change, accepts, help) \
  {key, OptionType::k##type, default_text, unit, OptionChange::k##change, accepts, help},
#include "runtime/config/options.inc"
#undef RADDLE_OPTION
});

constexpr bool sorted_and_unique() {
  for (size_t i = 1; i < kOptions.size(); ++i) {
    if (!(kOptions[i - 1].key < kOptions[i].key)) return false;
  }
  return true;
}
static_assert(sorted_and_unique(), "options.inc must be sorted by key, each key once");

// TOML allows one underscore between digits; so do we everywhere a number is read.
std::string without_underscores(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool between = text[i] == '_' && i > 0 && i + 1 < text.size() && text[i - 1] != '_';
    if (!between) out.push_back(text[i]);
  }
  return out;
}

template <class Number>
bool parse_number(std::string_view text, Number& out) {
  const std::string digits = without_underscores(text);
  const char* begin = digits.data();
  const char* end = begin + digits.size();
  if (begin != end && *begin == '+' && end - begin > 1 && begin[1] != '-') ++begin;
  const auto result = std::from_chars(begin, end, out);
  return begin != end && result.ec == std::errc() && result.ptr == end;
}

// Whether `value` lies in an interval of the table: "[1,)", "(0,0.5]".
bool in_interval(std::string_view interval, double value) {
  if (interval.empty()) return true;
  const size_t comma = interval.find(',');
  RADDLE_ASSERT(comma != std::string_view::npos && interval.size() >= 3);
  const std::string_view low = interval.substr(1, comma - 1);
  const std::string_view high = interval.substr(comma + 1, interval.size() - comma - 2);
  double bound = 0;
  if (!low.empty()) {
    RADDLE_ASSERT(parse_number(low, bound));
    if (interval.front() == '[' ? value < bound : value <= bound) return false;
  }
  if (!high.empty()) {
    RADDLE_ASSERT(parse_number(high, bound));
    if (interval.back() == ']' ? value > bound : value >= bound) return false;
  }
  return true;
}

Status wrong_type(const Option& option, std::string_view expected, std::string_view text) {
  return invalid_argument("{}: expected {}, got '{}'", option.key, expected, text);
}

StatusOr<Value> parse_int(const Option& option, std::string_view text) {
  int64_t value = 0;
  if (!parse_number(text, value)) return wrong_type(option, "an integer", text);
  if (!in_interval(option.accepts, static_cast<double>(value))) {
    return invalid_argument("{}: {} is out of range; it takes integers in {}", option.key, value,
                            option.accepts);
  }
  return Value(value);
}

StatusOr<Value> parse_double(const Option& option, std::string_view text) {
  double value = 0;
  if (!parse_number(text, value)) return wrong_type(option, "a number", text);
  if (!std::isfinite(value) || !in_interval(option.accepts, value)) {
    return invalid_argument("{}: {} is out of range; it takes numbers in {}", option.key, value,
                            option.accepts);
  }
  return Value(value);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

StatusOr<Value> parse_choice(const Option& option, std::string_view text) {
  const auto choices = split(option.accepts, '|');
  // "cuda:N" stands for that word with any number.
  const auto is = [text](std::string_view choice) {
    if (!choice.ends_with(":N")) return choice == text;
    const std::string_view prefix = choice.substr(0, choice.size() - 1);
    return text.starts_with(prefix) && text.size() > prefix.size() &&
           text.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
  };
  if (std::any_of(choices.begin(), choices.end(), is)) return Value(std::string(text));
  const auto nearest = nearest_match(text, choices);
  return invalid_argument("{}: '{}' is none of {}{}", option.key, text, option.accepts,
                          nearest ? fmt::format("; did you mean '{}'?", choices[*nearest]) : "");
}

// "", "1048576", "512MiB", "2GiB", "1.5GB".
StatusOr<Value> parse_bytes(const Option& option, std::string_view text) {
  struct Unit {
    std::string_view suffix;
    double bytes;
  };
  static constexpr Unit kUnits[] = {{"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30},
                                    {"TiB", 0x1p40}, {"KB", 1e3},     {"MB", 1e6},
                                    {"GB", 1e9},     {"TB", 1e12},    {"B", 1}};
  if (text.empty()) return Value(int64_t{0});
  double factor = 1;
  std::string_view number = text;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    factor = unit.bytes;
    number.remove_suffix(unit.suffix.size());
    break;
  }
  while (number.ends_with(' ')) number.remove_suffix(1);
  double value = 0;
  if (!parse_number(number, value) || !(value > 0) || !(value * factor < 0x1p62)) {
    return wrong_type(option, "a size such as 512MiB or 2GiB", text);
  }
  return Value(static_cast<int64_t>(value * factor));
}

// White space that a separator of documents may consist of.
constexpr std::string_view kSpaces = "\n\t\f\r";

StatusOr<Value> parse_text(const Option& option, std::string_view text) {
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    const bool space = kSpaces.find(c) != std::string_view::npos;
    if (control && !(space && option.type == OptionType::kString)) {
      return invalid_argument("{}: the value holds a control character (code {})", option.key,
                              static_cast<int>(c));
    }
  }
  return Value(std::string(text));
}

StatusOr<Value> parse_groups(const Option& option, std::string_view text) {
  auto groups = parse_parameter_groups(text);
  if (!groups.is_ok()) return std::move(groups).status().with_context(option.key);
  return Value(parameter_groups_text(*groups));
}

// Kept in its canonical form.
StatusOr<Value> parse_list_value(const Option& option, std::string_view text) {
  auto names = parse_list(text);
  if (!names.is_ok()) return std::move(names).status().with_context(option.key);
  for (const std::string& name : *names) {
    RADDLE_RETURN_IF_ERROR(parse_text(option, name).status());
  }
  return Value(list_text(*names));
}

}  // namespace

std::span<const Option> options() { return kOptions; }

const Option* find_option(std::string_view key) {
  const auto it = std::lower_bound(kOptions.begin(), kOptions.end(), key,
                                   [](const Option& o, std::string_view k) { return o.key < k; });
  return it != kOptions.end() && it->key == key ? &*it : nullptr;
}

std::string_view type_name(OptionType type) {
  static constexpr std::string_view kNames[] = {"integer", "number", "boolean", "string", "choice",
                                                "path",    "list",   "size",    "groups"};
  return kNames[static_cast<size_t>(type)];
}

std::string_view scope_name(OptionScope scope) {
  return scope == OptionScope::kCluster ? "cluster" : "process";
}

std::string_view change_name(OptionChange change) {
  static constexpr std::string_view kNames[] = {"model", "run", "process"};
  return kNames[static_cast<size_t>(change)];
}

std::string environment_name(std::string_view key) {
  std::string name = "RADDLE_";
  for (const char c : key) {
    name.push_back(c == '.' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

Status unknown_key(std::string_view key) {
  std::vector<std::string_view> keys;
  for (const Option& option : kOptions) keys.push_back(option.key);
  const auto nearest = nearest_match(key, keys);
  return invalid_argument("there is no option '{}'{}", key,
                          nearest ? fmt::format("; did you mean '{}'?", keys[*nearest])
                                  : "; `raddle config schema` lists them all");
}

StatusOr<std::string> typed_text(const Option& option, std::string_view text) {
  if (option.type == OptionType::kString) {
    auto decoded = decode_escapes(text);
    if (!decoded.is_ok()) return std::move(decoded).status().with_context(option.key);
    return decoded;
  }
  if (option.type != OptionType::kList) return std::string(text);
  auto names = parse_typed_list(text);
  if (!names.is_ok()) return std::move(names).status().with_context(option.key);
  return list_text(*names);
}

StatusOr<Value> parse_value(const Option& option, std::string_view text) {
  switch (option.type) {
    case OptionType::kInt:
      return parse_int(option, text);
    case OptionType::kDouble:
      return parse_double(option, text);
    case OptionType::kBool:
      if (text == "true" || text == "false") return Value(text == "true");
      return wrong_type(option, "true or false", text);
    case OptionType::kChoice:
      return parse_choice(option, text);
    case OptionType::kBytes:
      return parse_bytes(option, text);
    case OptionType::kList:
      return parse_list_value(option, text);
    case OptionType::kGroups:
      return parse_groups(option, text);
    case OptionType::kString:
    case OptionType::kPath:
      break;
  }
  return parse_text(option, text);
}

std::string canonical_text(const Option& option, const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    const bool no_limit = option.type == OptionType::kBytes && *integer == 0;
    return no_limit ? std::string() : fmt::format("{}", *integer);
  }
  if (const auto* number = std::get_if<double>(&value)) return number_text(*number);
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  return std::get<std::string>(value);
}

std::string toml_text(const Option& option, const Value& value) {
  const std::string text = canonical_text(option, value);
  switch (option.type) {
    case OptionType::kInt:
    case OptionType::kDouble:
    case OptionType::kBool:
      return text;
    case OptionType::kGroups:
      return text.empty() ? "[]" : text;
    case OptionType::kList:
      return list_toml(*parse_list(text));
    case OptionType::kString:
    case OptionType::kChoice:
    case OptionType::kPath:
    case OptionType::kBytes:
      break;
  }
  return toml_quoted(text);
}

}  // namespace raddle::config
