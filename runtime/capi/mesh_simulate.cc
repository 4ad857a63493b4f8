// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "raddle/mesh.h"
#include "runtime/balance/hybrid_plan.h"
#include "runtime/base/file_system.h"
#include "runtime/base/json.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/mesh_arguments.h"
#include "runtime/simulate/length_sets.h"
#include "runtime/simulate/profile_file.h"
#include "runtime/simulate/simulate.h"

using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::capi::lengths_of;
using raddle::simulate::Outcome;
using raddle::simulate::Profile;
using Json = nlohmann::ordered_json;

namespace {

StatusOr<Profile> profile_of(const char* given) {
  const std::string_view name = given == nullptr ? "bytescale-7b" : given;
  if (const Profile* built_in = raddle::simulate::built_in_profile(name)) return *built_in;
  auto text = raddle::file_system().read_all(std::string(name));
  if (!text.is_ok()) {
    return std::move(text).status().with_context(
        fmt::format("a profile is a JSON file or one of {}", raddle::simulate::built_in_names()));
  }
  return raddle::simulate::profile_from_json(*text, name);
}

double milliseconds(double ps) { return ps * 1e-9; }

Json to_json(const Outcome& outcome) {
  return {{"policy", outcome.policy},
          {"step_ms", milliseconds(static_cast<double>(outcome.step_ps))},
          {"speedup", outcome.speedup},
          {"gradient_ms", milliseconds(static_cast<double>(outcome.gradient_ps))},
          {"busy_ms",
           {{"least", milliseconds(outcome.busy.least_ps)},
            {"mean", milliseconds(outcome.busy.mean_ps)},
            {"most", milliseconds(outcome.busy.most_ps)},
            {"deviation", milliseconds(outcome.busy.deviation_ps)}}},
          {"exposed_share", outcome.exposed_share},
          {"waiting_share", outcome.waiting_share},
          {"transfer_bound_share", outcome.transfer_bound_share},
          {"micro_batches", outcome.micro_batches},
          {"kv_bytes", outcome.kv_bytes}};
}

}  // namespace

raddle_status_t raddle_mesh_simulate(raddle_context_t* context, const int64_t* lengths,
                                     int64_t length_count, int64_t ranks, int64_t capacity,
                                     int64_t longest, const char* profile, char** out_json) {
  return border(
      __func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(lengths), RADDLE_ARGUMENT(out_json)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const auto given, lengths_of(lengths, length_count));
        RADDLE_ASSIGN_OR_RETURN(const Profile costs, profile_of(profile));
        RADDLE_ASSIGN_OR_RETURN(const auto outcomes,
                                raddle::simulate::simulate(costs, given, ranks, capacity, longest));
        const int64_t held = longest > 0 ? longest : *std::ranges::max_element(given);
        Json policies = Json::array();
        for (const Outcome& outcome : outcomes) policies.push_back(to_json(outcome));
        const Json json = {
            {"profile", raddle::ordered_json_from(raddle::simulate::to_json(costs))},
            {"ranks", ranks},
            {"capacity", capacity},
            {"longest", held},
            {"sequences", length_count},
            {"tokens", std::accumulate(given.begin(), given.end(), int64_t{0})},
            {"static_degree", raddle::balance::static_degree(std::span(&held, 1), ranks, capacity)},
            {"policies", std::move(policies)},
            {"not_predicted", raddle::simulate::not_predicted()}};
        *out_json = raddle::capi::copy_text(raddle::json_text(json, 2));
        return Status::ok();
      });
}

raddle_status_t raddle_mesh_draw_lengths(raddle_context_t* context, const char* set, int64_t tokens,
                                         int64_t seed, char** out_json) {
  return border(
      __func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(set), RADDLE_ARGUMENT(out_json)},
      [&]() -> Status {
        constexpr int64_t kMostDrawn = int64_t{1} << 32;
        RADDLE_ASSIGN_OR_RETURN(const auto named, raddle::simulate::parse_length_set(set));
        if (tokens < 1 || tokens > kMostDrawn) {
          return raddle::invalid_argument("tokens is {}, expected 1 to {}", tokens, kMostDrawn);
        }
        if (seed < 0) return raddle::invalid_argument("seed is {}, expected 0 or more", seed);
        const Json json = {
            {"set", set},
            {"longest", named.context},
            {"tokens", tokens},
            {"seed", seed},
            {"lengths", raddle::simulate::draw_lengths(named.set, named.context, tokens,
                                                       static_cast<uint64_t>(seed))}};
        *out_json = raddle::capi::copy_text(raddle::json_text(json));
        return Status::ok();
      });
}
