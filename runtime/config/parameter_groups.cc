// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/parameter_groups.h"

#include <toml++/toml.h>

#include <cmath>
#include <exception>

#include "runtime/config/nearest.h"
#include "runtime/config/text_forms.h"

namespace raddle::config {

namespace {

constexpr std::string_view kFields[] = {"match", "learning_rate_factor", "weight_decay", "frozen"};

StatusOr<std::vector<std::string>> read_patterns(const toml::node& node) {
  std::vector<std::string> patterns;
  const auto* array = node.as_array();
  for (size_t i = 0; array != nullptr && i < array->size(); ++i) {
    const auto* text = array->get(i)->as_string();
    if (text == nullptr || text->get().empty()) break;
    patterns.push_back(text->get());
  }
  if (array == nullptr || array->empty() || patterns.size() != array->size()) {
    return invalid_argument(
        "match: expected an array of parameter names or patterns, such as [\"*.norm.weight\"]");
  }
  return patterns;
}

StatusOr<double> read_number(std::string_view name, const toml::node& node) {
  const auto number = node.value<double>();
  const bool is_number = node.is_floating_point() || node.is_integer();
  if (is_number && number && std::isfinite(*number) && *number >= 0) return *number;
  return invalid_argument("{}: expected a number of at least 0", name);
}

Status read_field(std::string_view name, const toml::node& node, ParameterGroup* group) {
  if (name == "match") {
    RADDLE_ASSIGN_OR_RETURN(group->match, read_patterns(node));
  } else if (name == "learning_rate_factor") {
    RADDLE_ASSIGN_OR_RETURN(group->learning_rate_factor, read_number(name, node));
  } else if (name == "weight_decay") {
    RADDLE_ASSIGN_OR_RETURN(group->weight_decay, read_number(name, node));
  } else if (name == "frozen") {
    if (!node.is_boolean()) return invalid_argument("frozen: expected true or false");
    group->frozen = **node.as_boolean();
  } else {
    const auto nearest = nearest_match(name, kFields);
    return invalid_argument(
        "there is no field '{}'{}; a group has match, learning_rate_factor, "
        "weight_decay and frozen",
        name, nearest ? fmt::format(", did you mean '{}'?", kFields[*nearest]) : "");
  }
  return Status::ok();
}

StatusOr<ParameterGroup> read_group(const toml::node& node) {
  const auto* table = node.as_table();
  if (table == nullptr) return invalid_argument("expected a table {{match = [...], ...}}");
  ParameterGroup group;
  for (const auto& [name, field] : *table) {
    RADDLE_RETURN_IF_ERROR(read_field(name.str(), field, &group));
  }
  if (group.match.empty()) return invalid_argument("match is missing");
  if (group.frozen && (table->contains("learning_rate_factor") || group.weight_decay)) {
    return invalid_argument(
        "a frozen group is not trained, so it takes no learning_rate_factor and no weight_decay");
  }
  return group;
}

std::string group_text(const ParameterGroup& group) {
  std::string out = "{match = [";
  for (size_t i = 0; i < group.match.size(); ++i) {
    out += (i == 0 ? "" : ", ") + toml_quoted(group.match[i]);
  }
  out += "]";
  if (group.learning_rate_factor != 1) {
    out += ", learning_rate_factor = " + number_text(group.learning_rate_factor);
  }
  if (group.weight_decay) out += ", weight_decay = " + number_text(*group.weight_decay);
  if (group.frozen) out += ", frozen = true";
  return out + "}";
}

}  // namespace

StatusOr<std::vector<ParameterGroup>> parse_parameter_groups(std::string_view text) {
  std::vector<ParameterGroup> groups;
  if (text.find_first_not_of(' ') == std::string_view::npos) return groups;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return invalid_argument("the text holds a control character (code {})", static_cast<int>(c));
    }
  }
  try {
    const toml::table parsed = toml::parse(fmt::format("groups = {}", text));
    const auto* array = parsed.size() == 1 ? parsed["groups"].as_array() : nullptr;
    if (array == nullptr) {
      return invalid_argument(
          "expected an array of tables, such as "
          "[{{match = [\"embedding.*\"], frozen = true}}], got '{}'",
          text);
    }
    for (size_t i = 0; i < array->size(); ++i) {
      auto group = read_group(*array->get(i));
      if (!group.is_ok()) {
        return std::move(group).status().with_context(fmt::format("group {}", i + 1));
      }
      groups.push_back(std::move(group).value());
    }
  } catch (const std::exception& error) {
    return invalid_argument("'{}' cannot be read as TOML: {}", text, error.what());
  }
  return groups;
}

std::string parameter_groups_text(std::span<const ParameterGroup> groups) {
  std::string out;
  for (const ParameterGroup& group : groups) {
    out += (out.empty() ? "[" : ", ") + group_text(group);
  }
  return out.empty() ? out : out + "]";
}

}  // namespace raddle::config
