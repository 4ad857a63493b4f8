// SPDX-License-Identifier: Apache-2.0
#include "runtime/simulate/profile_file.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/balance/cost_file.h"
#include "runtime/balance/cost_fit.h"
#include "runtime/balance/whole_numbers.h"
#include "runtime/base/json.h"

namespace raddle::simulate {
namespace {

using balance::Field;
using balance::json_of;
using balance::read_fields;
using Json = nlohmann::json;

struct MeasuredRow {
  int64_t tokens = 0, attention_ps = 0, linear_ps = 0;
};

constexpr std::array<Field<Profile>, 4> kCounts = {
    {{"layers", &Profile::layers},
     {"backward_attention_permille", &Profile::backward_attention_permille},
     {"backward_linear_permille", &Profile::backward_linear_permille},
     {"backward_hop_permille", &Profile::backward_hop_permille}}};
constexpr std::array<Field<balance::LinkClass>, 2> kLinkFields = {
    {{"latency_ps", &balance::LinkClass::latency_ps},
     {"ps_per_token", &balance::LinkClass::ps_per_token}}};
constexpr std::array<Field<GradientSync>, 3> kGradientFields = {
    {{"bytes", &GradientSync::bytes},
     {"bytes_per_second", &GradientSync::bytes_per_second},
     {"latency_ps", &GradientSync::latency_ps}}};
constexpr std::array<Field<MeasuredRow>, 3> kMeasuredFields = {
    {{"tokens", &MeasuredRow::tokens},
     {"attention_ps", &MeasuredRow::attention_ps},
     {"linear_ps", &MeasuredRow::linear_ps}}};

Status read_sources(const Json& json, Profile* profile) {
  if (!json.is_array() || json.empty()) {
    return invalid_argument(
        "it is {}, expected a list of sentences that say where numbers are from", json_shown(json));
  }
  for (const Json& item : json) {
    if (!item.is_string()) {
      return invalid_argument("it holds {}, expected a sentence", json_shown(item));
    }
    profile->sources.push_back(item.get<std::string>());
  }
  return Status::ok();
}

Status read_measured(const Json& json, Profile* profile) {
  if (!json.is_array()) return invalid_argument("it is {}, expected a list", json_shown(json));
  std::vector<balance::Measured> attention, linear;
  for (const Json& item : json) {
    RADDLE_ASSIGN_OR_RETURN(const auto row, read_fields<MeasuredRow>(kMeasuredFields, item));
    attention.push_back({row.tokens, row.attention_ps});
    linear.push_back({row.tokens, row.linear_ps});
  }
  RADDLE_ASSIGN_OR_RETURN(const balance::Fit quadratic, balance::fit_quadratic(attention));
  RADDLE_ASSIGN_OR_RETURN(const balance::Fit rest, balance::fit_linear(linear));
  profile->costs.attention_fs_per_token2 = quadratic.attention_fs_per_token2;
  profile->costs.linear_ps_per_token = quadratic.linear_ps_per_token + rest.linear_ps_per_token;
  return Status::ok();
}

Status read_key(const std::string& key, const Json& value, Profile* profile) {
  RADDLE_ASSIGN_OR_RETURN(const bool is_count, balance::read_field(kCounts, key, value, profile));
  if (is_count) return Status::ok();
  if (key == "name") {
    if (!value.is_string()) return invalid_argument("it is {}, expected a text", json_shown(value));
    profile->name = value.get<std::string>();
    return Status::ok();
  }
  if (key == "sources") return read_sources(value, profile);
  if (key == "costs") {
    RADDLE_ASSIGN_OR_RETURN(profile->costs,
                            balance::cost_model_from_json(json_text(value), "a cost model"));
    return Status::ok();
  }
  if (key == "static_link") {
    RADDLE_ASSIGN_OR_RETURN(profile->static_link,
                            read_fields<balance::LinkClass>(kLinkFields, value));
    return Status::ok();
  }
  if (key == "gradients") {
    RADDLE_ASSIGN_OR_RETURN(profile->gradients, read_fields<GradientSync>(kGradientFields, value));
    return Status::ok();
  }
  return invalid_argument(
      "there is no such key, expected version, name, sources, costs, measured, layers, "
      "backward_attention_permille, backward_linear_permille, backward_hop_permille, static_link, "
      "gradients");
}

StatusOr<Profile> read_profile(const Json& json) {
  RADDLE_RETURN_IF_ERROR(balance::check_version(json, kProfileVersion));
  for (const char* key : {"name", "sources"}) {
    if (!json.contains(key)) {
      return invalid_argument("{} is missing; a profile says what it is of and from where", key);
    }
  }
  Profile profile;
  const auto read = [&](const std::string& key, Status status) {
    return status.is_ok() ? std::move(status) : std::move(status).with_context(key);
  };
  for (const auto& [key, value] : json.items()) {
    if (key == "version" || key == "measured") continue;
    RADDLE_RETURN_IF_ERROR(read(key, read_key(key, value, &profile)));
  }
  // Last: what is measured takes the place of what `costs` says.
  if (const auto rows = json.find("measured"); rows != json.end()) {
    RADDLE_RETURN_IF_ERROR(read("measured", read_measured(*rows, &profile)));
  }
  RADDLE_RETURN_IF_ERROR(profile.validate());
  return profile;
}

}  // namespace

std::string to_json(const Profile& profile) {
  nlohmann::ordered_json json = {{"version", kProfileVersion},
                                 {"name", profile.name},
                                 {"sources", profile.sources},
                                 {"costs", ordered_json_from(balance::to_json(profile.costs))}};
  json.update(json_of(kCounts, profile));
  if (profile.static_link) json["static_link"] = json_of(kLinkFields, *profile.static_link);
  json["gradients"] = json_of(kGradientFields, profile.gradients);
  return json_text(json, 2) + "\n";
}

StatusOr<Profile> profile_from_json(std::string_view text, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const Json json, read_json(text, where));
  auto profile = read_profile(json);
  if (!profile.is_ok()) return std::move(profile).status().with_context(where);
  return profile;
}

}  // namespace raddle::simulate
