// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/buffers.h"

#include <algorithm>
#include <span>

#include "runtime/plan/memory_plan.h"

namespace raddle::plan {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;
using graph::TensorId;
using graph::TensorKind;

size_t at(TensorId id) { return static_cast<size_t>(id.value); }

class TensorBuffers {
 public:
  explicit TensorBuffers(Program& program) : program_(program), graph_(program.graph) {}
  void run();

 private:
  bool dies_at(TensorId root, size_t node) const { return last_[at(root)] == node; }
  bool is_read_once(const Node& node, TensorId source) const;
  bool in_arena(TensorId root) const {
    return graph_.tensor(root).kind == TensorKind::kActivation && kept_[at(root)] == 0;
  }
  BufferId taken_over(const Node& node, size_t number, size_t output) const;
  BufferId add(TensorId id);
  void find_uses();
  void add_copies();
  BufferId shown_by(TensorId view, TensorId root) const;

  Program& program_;
  const Graph& graph_;
  std::vector<char> kept_;    // by root tensor: an output of the graph
  std::vector<size_t> last_;  // by root tensor: the last node that uses it
};

// Whether the node's inputs show this memory once. An op writes in place what it has read through
// one operand; of another that shows the same memory it knows nothing.
bool TensorBuffers::is_read_once(const Node& node, TensorId source) const {
  const auto shows = [&](TensorId id) {
    return id.present() && program_.buffer_of(graph_.root(id)) == program_.buffer_of(source);
  };
  return std::count_if(node.inputs.begin(), node.inputs.end(), shows) == 1;
}

// The buffer of the dying input that the output takes over; absent if there is none.
BufferId TensorBuffers::taken_over(const Node& node, size_t number, size_t output) const {
  for (const graph::InPlace& pair : graph::op_info(node.op).in_place) {
    if (pair.output != static_cast<int>(output)) continue;
    const TensorId in = node.inputs[static_cast<size_t>(pair.input)];
    if (!in.present()) continue;
    const TensorId source = graph_.root(in);
    const BufferId buffer = program_.buffer_of(source);
    if (!buffer.present() || !in_arena(source) || !dies_at(source, number)) continue;
    if (!is_read_once(node, source)) continue;
    if (program_.buffer(buffer).bytes == tensor_bytes(graph_.tensor(node.outputs[output]))) {
      return buffer;
    }
  }
  return {};
}

BufferId TensorBuffers::add(TensorId id) {
  const Tensor& tensor = graph_.tensor(id);
  if (tensor.kind == TensorKind::kParameter) {
    return state_buffer(program_, tensor.parameter, Role::kMaster);
  }
  if (tensor.kind == TensorKind::kGradient) {
    return state_buffer(program_, tensor.parameter, Role::kGradient);
  }
  return add_buffer(program_, {.name = tensor.name,
                               .space = in_arena(id) ? Space::kArena : Space::kPersistent,
                               .bytes = tensor_bytes(tensor)});
}

void TensorBuffers::find_uses() {
  kept_.assign(graph_.tensors().size(), 0);
  for (TensorId id : graph_.outputs()) kept_[at(graph_.root(id))] = 1;
  last_.assign(graph_.tensors().size(), 0);
  for (size_t i = 0; i < graph_.nodes().size(); ++i) {
    const auto touch = [&](TensorId id) {
      if (id.present()) last_[at(graph_.root(id))] = i;
    };
    for (TensorId id : graph_.nodes()[i].inputs) touch(id);
    for (TensorId id : graph_.nodes()[i].outputs) touch(id);
  }
}

// Of the parameters that products and tables read in the graph's precision.
void TensorBuffers::add_copies() {
  program_.copy_of.assign(graph_.tensors().size(), {});
  if (graph_.precision() == DType::kF32) return;
  RADDLE_ASSERT(graph_.precision() == role_dtype(Role::kCompute));
  for (const Node& node : graph_.nodes()) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const TensorId id = node.inputs[i];
      if (!id.present() || graph_.tensor(id).kind != TensorKind::kParameter) continue;
      if (graph::op_info(node.op).inputs[i].values != graph::Values::kReal) continue;
      program_.copy_of[at(id)] =
          state_buffer(program_, graph_.tensor(id).parameter, Role::kCompute);
    }
  }
}

// A view is of the graph's precision, which a parameter itself is not.
BufferId TensorBuffers::shown_by(TensorId view, TensorId root) const {
  const bool same = graph_.tensor(view).dtype == graph_.tensor(root).dtype;
  return same ? program_.buffer_of(root) : program_.copy_of[at(root)];
}

void TensorBuffers::run() {
  find_uses();
  const size_t count = graph_.tensors().size();
  program_.of_tensor.assign(count, {});
  add_copies();
  for (size_t i = 0; i < count; ++i) {
    const TensorId id{static_cast<int32_t>(i)};
    if (graph_.tensor(id).producer < 0) program_.of_tensor[i] = add(id);
  }
  for (size_t i = 0; i < graph_.nodes().size(); ++i) {
    const Node& node = graph_.nodes()[i];
    for (size_t o = 0; o < node.outputs.size(); ++o) {
      const TensorId id = node.outputs[o];
      if (!id.present()) continue;
      const TensorId root = graph_.root(id);
      if (root != id) {
        program_.of_tensor[at(id)] = shown_by(id, root);
        continue;
      }
      const BufferId shared = in_arena(id) ? taken_over(node, i, o) : BufferId();
      program_.of_tensor[at(id)] = shared.present() ? shared : add(id);
    }
  }
}

}  // namespace

