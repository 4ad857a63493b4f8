// SPDX-License-Identifier: Apache-2.0
#include "raddle/plan.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "runtime/base/json.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/device/host_memory.h"
#include "runtime/models/build_model.h"
#include "runtime/plan/explain.h"
#include "runtime/session/data_pipeline.h"
#include "runtime/session/model_of.h"

using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::plan::Instruction;
using raddle::plan::Program;
using Json = nlohmann::ordered_json;

namespace {

StatusOr<int64_t> flops_per_token(const raddle::config::Config& config) {
  RADDLE_ASSIGN_OR_RETURN(const auto model, raddle::session::model_of(config));
  const int64_t length = raddle::session::sequence_length(config, model.context);
  return static_cast<int64_t>(raddle::models::flops_per_token(model, length));
}

raddle_memory_table_t memory_table(const raddle_plan_t& plan) {
  const auto& memory = plan.program.memory;
  raddle_memory_table_t table = RADDLE_MEMORY_TABLE_INIT;
  table.parameter_bytes = static_cast<int64_t>(memory.parameters);
  table.gradient_bytes = static_cast<int64_t>(memory.gradients);
  table.optimizer_bytes = static_cast<int64_t>(memory.optimizer);
  table.activation_bytes = static_cast<int64_t>(memory.activations);
  table.scratch_bytes = static_cast<int64_t>(memory.scratch);
  table.other_bytes = static_cast<int64_t>(memory.persistent);
  table.total_bytes = static_cast<int64_t>(memory.total());
  table.limit_bytes = plan.limit_bytes;
  table.missing_bytes = std::max<int64_t>(0, table.total_bytes - table.limit_bytes);
  return table;
}

Json memory_json(const raddle_memory_table_t& table) {
  return {{"parameters", table.parameter_bytes}, {"gradients", table.gradient_bytes},
          {"optimizer", table.optimizer_bytes},  {"activations", table.activation_bytes},
          {"scratch", table.scratch_bytes},      {"other", table.other_bytes},
          {"total", table.total_bytes},          {"limit", table.limit_bytes},
          {"missing", table.missing_bytes}};
}

Json groups_json(std::span<const raddle::config::ParameterGroup> groups) {
  Json json = Json::array();
  for (const auto& group : groups) {
    json.push_back({{"match", group.match},
                    {"frozen", group.frozen},
                    {"learning_rate_factor", group.learning_rate_factor},
                    {"weight_decay", group.weight_decay ? Json(*group.weight_decay) : Json()}});
  }
  return json;
}

Json to_json(const raddle_plan_t& plan) {
  const Program& program = plan.program;
  Json parameters = Json::array();
  for (size_t i = 0; i < program.graph.parameters().size(); ++i) {
    const auto& parameter = program.graph.parameters()[i];
    const auto& tensor = program.graph.tensor(parameter.tensor);
    parameters.push_back({{"name", tensor.name},
                          {"shape", tensor.shape.dims()},
                          {"init", parameter.init.to_string()},
                          {"decay", parameter.decay}});
    if (plan.groups.group_of[i] >= 0) parameters.back()["group"] = plan.groups.group_of[i] + 1;
  }
  Json instructions = Json::array();
  for (const Instruction& instruction : program.instructions) {
    instructions.push_back(
        {{"name", instruction.name},
         {"segment", raddle::plan::segment_name(instruction.segment)},
         {"kernel", instruction.kernel_name},
         {"refusals", instruction.refusals},
         {"scratch_bytes",
          instruction.scratch.present() ? program.buffer(instruction.scratch).bytes : 0}});
  }
  Json json = {{"hash", fmt::format("{:016x}", program.hash)},
               {"memory", memory_json(memory_table(plan))},
               {"parameter_elements", program.graph.parameter_elements()}};
  if (plan.flops_per_token > 0) json["flops_per_token"] = plan.flops_per_token;
  json["groups"] = groups_json(plan.groups.groups);
  json["parameters"] = std::move(parameters);
  json["instructions"] = std::move(instructions);
  return json;
}

}  // namespace

raddle_status_t raddle_plan_create(raddle_context_t* context, const raddle_config_t* config,
                                   const raddle_graph_t* graph, raddle_plan_t** out_plan) {
  return border(
      __func__,
      {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(config), RADDLE_OPTIONAL_ARGUMENT(graph),
       RADDLE_ARGUMENT(out_plan)},
      [&]() -> Status {
        RADDLE_RETURN_IF_ERROR(config->config.validate());
        if (graph != nullptr && !graph->finished.has_value()) {
          return raddle::failed_precondition(
              "the graph is not finished; call raddle_graph_finish() first");
        }
        int64_t flops = 0;
        if (graph == nullptr) {
          RADDLE_ASSIGN_OR_RETURN(flops, flops_per_token(config->config));
        }
        RADDLE_ASSIGN_OR_RETURN(
            Program program, raddle::session::plan_training(
                                 config->config, graph == nullptr ? nullptr : &*graph->finished));
        int64_t limit = config->config.get_int("runtime.memory_limit");
        if (limit == 0) {
          limit = program.caps.memory_bytes > 0
                      ? static_cast<int64_t>(program.caps.memory_bytes)
                      : raddle::device::host_memory().tightest().room_bytes;
        }
        auto plan = std::make_unique<raddle_plan>();
        RADDLE_ASSIGN_OR_RETURN(plan->groups,
                                raddle::session::group_parameters(config->config, program.graph));
        plan->program = std::move(program);
        plan->limit_bytes = limit;
        plan->flops_per_token = flops;
        *out_plan = plan.release();
        return Status::ok();
      });
}

void raddle_plan_destroy(raddle_plan_t** plan) {
  if (plan == nullptr) return;
  raddle::capi::destroy(std::exchange(*plan, nullptr));
}

raddle_status_t raddle_plan_get_memory(const raddle_plan_t* plan,
                                       raddle_memory_table_t* out_table) {
  return border(__func__, {RADDLE_ARGUMENT(plan), RADDLE_ARGUMENT(out_table)}, [&]() -> Status {
    RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_table", out_table));
    raddle::capi::write_struct(out_table, memory_table(*plan));
    return Status::ok();
  });
}

raddle_status_t raddle_plan_explain(const raddle_plan_t* plan, char** out_text) {
  return border(__func__, {RADDLE_ARGUMENT(plan), RADDLE_ARGUMENT(out_text)}, [&]() -> Status {
    const std::string groups = plan->groups.to_text(plan->program.graph);
    *out_text = raddle::capi::copy_text(raddle::plan::explain(plan->program) +
                                        (groups.empty() ? "" : "\n" + groups));
    return Status::ok();
  });
}

raddle_status_t raddle_plan_to_json(const raddle_plan_t* plan, char** out_json) {
  return border(__func__, {RADDLE_ARGUMENT(plan), RADDLE_ARGUMENT(out_json)}, [&]() -> Status {
    *out_json = raddle::capi::copy_text(raddle::json_text(to_json(*plan), 2));
    return Status::ok();
  });
}

uint64_t raddle_plan_hash(const raddle_plan_t* plan) {
  return plan == nullptr ? 0 : plan->program.hash;
}
