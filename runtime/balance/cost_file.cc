// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/cost_file.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/balance/whole_numbers.h"
#include "runtime/base/json.h"

namespace raddle::balance {
namespace {

using Json = nlohmann::json;

constexpr std::array<Field<CostModel>, 6> kCostFields = {{
    {"attention_fs_per_token2", &CostModel::attention_fs_per_token2},
    {"linear_ps_per_token", &CostModel::linear_ps_per_token},
    {"micro_batch_ps", &CostModel::micro_batch_ps},
    {"kv_bytes_per_token", &CostModel::kv_bytes_per_token},
    {"activation_bytes_per_token", &CostModel::activation_bytes_per_token},
    {"activation_limit_bytes", &CostModel::activation_limit_bytes},
}};
constexpr std::array<Field<LinkClass>, 3> kLinkFields = {{
    {"ranks", &LinkClass::ranks},
    {"latency_ps", &LinkClass::latency_ps},
    {"ps_per_token", &LinkClass::ps_per_token},
}};

constexpr std::array<Field<Bandwidth>, 2> kGroupFields = {{
    {"ranks", &Bandwidth::ranks},
    {"bytes_per_second", &Bandwidth::bytes_per_second},
}};

StatusOr<LinkClass> read_link(const Json& json) {
  if (!json.is_object()) {
    return invalid_argument("links holds {}, expected an object with name, {}", json_shown(json),
                            names_of(kLinkFields));
  }
  LinkClass link;
  for (const auto& [key, value] : json.items()) {
    if (key == "name") {
      if (!value.is_string()) {
        return invalid_argument("a link's name is {}, expected a string", json_shown(value));
      }
      link.name = value.get<std::string>();
      continue;
    }
    RADDLE_ASSIGN_OR_RETURN(const bool known, read_field(kLinkFields, key, value, &link));
    if (!known) {
      return invalid_argument("a link has the unknown key {}, expected name, {}", key,
                              names_of(kLinkFields));
    }
  }
  return link;
}

StatusOr<AllToAll> read_all_to_all(const Json& json) {
  if (!json.is_object()) {
    return invalid_argument("all_to_all is {}, expected an object", json_shown(json));
  }
  AllToAll all;
  for (const auto& [key, value] : json.items()) {
    if (key == "bytes_per_token") {
      RADDLE_ASSIGN_OR_RETURN(all.bytes_per_token, whole_number(key, value));
    } else if (key == "groups" && value.is_array()) {
      for (const Json& item : value) {
        auto row = read_fields<Bandwidth>(kGroupFields, item);
        if (!row.is_ok()) return std::move(row).status().with_context("all_to_all: groups");
        all.groups.push_back(*row);
      }
    } else {
      return invalid_argument("all_to_all: {} is {}, expected bytes_per_token and a list of groups",
                              key, json_shown(value));
    }
  }
  RADDLE_RETURN_IF_ERROR(all.validate());
  return all;
}

StatusOr<std::vector<LinkClass>> read_links(const Json& json) {
  if (!json.is_array()) {
    return invalid_argument("links is {}, expected a list", json_shown(json));
  }
  std::vector<LinkClass> links;
  for (const Json& item : json) {
    RADDLE_ASSIGN_OR_RETURN(LinkClass link, read_link(item));
    links.push_back(std::move(link));
  }
  return links;
}

StatusOr<CostModel> read_model(const Json& json) {
  RADDLE_RETURN_IF_ERROR(check_version(json, kCostFileVersion));
  CostModel costs;
  for (const auto& [key, value] : json.items()) {
    if (key == "version") continue;
    if (key == "links") {
      RADDLE_ASSIGN_OR_RETURN(costs.links, read_links(value));
      continue;
    }
    if (key == "all_to_all") {
      RADDLE_ASSIGN_OR_RETURN(costs.all_to_all, read_all_to_all(value));
      continue;
    }
    RADDLE_ASSIGN_OR_RETURN(const bool known, read_field(kCostFields, key, value, &costs));
    if (!known) {
      return invalid_argument("the key {} is unknown, expected version, links, all_to_all, {}", key,
                              names_of(kCostFields));
    }
  }
  RADDLE_RETURN_IF_ERROR(costs.validate());
  return costs;
}

}  // namespace

std::string to_json(const CostModel& costs) {
  nlohmann::ordered_json json = {{"version", kCostFileVersion}};
  json.update(json_of(kCostFields, costs));
  json["links"] = nlohmann::ordered_json::array();
  for (const LinkClass& link : costs.links) {
    nlohmann::ordered_json item = {{"name", link.name}};
    item.update(json_of(kLinkFields, link));
    json["links"].push_back(std::move(item));
  }
  if (costs.all_to_all.used()) {
    nlohmann::ordered_json groups = nlohmann::ordered_json::array();
    for (const Bandwidth& row : costs.all_to_all.groups) {
      groups.push_back(json_of(kGroupFields, row));
    }
    json["all_to_all"] = {{"bytes_per_token", costs.all_to_all.bytes_per_token},
                          {"groups", std::move(groups)}};
  }
  return json_text(json, 2) + "\n";
}

StatusOr<CostModel> cost_model_from_json(std::string_view text, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const Json json, read_json(text, where));
  auto costs = read_model(json);
  if (!costs.is_ok()) return std::move(costs).status().with_context(where);
  return costs;
}

}  // namespace raddle::balance