size_t tensor_bytes(const Tensor& tensor) {
  return static_cast<size_t>(tensor.shape.elements()) * dtype_bytes(tensor.dtype);
}

BufferId add_buffer(Program& program, Buffer buffer) {
  if (buffer.bytes == 0) return {};
  program.buffers.push_back(std::move(buffer));
  return {static_cast<int32_t>(program.buffers.size()) - 1};
}

BufferId state_buffer(Program& program, int32_t parameter, Role role, int64_t elements) {
  const std::span<const graph::Parameter> parameters = program.graph.parameters();
  RADDLE_ASSERT(parameter >= 0 && static_cast<size_t>(parameter) < parameters.size());
  program.of_state.resize(parameters.size());
  BufferId& there = program.of_state[static_cast<size_t>(parameter)][static_cast<size_t>(role)];
  if (there.present()) return there;
  const Tensor& tensor = program.graph.tensor(parameters[static_cast<size_t>(parameter)].tensor);
  RADDLE_ASSERT(tensor.dtype == DType::kF32);
  if (elements < 0) elements = tensor.shape.elements();
  there =
      add_buffer(program, {.name = tensor.name,
                           .space = Space::kState,
                           .bytes = static_cast<size_t>(elements) * dtype_bytes(role_dtype(role)),
                           .parameter = parameter,
                           .role = role});
  return there;
}

void add_tensor_buffers(Program& program) {
  RADDLE_ASSERT(program.buffers.empty() && program.of_tensor.empty());
  TensorBuffers(program).run();
}

std::vector<Use> uses_of(const Program& program, const Node& node) {
  const graph::OpInfo& op = graph::op_info(node.op);
  RADDLE_ASSERT(node.inputs.size() == op.inputs.size());
  RADDLE_ASSERT(node.outputs.size() == op.outputs.size());
  std::vector<Use> uses;
  const auto add = [&](BufferId buffer, Access access) {
    if (!buffer.present()) return;
    const auto same = std::find_if(uses.begin(), uses.end(),
                                   [&](const Use& use) { return use.buffer == buffer; });
    if (same == uses.end()) {
      uses.push_back({buffer, access});
    } else if (access != same->access) {
      same->access = Access::kUpdate;
    }
  };
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (!node.inputs[i].present()) continue;
    add(program.read_by(node, i), op.inputs[i].written ? Access::kUpdate : Access::kRead);
  }
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (!node.outputs[i].present()) continue;
    add(program.buffer_of(node.outputs[i]),
        op.outputs[i].gradient ? Access::kAccumulate : Access::kWrite);
  }
  return uses;
}

Status begin_sums(Program& program) {
  std::vector<char> begun(program.buffers.size(), 0);
  for (Instruction& instruction : program.instructions) {
    const Use* first = nullptr;  // sum of the instruction
    for (Use& use : instruction.uses) {
      if (!is_sum(use.access)) continue;
      RADDLE_ASSERT(use.buffer.present() && use.access == Access::kAccumulate);  // begun once
      char& seen = begun[static_cast<size_t>(use.buffer.value)];
      use.access = seen != 0 ? Access::kAccumulate : Access::kOverwrite;
      seen = 1;
      if (first == nullptr) first = &use;
      if (use.access == first->access || instruction.part != Part::kNode) continue;
      if (!graph::op_info(program.node_of(instruction).op).gradients_alike) continue;
      return unimplemented("{}: {} and {} are shared with other nodes, but not the same ones",
                           instruction.name, program.buffer(first->buffer).name,
                           program.buffer(use.buffer).name);
    }
  }
  return Status::ok();
}

void place_buffers(Program& program) {
  const size_t alignment = program.caps.buffer_alignment;
  std::vector<BufferInterval> intervals(program.buffers.size());
  for (size_t i = 0; i < program.instructions.size(); ++i) {
    const auto touch = [&](BufferId id) {
      const size_t bytes = program.buffer(id).bytes;
      BufferInterval& interval = intervals[static_cast<size_t>(id.value)];
      if (interval.bytes == 0) interval.first = static_cast<int32_t>(i);
      interval.bytes = bytes;
      interval.last = static_cast<int32_t>(i);
    };
    for (const Use& use : program.instructions[i].uses) touch(use.buffer);
  }
  size_t persistent = 0, staging = 0;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    Buffer& buffer = program.buffers[i];
    if (buffer.space == Space::kArena) continue;
    intervals[i].bytes = 0;
    if (buffer.space == Space::kState) continue;
    size_t& next = buffer.space == Space::kStaging ? staging : persistent;
    buffer.offset = next;
    next += device::align_buffer(buffer.bytes, alignment);
  }
  const MemoryPlan memory = plan_memory(intervals, alignment);
  RADDLE_ASSERT(memory.offsets.size() == program.buffers.size());
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    Buffer& buffer = program.buffers[i];
    if (buffer.space == Space::kArena) buffer.offset = persistent + memory.offsets[i];
  }
  program.arena_bytes = persistent + memory.total_bytes;
  program.staging_bytes = staging;
  // The same without scratch: what that adds is shown apart.
  for (const Instruction& instruction : program.instructions) {
    if (!instruction.scratch.present()) continue;
    intervals[static_cast<size_t>(instruction.scratch.value)].bytes = 0;
  }
  program.memory.activations = plan_memory(intervals, alignment).total_bytes;
  program.memory.persistent = persistent;
  program.memory.staging = staging;
  program.memory.scratch =
      memory.total_bytes - std::min(memory.total_bytes, program.memory.activations);
}

}  // namespace raddle::plan
