// SPDX-License-Identifier: Apache-2.0
// Plays the instructions on a map of who owns which bytes of the arena.
#include "runtime/plan/verify_program.h"

#include <algorithm>
#include <map>

namespace raddle::plan {
namespace {

using graph::Graph;
using graph::Node;
using graph::TensorId;
using graph::TensorKind;

struct Region {
  size_t begin = 0, end = 0;
  bool overlaps(const Region& other) const {
    return std::max(begin, other.begin) < std::min(end, other.end);
  }
  friend bool operator==(const Region&, const Region&) = default;
};

class ProgramVerifier {
 public:
  explicit ProgramVerifier(const Program& program)
      : program_(program), graph_(program.graph), added_(graph_.parameters().size(), 0) {}
  Status run();

 private:
  struct Owner {
    size_t end;
    int32_t tensor;
  };
  // Where the tensor behind `id` lies in the arena; empty if it is elsewhere or of no elements.
  Region region(TensorId id) const;
  const std::string& name(TensorId id) const { return graph_.tensor(id).name; }
  bool is_owned(TensorId root) const;
  Status take(Region region, int32_t tensor);
  Status check_reads(const Node& node) const;
  Status check_write(const Node& node, size_t output) const;
  Status check_gradient(TensorId id);
  Status play(const Instruction& instruction);
  Status own_persistent();

  const Program& program_;
  const Graph& graph_;
  std::map<size_t, Owner> owners_;  // by first byte
  std::vector<char> added_;         // by parameter: its gradient was written
};

Region ProgramVerifier::region(TensorId id) const {
  const graph::Tensor& tensor = graph_.tensor(id);
  const Placement& place = program_.placements[static_cast<size_t>(id.value)];
  if (place.space != Space::kArena && place.space != Space::kPersistent) return {};
  const size_t bytes = static_cast<size_t>(tensor.shape.elements()) * dtype_bytes(tensor.dtype);
  return {place.offset, place.offset + bytes};
}

bool ProgramVerifier::is_owned(TensorId root) const {
  const Region where = region(root);
  if (where.begin == where.end) return true;
  const auto found = owners_.find(where.begin);
  return found != owners_.end() && found->second.tensor == root.value &&
         found->second.end == where.end;
}

// Gives the bytes to `tensor` (-1: scratch). What callers set or read back must not be among them.
Status ProgramVerifier::take(Region region, int32_t tensor) {
  if (region.begin == region.end) return Status::ok();
  if (region.end > program_.arena_bytes) {
    return internal_error("bytes {} to {} lie outside the arena of {}", region.begin, region.end,
                          program_.arena_bytes);
  }
  auto next = owners_.lower_bound(region.begin);
  if (next != owners_.begin() && std::prev(next)->second.end > region.begin) --next;
  while (next != owners_.end() && next->first < region.end) {
    if (next->second.tensor >= 0 && next->second.tensor != tensor) {
      const TensorId victim{next->second.tensor};
      if (program_.placements[static_cast<size_t>(victim.value)].space == Space::kPersistent) {
        return internal_error("it overwrites {}, which stays for ever", name(victim));
      }
    }
    next = owners_.erase(next);
  }
  if (tensor >= 0) owners_[region.begin] = {region.end, tensor};
  return Status::ok();
}

Status ProgramVerifier::check_reads(const Node& node) const {
  for (TensorId id : node.inputs) {
    if (!id.present() || is_owned(graph_.root(id))) continue;
    return internal_error("it reads {}, whose memory nothing wrote or something took", name(id));
  }
  return Status::ok();
}

// An output may lie on an input only as a whole, where the op allows it, and if no other input
// shows the same memory.
Status ProgramVerifier::check_write(const Node& node, size_t output) const {
  const Region written = region(node.outputs[output]);
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!node.inputs[i].present() || !written.overlaps(region(node.inputs[i]))) continue;
    bool allowed = false;
    for (const graph::InPlace& pair : graph::op_info(node.op).in_place) {
      allowed = allowed || (pair.output == static_cast<int>(output) &&
                            pair.input == static_cast<int>(i) && written == region(node.inputs[i]));
    }
    if (allowed) continue;
    return internal_error("its output {} lies on its input {}", name(node.outputs[output]),
                          name(node.inputs[i]));
  }
  for (size_t i = 0; i < output; ++i) {
    if (!node.outputs[i].present() || !written.overlaps(region(node.outputs[i]))) continue;
    return internal_error("its outputs {} and {} lie on each other", name(node.outputs[i]),
                          name(node.outputs[output]));
  }
  return Status::ok();
}

Status ProgramVerifier::check_gradient(TensorId id) {
  char& added = added_[static_cast<size_t>(graph_.tensor(id).parameter)];
  const bool overwrites = program_.overwrites_gradient[static_cast<size_t>(id.value)] != 0;
  if (overwrites == (added != 0)) {
    return internal_error("its gradient {} {}", name(id),
                          overwrites ? "overwrites an earlier one" : "adds to nothing");
  }
  added = 1;
  return Status::ok();
}

Status ProgramVerifier::play(const Instruction& instruction) {
  const Region scratch{instruction.scratch_offset,
                       instruction.scratch_offset + instruction.scratch_bytes};
  if (instruction.action != Action::kNode) return take(scratch, -1);
  const Node& node = graph_.nodes()[static_cast<size_t>(instruction.node)];
  RADDLE_RETURN_IF_ERROR(check_reads(node));
  RADDLE_RETURN_IF_ERROR(take(scratch, -1));
  // Scratch has taken what it lies on, so inputs must still be there after it.
  RADDLE_RETURN_IF_ERROR(check_reads(node));
  if (node.op == graph::OpKind::kReshape) return Status::ok();
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    const TensorId id = node.outputs[i];
    if (!id.present()) continue;
    if (graph_.tensor(id).kind == TensorKind::kGradient) {
      RADDLE_RETURN_IF_ERROR(check_gradient(id));
      continue;
    }
    RADDLE_RETURN_IF_ERROR(check_write(node, i));
    if (scratch.overlaps(region(id))) {
      return internal_error("its output {} lies on its scratch", name(id));
    }
    RADDLE_RETURN_IF_ERROR(take(region(id), id.value));
  }
  return Status::ok();
}

Status ProgramVerifier::own_persistent() {
  for (size_t i = 0; i < graph_.tensors().size(); ++i) {
    const TensorKind kind = graph_.tensors()[i].kind;
    if (kind != TensorKind::kInput && kind != TensorKind::kCache) continue;
    const TensorId id{static_cast<int32_t>(i)};
    RADDLE_RETURN_IF_ERROR(take(region(id), id.value));
  }
  return Status::ok();
}

Status ProgramVerifier::run() {
  RADDLE_RETURN_IF_ERROR(own_persistent());
  for (size_t i = 0; i < program_.instructions.size(); ++i) {
    const Instruction& instruction = program_.instructions[i];
    Status status = play(instruction);
    if (status.is_ok()) continue;
    return std::move(status).with_context(fmt::format("instruction {} ({})", i, instruction.name));
  }
  for (TensorId id : graph_.outputs()) {
    if (is_owned(graph_.root(id))) continue;
    return internal_error("output {} is not there at the end", name(id));
  }
  return Status::ok();
}

}  // namespace

Status verify_program(const Program& program) { return ProgramVerifier(program).run(); }

}  // namespace raddle::plan
