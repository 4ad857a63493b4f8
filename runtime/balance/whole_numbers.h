// SPDX-License-Identifier: Apache-2.0
// Whole numbers in JSON files: one table says which key is which member, for reading and writing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/json.h"
#include "runtime/base/status.h"

namespace raddle::balance {

template <class Owner>
using Field = std::pair<const char*, int64_t Owner::*>;

// INVALID_ARGUMENT: it is none, or needs more than 62 bits.
StatusOr<int64_t> whole_number(std::string_view key, const nlohmann::json& value);
// INVALID_ARGUMENT: `json` is no object, or its version is another or missing.
Status check_version(const nlohmann::json& json, int64_t expected);

template <class Fields>
std::string names_of(const Fields& fields) {
  std::string names;
  for (const auto& field : fields) names += std::string(names.empty() ? "" : ", ") + field.first;
  return names;
}

// False: there is no field of this name.
template <class Owner, class Fields>
StatusOr<bool> read_field(const Fields& fields, const std::string& key, const nlohmann::json& value,
                          Owner* owner) {
  for (const auto& [name, member] : fields) {
    if (key != name) continue;
    RADDLE_ASSIGN_OR_RETURN(owner->*member, whole_number(key, value));
    return true;
  }
  return false;
}

// An object that holds nothing but these; what is left out keeps its default.
template <class Owner, class Fields>
StatusOr<Owner> read_fields(const Fields& fields, const nlohmann::json& json) {
  if (!json.is_object()) {
    return invalid_argument("it is {}, expected an object with {}", json_shown(json),
                            names_of(fields));
  }
  Owner owner;
  for (const auto& [key, value] : json.items()) {
    RADDLE_ASSIGN_OR_RETURN(const bool known, read_field(fields, key, value, &owner));
    if (!known) {
      return invalid_argument("the key {} is unknown, expected {}", key, names_of(fields));
    }
  }
  return owner;
}

template <class Owner, class Fields>
nlohmann::ordered_json json_of(const Fields& fields, const Owner& owner) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, member] : fields) json[name] = owner.*member;
  return json;
}

}  // namespace raddle::balance
