// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/whole_numbers.h"

namespace raddle::balance {

StatusOr<int64_t> whole_number(std::string_view key, const nlohmann::json& value) {
  if (value.is_number_integer() &&
      (!value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t{1} << 62)) {
    return value.get<int64_t>();
  }
  return invalid_argument(
      "{} is {}, expected an integer: coefficients are whole numbers of the unit in their name",
      key, json_shown(value));
}

Status check_version(const nlohmann::json& json, int64_t expected) {
  if (!json.is_object()) return invalid_argument("it is {}, expected an object", json_shown(json));
  const auto version = json.find("version");
  if (version != json.end() && *version == expected) return Status::ok();
  return invalid_argument("version is {}, expected {}",
                          version == json.end() ? "missing" : json_shown(*version), expected);
}

}  // namespace raddle::balance
