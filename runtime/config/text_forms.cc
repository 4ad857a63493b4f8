// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/text_forms.h"

#include <algorithm>

#include "runtime/base/file_system.h"
#include "runtime/config/toml_values.h"

namespace raddle::config {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view name = trimmed(text.substr(0, comma));
    if (!name.empty()) names.emplace_back(name);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return names;
}

bool is_plain(const std::string& name) {
  return !name.empty() && name.find(',') == std::string::npos && trimmed(name) == name &&
         name.front() != '[';
}

}  // namespace

StatusOr<std::vector<std::string>> parse_list(std::string_view text) {
  if (!trimmed(text).starts_with('[')) return split_at_commas(text);
  return parse_toml_strings(text);
}

std::string list_text(std::span<const std::string> names) {
  if (!std::all_of(names.begin(), names.end(), is_plain)) return list_toml(names);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::string list_toml(std::span<const std::string> names) {
  std::string text = "[";
  for (const std::string& name : names) text += (text.size() == 1 ? "" : ", ") + toml_quoted(name);
  return text + "]";
}

StatusOr<std::vector<std::string>> parse_typed_list(std::string_view text) {
  const auto is_there = [](const std::string& path) {
    const StatusOr<bool> there = file_system().exists(path);
    return there.is_ok() && *there;
  };
  const bool special = text.find(',') != std::string_view::npos || text.starts_with('[');
  if (!special || !is_there(std::string(text))) return parse_list(text);
  const std::vector<std::string> parts = split_at_commas(text);
  if (parts.size() > 1 && std::all_of(parts.begin(), parts.end(),
                                      [&](const std::string& part) { return is_there(part); })) {
    return invalid_argument(
        "'{}' is the name of a file, and so are the names between its commas; write {} for the "
        "one or {} for the others",
        text, list_toml(std::vector{std::string(text)}), list_toml(parts));
  }
  return std::vector<std::string>{std::string(text)};
}

StatusOr<std::string> decode_escapes(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  // What a shell's own quotes already made stays as it is.
  std::string string = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\';
    const std::string one = toml_quoted(text.substr(i, 1));
    string += escape ? std::string(text.substr(i++, 2)) : one.substr(1, one.size() - 2);
  }
  auto decoded = parse_toml_strings("[" + string + "\"]");
  if (!decoded.is_ok() || decoded->size() != 1) {
    return invalid_argument(
        "'{}' holds a backslash that begins no escape; it takes \\n \\t \\r \\f \\\" \\uXXXX, and "
        "\\\\ for a backslash",
        text);
  }
  return std::move(decoded->front());
}

std::string toml_quoted(std::string_view text) {
  constexpr std::string_view kSpaces = "\n\t\f\r", kEscapes = "ntfr";
  std::string out = "\"";
  for (const char c : text) {
    const size_t space = kSpaces.find(c);
    const bool escaped = c == '"' || c == '\\' || space != std::string_view::npos;
    if (escaped) out.push_back('\\');
    out.push_back(space == std::string_view::npos ? c : kEscapes[space]);
  }
  return out + "\"";
}

std::string number_text(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace raddle::config
