// SPDX-License-Identifier: Apache-2.0
// A Program together with the executor that runs it.
#pragma once

#include <memory>

#include "runtime/config/config.h"
#include "runtime/exec/host_device.h"
#include "runtime/exec/step_executor.h"
#include "runtime/plan/planner.h"

namespace raddle::session {

// kernels.*; with `limited`, runtime.memory_limit too.
plan::PlanOptions plan_options_from(const config::Config& config, bool with_update, bool limited);

struct PlannedProgram {
  std::unique_ptr<const plan::Program> program;
  std::unique_ptr<exec::StepExecutor> executor;
};

StatusOr<PlannedProgram> plan_and_bind(graph::Graph graph, const plan::PlanOptions& options,
                                       float weight_decay, exec::StateStore& store,
                                       exec::HostDevice& device);

}  // namespace raddle::session
