// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/planned_program.h"

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

StatusOr<PlannedProgram> plan_and_bind(graph::Graph graph, const plan::PlanOptions& options,
                                       float weight_decay, exec::StateStore& store,
                                       exec::HostDevice& device) {
  RADDLE_ASSIGN_OR_RETURN(plan::Program program,
                          plan::plan_program(std::move(graph), device.caps, options));
  PlannedProgram planned;
  planned.program = std::make_unique<const plan::Program>(std::move(program));
  RADDLE_ASSIGN_OR_RETURN(planned.executor, exec::StepExecutor::create(*planned.program, store,
                                                                       weight_decay, *device.pool));
  return planned;
}

}  // namespace raddle::session
