// SPDX-License-Identifier: Apache-2.0
// A Program together with the executor that runs it.
#pragma once

#include <memory>

#include "runtime/config/config.h"
#include "runtime/exec/open_device.h"
#include "runtime/exec/step_executor.h"
#include "runtime/plan/planner.h"

namespace raddle::session {

// kernels.*; with `limited`, runtime.memory_limit too.
plan::PlanOptions plan_options_from(const config::Config& config, bool with_update, bool limited);

struct PlannedProgram {
  std::unique_ptr<const plan::Program> program;
  std::unique_ptr<exec::StepExecutor> executor;
};

StatusOr<PlannedProgram> bind(plan::Program program, float weight_decay, exec::StateStore& store,
                              device::Device& device, exec::RankExchange* exchange = nullptr);
// Of a graph without an update: plans it, looks for room for its buffers, binds it.
StatusOr<PlannedProgram> plan_and_bind(graph::Graph graph, const plan::PlanOptions& options,
                                       exec::StateStore& store, device::Device& device);

// RESOURCE_EXHAUSTED if the device leaves less than `bytes` (the machine, a control group or a
// ulimit, where its memory is the host's): what is short, which limit says so, and what helps.
// Asked before memory is taken, because the system would grant it and end the process later.
Status check_room(std::string_view what, size_t bytes, device::Device& device);
// The same for what `program` is about to take: `bytes` of the device and what it stages and
// options.held_bytes of the host. A limit of the user's own, which the planner looked at, stands in
// its place.
Status check_room(const plan::Program& program, size_t bytes, const plan::PlanOptions& options,
                  device::Device& device);

}  // namespace raddle::session
