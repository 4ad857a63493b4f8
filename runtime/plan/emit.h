// SPDX-License-Identifier: Apache-2.0
// The instructions of a program, in order: those of its nodes, what a step has around them, and for
// a device with memory of its own the copies from and to the host with the events that order them.
#pragma once

#include "runtime/plan/planner.h"

namespace raddle::plan {

// Fills in buffers and instructions of a program that has its graph and caps. Errors as
// plan_program().
Status emit_instructions(Program& program, const PlanOptions& options, const StateLayout& layout);

}  // namespace raddle::plan
