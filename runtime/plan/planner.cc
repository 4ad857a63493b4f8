// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/planner.h"

#include "runtime/base/hash.h"
#include "runtime/graph/text.h"
#include "runtime/plan/buffers.h"
#include "runtime/plan/emit.h"
#include "runtime/plan/explain.h"

namespace raddle::plan {
namespace {

void count_state(const StateLayout& layout, Program* program) {
  const auto bytes_of = [&](Role role) {
    size_t bytes = 0;
    for (size_t i = 0; i < program->graph.parameters().size(); ++i) {
      const auto parameter = static_cast<int32_t>(i);
      if (!layout.has(parameter, role)) continue;
      bytes += device::align_buffer(layout.record(parameter, role).bytes(), layout.alignment());
    }
    return bytes;
  };
  program->memory.parameters = bytes_of(Role::kMaster) + bytes_of(Role::kCompute);
  program->memory.gradients = bytes_of(Role::kGradient);
  program->memory.optimizer = bytes_of(Role::kMoment1) + bytes_of(Role::kMoment2);
}

// Ranks exchange values where the host can reach them, and whole gradients.
Status check_state(const graph::Graph& graph, const device::DeviceCaps& caps,
                   const PlanOptions& options) {
  RADDLE_ASSERT(options.state.rank >= 0 && options.state.rank < options.state.ranks);
  RADDLE_ASSERT(options.spread == Spread::kNone ||
                (options.with_update && options.state.ranks > 1));
  if (options.spread != Spread::kNone && graph.precision() != DType::kF32) {
    return unimplemented(
        "sequences are spread over ranks in F32 only, and the graph is of {}; set mesh.placement = "
        "\"micro_batch\" or train.precision = \"fp32\"",
        dtype_name(graph.precision()));
  }
  if (!options.with_update || options.state.ranks == 1) return Status::ok();
  if (!caps.host_memory) {
    return unimplemented(
        "{} ranks exchange gradients and weights in memory of the host, which that of {} is not; "
        "train on the CPU, or with one rank",
        options.state.ranks, caps.name);
  }
  if (!options.state.shard_gradients) return Status::ok();
  return unimplemented(
      "an update of a state of which {} ranks hold only their own gradients needs gradients that "
      "are exchanged while backward makes them; keep them whole",
      options.state.ranks);
}

Status check_limit(const Program& program, const PlanOptions& options) {
  const size_t total = program.memory.total() + options.held_bytes;
  if (options.memory_limit_bytes == 0 || total <= options.memory_limit_bytes) return Status::ok();
  return resource_exhausted(
      "the plan needs {} bytes{}, {} more than the limit of {}; lower train.micro_batch_tokens, "
      "set train.recompute = \"block\", or raise runtime.memory_limit\n{}",
      total,
      options.held_bytes > 0
          ? fmt::format(" with the {} of what the session holds beside it", options.held_bytes)
          : "",
      total - options.memory_limit_bytes, options.memory_limit_bytes, memory_text(program));
}

}  // namespace

StatusOr<Program> plan_program(graph::Graph graph, const device::DeviceCaps& caps,
                               const PlanOptions& options) {
  RADDLE_RETURN_IF_ERROR(check_state(graph, caps, options));
  Program program;
  program.graph = std::move(graph);
  program.caps = caps;
  program.state = options.state;
  program.spread = options.spread;
  program.state.optimizer = options.with_update;
  program.state.compute_copies |= program.graph.precision() != DType::kF32;
  const StateLayout layout =
      StateLayout::of(program.graph, program.state, program.caps.buffer_alignment);
  RADDLE_RETURN_IF_ERROR(emit_instructions(program, options, layout));
  RADDLE_RETURN_IF_ERROR(begin_sums(program));
  place_buffers(program);
  count_state(layout, &program);
  const std::string text = graph::to_text(program.graph);
  program.agreement_hash = hash_text(text + instruction_text(program, Detail::kOrder));
  program.hash = hash_text(text + instruction_text(program, Detail::kPlaces));
  RADDLE_RETURN_IF_ERROR(check_limit(program, options));
  return program;
}

}  // namespace raddle::plan
