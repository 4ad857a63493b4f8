// SPDX-License-Identifier: Apache-2.0
// Reading recipes. The only file that knows the TOML library; what it throws ends here.
#include <toml++/toml.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>
#include <vector>

#include "runtime/base/sealed_file.h"
#include "runtime/config/config.h"
#include "runtime/config/text_forms.h"
#include "runtime/config/toml_values.h"

namespace raddle::config {

namespace {

struct Assignment {
  std::string key, text;
  uint32_t line;
};

std::string_view toml_type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

std::string_view expected_name(OptionType type) {
  switch (type) {
    case OptionType::kInt:
      return "an integer";
    case OptionType::kDouble:
      return "a number";
    case OptionType::kBool:
      return "true or false";
    case OptionType::kList:
      return "a string or an array of strings";
    case OptionType::kBytes:
      return "an integer or a string such as \"2GiB\"";
    case OptionType::kGroups:
      return "tables: write [[optimizer.group]] with two brackets";
    default:
      return "a string";
  }
}

StatusOr<std::vector<std::string>> strings_of(const toml::array& array) {
  std::vector<std::string> strings;
  for (const toml::node& node : array) {
    const auto* element = node.as_string();
    if (element == nullptr) {
      return invalid_argument("expected an array of strings, got {} in it", toml_type_name(node));
    }
    strings.push_back(element->get());
  }
  return strings;
}

// The text of a list, as Config::set() takes it without asking which of its parts are files.
StatusOr<std::string> list_of(const toml::node& node) {
  std::vector<std::string> names;
  if (const auto* text = node.as_string()) {
    RADDLE_ASSIGN_OR_RETURN(names, parse_typed_list(text->get()));
  } else {
    RADDLE_ASSIGN_OR_RETURN(names, strings_of(*node.as_array()));
  }
  return list_text(names);
}

// The node's value as the text that parse_value() takes, if its TOML type suits the option.
StatusOr<std::string> text_of(const Option& option, const toml::node& node) {
  const OptionType type = option.type;
  if (const auto* integer = node.as_integer();
      integer != nullptr &&
      (type == OptionType::kInt || type == OptionType::kDouble || type == OptionType::kBytes)) {
    return fmt::format("{}", integer->get());
  }
  if (const auto* number = node.as_floating_point();
      number != nullptr && type == OptionType::kDouble) {
    return fmt::format("{}", number->get());
  }
  if (const auto* boolean = node.as_boolean(); boolean != nullptr && type == OptionType::kBool) {
    return std::string(boolean->get() ? "true" : "false");
  }
  if (type == OptionType::kList && (node.is_string() || node.is_array())) return list_of(node);
  if (type == OptionType::kGroups && node.is_array()) {
    std::ostringstream text;
    text << toml::toml_formatter(node, toml::format_flags::none);
    std::string line = text.str();
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
  }
  const bool takes_text = type != OptionType::kGroups && type != OptionType::kInt &&
                          type != OptionType::kDouble && type != OptionType::kBool;
  if (const auto* text = node.as_string(); text != nullptr && takes_text) return text->get();
  return invalid_argument("expected {}, got {}", expected_name(type), toml_type_name(node));
}

Status at(std::string_view file, const toml::source_position& where, Status status) {
  return std::move(status).with_context(fmt::format("{}:{}:{}", file, where.line, where.column));
}

Status flatten(const toml::table& table, const std::string& prefix, std::string_view file,
               std::vector<Assignment>& out) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const Option* option = find_option(key);
    const bool has_tables = option != nullptr && option->type == OptionType::kGroups;
    if (const toml::table* inner = node.as_table(); inner != nullptr && !has_tables) {
      RADDLE_RETURN_IF_ERROR(flatten(*inner, key + ".", file, out));
      continue;
    }
    if (option == nullptr) return at(file, name.source().begin, unknown_key(key));
    const toml::source_position where = node.source().begin;
    auto text = text_of(*option, node);
    if (!text.is_ok()) {
      return at(file, where, std::move(text).status().with_context(key));
    }
    auto value = parse_value(*option, *text);
    if (!value.is_ok()) return at(file, where, std::move(value).status());
    out.push_back({key, std::move(text).value(), where.line});
  }
  return Status::ok();
}

// Options of a section that came later than its others, with what was done before.
constexpr std::pair<std::string_view, std::string_view> kBefore[] = {
    {"model.virtual_width.reduce", "learned"}, {"model.virtual_width.scale_init", "1"}};

bool came_later(std::string_view key) {
  return std::any_of(std::begin(kBefore), std::end(kBefore),
                     [&](const auto& before) { return before.first == key; });
}

// The record of a run has every option of its time: a file with all of a section but what came
// later was written before that, and means what was done then. (A recipe that leaves out anything
// else of the section gets the defaults of today.)
void complete_old_record(std::vector<Assignment>& assignments) {
  const auto is_set = [&](std::string_view key) {
    return std::any_of(assignments.begin(), assignments.end(),
                       [&](const Assignment& a) { return a.key == key; });
  };
  std::vector<Assignment> missing;
  for (const auto& [key, before] : kBefore) {
    const std::string_view section = key.substr(0, key.rfind('.') + 1);
    bool is_record = !is_set(key);
    for (const Option& option : options()) {
      const bool must_be_set = option.key.starts_with(section) && !came_later(option.key);
      is_record = is_record && (!must_be_set || is_set(option.key));
    }
    if (is_record) missing.push_back({std::string(key), std::string(before), 0});
  }
  assignments.insert(assignments.end(), missing.begin(), missing.end());
}

}  // namespace

StatusOr<std::vector<std::string>> parse_toml_strings(std::string_view array) {
  try {
    const toml::table table = toml::parse(fmt::format("v = {}", array));
    const toml::array* values = table.size() == 1 ? table["v"].as_array() : nullptr;
    if (values == nullptr) return invalid_argument("'{}' is no array of strings", array);
    return strings_of(*values);
  } catch (const std::exception& error) {
    return invalid_argument("'{}' is no array of strings such as [\"a\", \"b,c\"]: {}", array,
                            error.what());
  }
}

Status Config::load_toml_file(const std::string& path) {
  auto text = read_sealed(file_system(), path);
  if (!text.is_ok()) return std::move(text).status().with_context("recipe");
  return load_toml_text(*text, path);
}

Status Config::load_toml_text(std::string_view text, std::string_view file_name) {
  std::vector<Assignment> assignments;
  try {
    const toml::table table = toml::parse(text, file_name);
    RADDLE_RETURN_IF_ERROR(flatten(table, "", file_name, assignments));
  } catch (const toml::parse_error& error) {
    return invalid_argument("{}:{}:{}: {}", file_name, error.source().begin.line,
                            error.source().begin.column, error.description());
  } catch (const std::exception& error) {
    return invalid_argument("{}: cannot be read as TOML: {}", file_name, error.what());
  }
  complete_old_record(assignments);
  for (const Assignment& a : assignments) {
    RADDLE_RETURN_IF_ERROR(
        set(a.key, a.text, {OriginRank::kRecipe, fmt::format("{}:{}", file_name, a.line)}));
  }
  return Status::ok();
}

}  // namespace raddle::config
