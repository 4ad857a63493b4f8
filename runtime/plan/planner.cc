// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/planner.h"

#include "runtime/base/hash.h"
#include "runtime/graph/text.h"
#include "runtime/plan/buffers.h"
#include "runtime/plan/emit.h"
#include "runtime/plan/explain.h"

namespace raddle::plan {
namespace {

void count_state(const PlanOptions& options, Program* program) {
  const graph::Graph& graph = program->graph;
  const std::vector<char> trained = graph.trained_parameters();
  for (size_t i = 0; i < trained.size(); ++i) {
    const size_t bytes = device::align_buffer(
        tensor_bytes(graph.tensor(graph.parameters()[i].tensor)), program->caps.buffer_alignment);
    program->memory.parameters += bytes;
    if (!options.with_update || trained[i] == 0) continue;
    program->memory.gradients += bytes;
    program->memory.optimizer += 2 * bytes;
  }
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
  Program program;
  program.graph = std::move(graph);
  program.caps = caps;
  RADDLE_RETURN_IF_ERROR(emit_instructions(program, options));
  RADDLE_RETURN_IF_ERROR(begin_sums(program));
  place_buffers(program);
  count_state(options, &program);
  const std::string text = graph::to_text(program.graph);
  program.agreement_hash = hash_text(text + instruction_text(program, Detail::kOrder));
  program.hash = hash_text(text + instruction_text(program, Detail::kPlaces));
  RADDLE_RETURN_IF_ERROR(check_limit(program, options));
  return program;
}

}  // namespace raddle::plan
