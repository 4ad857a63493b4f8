// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/explain.h"

#include <fmt/format.h>

#include <iterator>

#include "runtime/base/hash.h"

namespace raddle::plan {
namespace {

std::string place_text(const Placement& place) {
  switch (place.space) {
    case Space::kNone:
      return "-";
    case Space::kArena:
      return fmt::format("arena+{}", place.offset);
    case Space::kPersistent:
      return fmt::format("persistent+{}", place.offset);
    case Space::kParameter:
      return fmt::format("parameter {}", place.parameter);
    case Space::kGradient:
      return fmt::format("gradient {}", place.parameter);
  }
  return "?";
}

void print_instruction(const Program& program, size_t index, std::string* out) {
  const Instruction& instruction = program.instructions[index];
  fmt::format_to(std::back_inserter(*out), "{:5} {:<8} {} [{}]", index,
                 segment_name(instruction.segment), instruction.name,
                 instruction.kernel < 0 ? "view" : instruction.kernel_name);
  if (instruction.action == Action::kNode) {
    const graph::Node& node = program.graph.nodes()[static_cast<size_t>(instruction.node)];
    for (graph::TensorId id : node.outputs) {
      if (!id.present()) continue;
      const graph::Tensor& tensor = program.graph.tensor(id);
      const size_t at = static_cast<size_t>(id.value);
      fmt::format_to(std::back_inserter(*out), " -> {} {} @{}{}", tensor.name,
                     tensor.shape.to_string(), place_text(program.placements[at]),
                     program.overwrites_gradient[at] ? " (overwrites)" : "");
    }
  }
  if (instruction.scratch_bytes > 0) {
    fmt::format_to(std::back_inserter(*out), " scratch {} @arena+{}", instruction.scratch_bytes,
                   instruction.scratch_offset);
  }
  *out += '\n';
}

}  // namespace

std::string memory_text(const Program& program) {
  const MemoryTable& m = program.memory;
  std::string out = fmt::format("{:<30} {:>16} {:>10}\n", "memory", "bytes", "MiB");
  const auto row = [&](std::string_view name, size_t bytes) {
    fmt::format_to(std::back_inserter(out), "{:<30} {:>16} {:>10.1f}\n", name, bytes,
                   static_cast<double>(bytes) / (1 << 20));
  };
  row("parameters", m.parameters);
  row("gradients", m.gradients);
  row("optimizer (m, v)", m.optimizer);
  row("inputs, outputs, caches", m.persistent);
  row("activations", m.activations);
  row("scratch beyond activations", m.scratch);
  row("total", m.total());
  return out;
}

std::string instruction_text(const Program& program) {
  std::string out;
  for (size_t i = 0; i < program.instructions.size(); ++i) print_instruction(program, i, &out);
  return out;
}

std::string explain(const Program& program) {
  std::string out =
      fmt::format("plan {} on {} threads\n", hash_hex(program.hash), program.caps.threads);
  for (size_t i = 0; i < program.instructions.size(); ++i) {
    print_instruction(program, i, &out);
    for (const std::string& refusal : program.instructions[i].refusals) {
      fmt::format_to(std::back_inserter(out), "      not {}\n", refusal);
    }
  }
  out += '\n';
  out += memory_text(program);
  return out;
}

}  // namespace raddle::plan
