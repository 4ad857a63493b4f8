// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/parameter_groups.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "runtime/config/nearest.h"
#include "runtime/config/pattern.h"

namespace raddle::session {
namespace {

using config::ParameterGroup;

std::vector<std::string_view> names_of(const graph::Graph& graph) {
  std::vector<std::string_view> names;
  for (const graph::Parameter& p : graph.parameters()) {
    names.push_back(graph.tensor(p.tensor).name);
  }
  return names;
}

// The names that differ least from a pattern, for the message.
std::string nearest_names(std::string_view pattern, const std::vector<std::string_view>& names) {
  constexpr size_t kShown = 3;
  std::vector<std::pair<size_t, std::string_view>> ranked;
  for (std::string_view name : names) {
    ranked.emplace_back(config::edit_distance(pattern, name), name);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string_view> shown;
  for (size_t i = 0; i < std::min(kShown, ranked.size()); ++i) shown.push_back(ranked[i].second);
  return fmt::format("{}", fmt::join(shown, ", "));
}

bool matches_any(const ParameterGroup& group, std::string_view name) {
  return std::any_of(group.match.begin(), group.match.end(), [&](const std::string& pattern) {
    return config::matches_pattern(pattern, name);
  });
}

Status check_patterns(const GroupedParameters& grouped,
                      const std::vector<std::string_view>& names) {
  const std::vector<ParameterGroup>& groups = grouped.groups;
  for (size_t g = 0; g < groups.size(); ++g) {
    for (const std::string& pattern : groups[g].match) {
      const bool used = std::any_of(names.begin(), names.end(), [&](std::string_view name) {
        return config::matches_pattern(pattern, name);
      });
      if (used) continue;
      return invalid_argument(
          "{}: '{}' matches none of the model's {} parameters; near are {} "
          "(`raddle plan RECIPE --json` lists them all)",
          grouped.name_of(g), pattern, names.size(), nearest_names(pattern, names));
    }
  }
  return Status::ok();
}

}  // namespace

std::string GroupedParameters::name_of(size_t group) const {
  RADDLE_ASSERT(group < groups.size());
  if (first_is_freeze && group == 0) return "train.freeze";
  return fmt::format("optimizer.group {}", group + (first_is_freeze ? 0 : 1));
}

std::vector<char> GroupedParameters::frozen() const {
  std::vector<char> out(group_of.size(), 0);
  for (size_t i = 0; i < out.size(); ++i) {
    RADDLE_ASSERT(group_of[i] < static_cast<int32_t>(groups.size()));
    out[i] = group_of[i] >= 0 && groups[static_cast<size_t>(group_of[i])].frozen;
  }
  if (std::find(out.begin(), out.end(), char{1}) == out.end()) out.clear();
  return out;
}

void GroupedParameters::apply_to(exec::StateStore& store) const {
  RADDLE_ASSERT(group_of.size() == store.parameters().size());
  for (size_t i = 0; i < group_of.size(); ++i) {
    if (group_of[i] < 0) continue;
    const ParameterGroup& group = groups[static_cast<size_t>(group_of[i])];
    std::optional<float> decay;
    if (group.weight_decay) decay = static_cast<float>(*group.weight_decay);
    store.set_update(static_cast<int32_t>(i), static_cast<float>(group.learning_rate_factor),
                     decay);
  }
}

std::string GroupedParameters::to_text(const graph::Graph& graph) const {
  RADDLE_ASSERT(group_of.size() == graph.parameters().size());
  std::string out;
  for (size_t g = 0; g < groups.size(); ++g) {
    const ParameterGroup& group = groups[g];
    int64_t count = 0, elements = 0;
    std::string members;
    for (size_t i = 0; i < group_of.size(); ++i) {
      if (group_of[i] != static_cast<int32_t>(g)) continue;
      const graph::Tensor& tensor = graph.tensor(graph.parameters()[i].tensor);
      ++count;
      elements += tensor.shape.elements();
      members += fmt::format("      {} {}\n", tensor.name, tensor.shape.to_string());
    }
    out += fmt::format(
        "parameter group {}: {}: {}, {} parameters with {} elements\n{}", g + 1,
        fmt::join(group.match, " "),
        group.frozen
            ? "frozen"
            : fmt::format("learning rate x {}, weight decay {}", group.learning_rate_factor,
                          group.weight_decay
                              ? fmt::format("{} for all of them", *group.weight_decay)
                              : "as the rest"),
        count, elements, members);
  }
  return out;
}

StatusOr<GroupedParameters> group_parameters(const config::Config& config,
                                             const graph::Graph& graph) {
  GroupedParameters out;
  RADDLE_ASSIGN_OR_RETURN(out.groups,
                          config::parse_parameter_groups(config.get_string("optimizer.group")));
  const std::vector<std::string> frozen_names = config.get_list("train.freeze");
  out.first_is_freeze = !frozen_names.empty();
  if (out.first_is_freeze) {
    out.groups.insert(out.groups.begin(), {.match = frozen_names, .frozen = true});
  }
  const std::vector<std::string_view> names = names_of(graph);
  RADDLE_RETURN_IF_ERROR(check_patterns(out, names));
  std::vector<int64_t> taken(out.groups.size(), 0);
  for (std::string_view name : names) {
    int32_t group = -1;
    for (size_t g = 0; g < out.groups.size() && group < 0; ++g) {
      if (matches_any(out.groups[g], name)) group = static_cast<int32_t>(g);
    }
    if (group >= 0) ++taken[static_cast<size_t>(group)];
    out.group_of.push_back(group);
  }
  for (size_t g = 0; g < taken.size(); ++g) {
    if (taken[g] > 0) continue;
    return invalid_argument(
        "{} has no parameter: the first group that matches one has it, and groups "
        "before have all that '{}' matches; put it before them, or remove it",
        out.name_of(g), fmt::join(out.groups[g].match, " "));
  }
  const std::vector<char> frozen = out.frozen();
  if (!frozen.empty() && std::find(frozen.begin(), frozen.end(), char{0}) == frozen.end()) {
    return invalid_argument(
        "optimizer.group and train.freeze freeze all {} parameters; there is nothing to train",
        frozen.size());
  }
  return out;
}

}  // namespace raddle::session
