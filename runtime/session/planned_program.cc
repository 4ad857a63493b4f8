// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/planned_program.h"

#include "runtime/device/host_memory.h"
#include "runtime/plan/explain.h"

namespace raddle::session {

plan::PlanOptions plan_options_from(const config::Config& config, bool with_update, bool limited) {
  plan::PlanOptions options;
  options.with_update = with_update;
  options.require_tuned = config.get_string("kernels.require") == "tuned";
  options.disabled_kernels = config.get_list("kernels.disable");
  if (limited) {
    options.memory_limit_bytes = static_cast<size_t>(config.get_int("runtime.memory_limit"));
  }
  return options;
}

StatusOr<PlannedProgram> bind(plan::Program program, float weight_decay, exec::StateStore& store,
                              device::Device& device, exec::RankExchange* exchange) {
  PlannedProgram planned;
  planned.program = std::make_unique<const plan::Program>(std::move(program));
  RADDLE_ASSIGN_OR_RETURN(
      planned.executor,
      exec::StepExecutor::create(*planned.program, store, weight_decay, device, exchange));
  return planned;
}

StatusOr<PlannedProgram> plan_and_bind(graph::Graph graph, const plan::PlanOptions& options,
                                       exec::StateStore& store, device::Device& device) {
  RADDLE_ASSIGN_OR_RETURN(plan::Program program,
                          plan::plan_program(std::move(graph), device.caps(), options));
  RADDLE_RETURN_IF_ERROR(check_room(program, program.arena_bytes, options, device));
  return bind(std::move(program), 0, store, device);
}

namespace {

Status check_limit(std::string_view what, size_t bytes, const device::MemoryLimit& limit) {
  if (bytes <= static_cast<size_t>(limit.room_bytes)) return Status::ok();
  return resource_exhausted(
      "not enough memory for {}: it takes {} bytes more, and {} leaves {} of {}; lower "
      "train.micro_batch_tokens or the model's size, set train.recompute = \"block\", end other "
      "programs or raise that limit (runtime.memory_limit states one of your own instead)",
      what, bytes, limit.name, limit.room_bytes, limit.limit_bytes);
}

}  // namespace

Status check_room(std::string_view what, size_t bytes, device::Device& device) {
  RADDLE_ASSIGN_OR_RETURN(const device::MemoryLimit limit, device.memory_limit());
  return check_limit(what, bytes, limit);
}

Status check_room(const plan::Program& program, size_t bytes, const plan::PlanOptions& options,
                  device::Device& device) {
  if (options.memory_limit_bytes != 0) return Status::ok();
  const size_t of_host = program.staging_bytes + options.held_bytes;
  const bool is_one = device.caps().host_memory;
  Status status = check_room("the plan", is_one ? bytes + of_host : bytes, device);
  if (status.is_ok() && !is_one) {
    status = check_limit("what the plan stages", of_host, device::host_memory().tightest());
  }
  if (status.is_ok()) return status;
  return resource_exhausted("{}\n{}", status.message(), plan::memory_text(program));
}

}  // namespace raddle::session
