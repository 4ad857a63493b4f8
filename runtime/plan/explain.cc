// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/explain.h"

#include <fmt/format.h>

#include <iterator>

#include "runtime/base/hash.h"

namespace raddle::plan {
namespace {

std::string place_text(const Program& program, BufferId id) {
  if (!id.present()) return "-";
  const Buffer& buffer = program.buffer(id);
  switch (buffer.space) {
    case Space::kArena:
      return fmt::format("arena+{}", buffer.offset);
    case Space::kPersistent:
      return fmt::format("persistent+{}", buffer.offset);
    case Space::kState:
      return fmt::format("{} {}", role_name(buffer.role), buffer.parameter);
    case Space::kStaging:
      return fmt::format("staging+{}", buffer.offset);
  }
  return "?";
}

std::string_view access_text(Access access) {
  switch (access) {
    case Access::kOverwrite:
      return " (overwrites)";
    case Access::kAccumulate:
      return " (adds)";
    case Access::kUpdate:
      return " (updates)";
    case Access::kRead:
    case Access::kWrite:
      break;
  }
  return "";
}

// What is done, without what it is done to.
std::string action_text(const Instruction& instruction) {
  switch (instruction.action) {
    case Action::kKernel:
      return fmt::format("{} [{}]", instruction.name, instruction.kernel_name);
    case Action::kRecord:
    case Action::kWait:
      return fmt::format("{} [{} event {}]", instruction.name,
                         instruction.action == Action::kRecord ? "record" : "wait for",
                         instruction.event);
    case Action::kExchange:
      return fmt::format("{} [exchange]", instruction.name);
    case Action::kTag:
      return fmt::format("{} [phase {}]", instruction.name, static_cast<int>(instruction.phase));
    case Action::kCopy:
      break;
  }
  return instruction.name;
}

// The outputs of a node by their own names, which a buffer that is taken over does not have.
void print_outputs(const Program& program, const Instruction& instruction, Detail detail,
                   std::string* out) {
  const graph::Node& node = program.graph.nodes()[static_cast<size_t>(instruction.index)];
  for (graph::TensorId id : node.outputs) {
    if (!id.present()) continue;
    const graph::Tensor& tensor = program.graph.tensor(id);
    const BufferId buffer = program.buffer_of(id);
    fmt::format_to(std::back_inserter(*out), " -> {}{} {}", tensor.name,
                   tensor.dtype == DType::kF32 ? "" : fmt::format(" {}", dtype_name(tensor.dtype)),
                   tensor.shape.to_string());
    if (detail == Detail::kPlaces) *out += " @" + place_text(program, buffer);
    for (const Use& use : instruction.uses) {
      if (use.buffer == buffer) *out += access_text(use.access);
    }
  }
}

void print_written(const Program& program, const Instruction& instruction, Detail detail,
                   std::string* out) {
  if (instruction.part == Part::kAdamW && program.state.compute_copies) *out += " and copies";
  for (const Use& use : instruction.uses) {
    if (use.access == Access::kRead || use.buffer == instruction.scratch) continue;
    if (program.buffer(use.buffer).space == Space::kState) continue;  // the update's: all there is
    *out += " -> " + program.buffer(use.buffer).name;
    if (detail == Detail::kPlaces) *out += " @" + place_text(program, use.buffer);
    *out += access_text(use.access);
  }
}

void print_instruction(const Program& program, size_t index, Detail detail, std::string* out) {
  const Instruction& instruction = program.instructions[index];
  fmt::format_to(std::back_inserter(*out), "{:5} {:<8} ", index, segment_name(instruction.segment));
  if (instruction.queue != Queue::kCompute) {
    fmt::format_to(std::back_inserter(*out), "{}: ", queue_name(instruction.queue));
  }
  *out += action_text(instruction);
  const bool is_node = instruction.action == Action::kKernel && instruction.part == Part::kNode;
  if (is_node) {
    print_outputs(program, instruction, detail, out);
  } else {
    print_written(program, instruction, detail, out);
  }
  if (instruction.scratch.present() && detail == Detail::kPlaces) {
    fmt::format_to(std::back_inserter(*out), " scratch {} @{}",
                   program.buffer(instruction.scratch).bytes,
                   place_text(program, instruction.scratch));
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
  if (m.staging > 0) row("staging (host)", m.staging);
  row("total", m.total());
  return out;
}

std::string instruction_text(const Program& program, Detail detail) {
  std::string out;
  for (size_t i = 0; i < program.instructions.size(); ++i) {
    print_instruction(program, i, detail, &out);
  }
  return out;
}

std::string explain(const Program& program) {
  std::string out =
      fmt::format("plan {} on {} threads\n", hash_hex(program.hash), program.caps.threads);
  for (size_t i = 0; i < program.instructions.size(); ++i) {
    print_instruction(program, i, Detail::kPlaces, &out);
    for (const std::string& refusal : program.instructions[i].refusals) {
      fmt::format_to(std::back_inserter(out), "      not {}\n", refusal);
    }
  }
  out += '\n';
  out += memory_text(program);
  return out;
}

std::string_view segment_name(Segment segment) {
  switch (segment) {
    case Segment::kForward:
      return "forward";
    case Segment::kBackward:
      return "backward";
    case Segment::kUpdate:
      return "update";
  }
  return "unknown";
}

std::string_view queue_name(Queue queue) {
  return queue == Queue::kCompute ? "compute" : "transfer";
}

}  // namespace raddle::plan
