// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "raddle/mesh.h"
#include "runtime/balance/cost_file.h"
#include "runtime/balance/group_plan.h"
#include "runtime/base/clock.h"
#include "runtime/base/hash.h"
#include "runtime/base/json.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/mesh_arguments.h"

using raddle::Status;
using raddle::balance::CostModel;
using raddle::balance::FlexGroup;
using raddle::balance::GroupPlan;
using raddle::balance::GroupSizes;
using raddle::capi::border;
using raddle::capi::cost_model_at;
using raddle::capi::lengths_of;
using raddle::capi::milliseconds;
using Json = nlohmann::ordered_json;

namespace {

// A list for each micro-batch, of what `look` makes of each of its groups.
template <class Look>
Json by_micro_batch(const GroupPlan& plan, const Look& look) {
  Json lists = Json::array();
  for (const FlexGroup& group : plan.groups) {
    while (static_cast<int32_t>(lists.size()) <= group.micro_batch) lists.push_back(Json::array());
    lists.back().push_back(look(group));
  }
  return lists;
}

Json plan_json(const GroupPlan& plan) {
  return by_micro_batch(plan, [&](const FlexGroup& group) -> Json {
    const std::span sequences =
        std::span(plan.sequences)
            .subspan(static_cast<size_t>(group.first), static_cast<size_t>(group.count));
    return {{"first_rank", group.first_rank},
            {"degree", group.degree},
            {"time_ms", milliseconds(group.time_ps)},
            {"sequences", sequences}};
  });
}

Json to_json(const GroupPlan& plan, const CostModel& costs, std::span<const int64_t> lengths) {
  return {{"time_ms", milliseconds(plan.time_ps)},
          {"equal_groups_ms", milliseconds(plan.equal_groups_ps)},
          {"planning_ms", 0.0},
          {"ranks", plan.ranks},
          {"capacity", plan.capacity},
          {"sequences", lengths.size()},
          {"tokens", std::accumulate(lengths.begin(), lengths.end(), int64_t{0})},
          {"micro_batches", plan.micro_batches},
          {"groups", plan.groups.size()},
          {"shapes", by_micro_batch(plan, [](const FlexGroup& group) { return group.degree; })},
          {"hash", raddle::hash_hex(plan.hash)},
          {"cost", raddle::ordered_json_from(raddle::balance::to_json(costs))}};
}

}  // namespace

raddle_status_t raddle_mesh_plan_groups(raddle_context_t* context, const int64_t* lengths,
                                        int64_t length_count, int64_t ranks, int64_t capacity,
                                        int32_t any_size, const char* cost_path, int32_t with_plan,
                                        char** out_json) {
  return border(__func__,
                {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(lengths), RADDLE_ARGUMENT(cost_path),
                 RADDLE_ARGUMENT(out_json)},
                [&]() -> Status {
                  RADDLE_ASSIGN_OR_RETURN(const auto given, lengths_of(lengths, length_count));
                  RADDLE_ASSIGN_OR_RETURN(const CostModel costs, cost_model_at(cost_path));
                  const int64_t begin = raddle::now_ns();
                  RADDLE_ASSIGN_OR_RETURN(
                      const GroupPlan plan,
                      raddle::balance::plan_groups(
                          costs, given, ranks, capacity,
                          any_size != 0 ? GroupSizes::kAny : GroupSizes::kPowersOfTwo));
                  const int64_t end = raddle::now_ns();
                  RADDLE_RETURN_IF_ERROR(raddle::balance::verify_groups(plan, given));
                  Json json = to_json(plan, costs, given);
                  json["planning_ms"] = static_cast<double>(end - begin) * 1e-6;
                  if (with_plan != 0) json["plan"] = plan_json(plan);
                  *out_json = raddle::capi::copy_text(raddle::json_text(json));
                  return Status::ok();
                });
}
