// SPDX-License-Identifier: Apache-2.0
#include "raddle/mesh.h"

#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <string>

#include "runtime/balance/cost_file.h"
#include "runtime/balance/hybrid.h"
#include "runtime/base/clock.h"
#include "runtime/base/hash.h"
#include "runtime/base/json.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/mesh_arguments.h"

using raddle::Status;
using raddle::balance::CostModel;
using raddle::balance::Group;
using raddle::balance::HybridPlan;
using raddle::balance::Piece;
using raddle::capi::border;
using raddle::capi::cost_model_at;
using raddle::capi::lengths_of;
using raddle::capi::milliseconds;
using Json = nlohmann::ordered_json;

namespace {

Json piece_json(const HybridPlan& plan, const Piece& piece) {
  if (piece.group < 0) return {{"sequence", piece.sequence}, {"degree", 1}};
  return {{"sequence", piece.sequence},
          {"degree", plan.groups[static_cast<size_t>(piece.group)].degree},
          {"part", piece.part},
          {"group", piece.group}};
}

Json plan_json(const HybridPlan& plan) {
  Json ranks = Json::array(), groups = Json::array();
  for (size_t r = 0; r < static_cast<size_t>(plan.ranks); ++r) {
    Json micro_batches = Json::array();
    for (int32_t m = plan.rank_begin[r]; m < plan.rank_begin[r + 1]; ++m) {
      Json pieces = Json::array();
      for (const Piece& piece : plan.pieces_of(m)) pieces.push_back(piece_json(plan, piece));
      micro_batches.push_back(std::move(pieces));
    }
    ranks.push_back(std::move(micro_batches));
  }
  for (const Group& group : plan.groups) groups.push_back(plan.ranks_of(group));
  return {{"ranks", std::move(ranks)}, {"groups", std::move(groups)}};
}

Json to_json(const HybridPlan& plan, const CostModel& costs, std::span<const int64_t> lengths) {
  return {{"makespan", milliseconds(plan.makespan_ps)},
          {"lower_bound", milliseconds(plan.lower_bound_ps)},
          {"planning_ms", 0.0},
          {"kv_bytes", plan.kv_bytes},
          {"kv_bytes_static", plan.static_kv_bytes},
          {"static_degree", raddle::balance::static_degree(lengths, plan.ranks, plan.capacity)},
          {"ranks", plan.ranks},
          {"capacity", plan.capacity},
          {"sequences", lengths.size()},
          {"tokens", std::accumulate(lengths.begin(), lengths.end(), int64_t{0})},
          {"groups", plan.groups.size()},
          {"micro_batches", plan.micro_batches()},
          {"hash", raddle::hash_hex(plan.hash)},
          {"cost", raddle::ordered_json_from(raddle::balance::to_json(costs))}};
}

}  // namespace

raddle_status_t raddle_mesh_plan(raddle_context_t* context, const int64_t* lengths,
                                 int64_t length_count, int64_t ranks, int64_t capacity,
                                 const char* cost_path, int32_t with_plan, char** out_json) {
  return border(
      __func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(lengths), RADDLE_ARGUMENT(out_json)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const auto given, lengths_of(lengths, length_count));
        CostModel costs;
        if (cost_path != nullptr) {
          RADDLE_ASSIGN_OR_RETURN(costs, cost_model_at(cost_path));
        }
        const int64_t begin = raddle::now_ns();
        RADDLE_ASSIGN_OR_RETURN(const HybridPlan plan,
                                raddle::balance::plan_hybrid(costs, given, ranks, capacity));
        const int64_t end = raddle::now_ns();
        RADDLE_RETURN_IF_ERROR(raddle::balance::verify_plan(plan, given));
        Json json = to_json(plan, costs, given);
        json["planning_ms"] = static_cast<double>(end - begin) * 1e-6;
        if (with_plan != 0) json["plan"] = plan_json(plan);
        *out_json = raddle::capi::copy_text(raddle::json_text(json, with_plan != 0 ? -1 : 2));
        return Status::ok();
      });
}
