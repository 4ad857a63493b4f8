// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/cost_file.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/json.h"

namespace raddle::balance {
namespace {

using Json = nlohmann::json;

template <class Owner>
using Field = std::pair<const char*, int64_t Owner::*>;

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

template <class Fields>
std::string names_of(const Fields& fields) {
  std::string names;
  for (const auto& field : fields) names += std::string(names.empty() ? "" : ", ") + field.first;
  return names;
}

StatusOr<int64_t> integer(const std::string& key, const Json& value) {
  if (value.is_number_integer() &&
      (!value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t{1} << 62)) {
    return value.get<int64_t>();
  }
  return invalid_argument(
      "{} is {}, expected an integer: coefficients are whole numbers of the unit "
      "in their name",
      key, json_shown(value));
}

// False: there is no field of this name.
template <class Owner, class Fields>
StatusOr<bool> read_field(const Fields& fields, const std::string& key, const Json& value,
                          Owner* owner) {
  for (const auto& [name, member] : fields) {
    if (key != name) continue;
    RADDLE_ASSIGN_OR_RETURN(owner->*member, integer(key, value));
    return true;
  }
  return false;
}

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

StatusOr<Bandwidth> read_group(const Json& json) {
  if (!json.is_object()) {
    return invalid_argument("all_to_all: groups holds {}, expected an object with {}",
                            json_shown(json), names_of(kGroupFields));
  }
  Bandwidth row;
  for (const auto& [key, value] : json.items()) {
    RADDLE_ASSIGN_OR_RETURN(const bool known, read_field(kGroupFields, key, value, &row));
    if (!known) {
      return invalid_argument("all_to_all: the key {} is unknown, expected {}", key,
                              names_of(kGroupFields));
    }
  }
  return row;
}

StatusOr<AllToAll> read_all_to_all(const Json& json) {
  if (!json.is_object()) {
    return invalid_argument("all_to_all is {}, expected an object", json_shown(json));
  }
  AllToAll all;
  for (const auto& [key, value] : json.items()) {
    if (key == "bytes_per_token") {
      RADDLE_ASSIGN_OR_RETURN(all.bytes_per_token, integer(key, value));
    } else if (key == "groups" && value.is_array()) {
      for (const Json& item : value) {
        RADDLE_ASSIGN_OR_RETURN(const Bandwidth row, read_group(item));
        all.groups.push_back(row);
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
  if (!json.is_object()) {
    return invalid_argument("it is {}, expected an object", json_shown(json));
  }
  const auto version = json.find("version");
  if (version == json.end() || *version != kCostFileVersion) {
    return invalid_argument("version is {}, expected {}",
                            version == json.end() ? "missing" : json_shown(*version),
                            kCostFileVersion);
  }
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
  for (const auto& [name, member] : kCostFields) json[name] = costs.*member;
  json["links"] = nlohmann::ordered_json::array();
  for (const LinkClass& link : costs.links) {
    nlohmann::ordered_json item = {{"name", link.name}};
    for (const auto& [name, member] : kLinkFields) item[name] = link.*member;
    json["links"].push_back(std::move(item));
  }
  if (costs.all_to_all.used()) {
    nlohmann::ordered_json groups = nlohmann::ordered_json::array();
    for (const Bandwidth& row : costs.all_to_all.groups) {
      nlohmann::ordered_json item;
      for (const auto& [name, member] : kGroupFields) item[name] = row.*member;
      groups.push_back(std::move(item));
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
