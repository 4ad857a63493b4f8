// SPDX-License-Identifier: Apache-2.0
// Everything that decides about a Program happens here, before the first step, as a pure function.
#pragma once

#include <string>
#include <vector>

#include "runtime/plan/program.h"

namespace raddle::plan {

struct PlanOptions {
  bool with_update = false;    // add the update segment (graph must be differentiated)
  bool require_tuned = false;  // a reference kernel is an error, not a warning
  std::vector<std::string> disabled_kernels;  // patterns, see is_disabled() in select.h
  // Of the store that it will run on; `optimizer` goes by `with_update`, and a graph of BF16 needs
  // the copies whatever is said here.
  StateOptions state;
  // Whether sequences may be spread over the ranks of `state`: attention then joins what each has.
  Spread spread = Spread::kNone;
  size_t memory_limit_bytes = 0;  // 0: none
  size_t held_bytes = 0;          // of the limit, by what is there beside this program's parameters
};

// Errors: RESOURCE_EXHAUSTED says by how many bytes the plan exceeds the limit; UNAVAILABLE names
// an instruction that no kernel accepts (or, with require_tuned, only the reference), with every
// refusal; UNIMPLEMENTED: an update of a state that several ranks share, on a device with memory of
// its own or with gradients in shares, or sequences of BF16 that are spread over them. A reference
// kernel that is chosen without being asked for is logged as a warning, once a kernel.
StatusOr<Program> plan_program(graph::Graph graph, const device::DeviceCaps& caps,
                               const PlanOptions& options);

}  // namespace raddle::plan
