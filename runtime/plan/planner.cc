// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/planner.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "kernels/ops/optimizer.h"
#include "runtime/base/hash.h"
#include "runtime/base/log.h"
#include "runtime/device/caps.h"
#include "runtime/graph/text.h"
#include "runtime/plan/explain.h"
#include "runtime/plan/lower.h"
#include "runtime/plan/memory_plan.h"
#include "runtime/plan/select.h"

namespace raddle::plan {
namespace {

using graph::Graph;
using graph::Node;
using graph::Tensor;
using graph::TensorId;
using graph::TensorKind;

size_t tensor_bytes(const Tensor& tensor) {
  return static_cast<size_t>(tensor.shape.elements()) * dtype_bytes(tensor.dtype);
}

// Addresses for probes: they say present or absent and are never followed.
class ProbeAddresses final : public Addresses {
 public:
  void* address(TensorId) const override { return const_cast<std::byte*>(&anything_); }
  bool accumulates(TensorId) const override { return true; }

 private:
  std::byte anything_{};
};

// Takes the kernel list of a node and keeps what was chosen.
class SelectSink {
 public:
  SelectSink(const device::DeviceCaps& caps, const PlanOptions& options)
      : caps_(caps), options_(options), matched_(options.disabled_kernels.size()) {}
  template <class Args>
  Status operator()(kernels::KernelList<Args> list, const Args& args) {
    for (size_t i = 0; i < matched_.size(); ++i) {
      for (const auto* kernel : list) {
        if (is_disabled(kernel->name, {options_.disabled_kernels[i]})) matched_[i] = 1;
      }
    }
    selection_ = select_kernel(list, args, caps_, options_.disabled_kernels);
    is_view_ = false;
    return Status::ok();
  }
  Status view() {
    selection_ = {};
    is_view_ = true;
    return Status::ok();
  }
  const Selection& selection() const { return selection_; }
  bool is_view() const { return is_view_; }
  std::vector<std::string> unmatched_patterns() const {
    std::vector<std::string> out;
    for (size_t i = 0; i < matched_.size(); ++i) {
      if (matched_[i] == 0) out.push_back(options_.disabled_kernels[i]);
    }
    return out;
  }

 private:
  const device::DeviceCaps& caps_;
  const PlanOptions& options_;
  std::vector<char> matched_;  // by pattern of disabled_kernels
  Selection selection_;
  bool is_view_ = false;
};

class Planner {
 public:
  Planner(Graph graph, const device::DeviceCaps& caps, const PlanOptions& options)
      : options_(options) {
    program_.graph = std::move(graph);
    program_.caps = caps;
  }
  StatusOr<Program> run();

 private:
  std::string node_name(const Node& node) const;
  Status add_node_instruction(int32_t index, SelectSink& sink);
  Status add_update_instructions(SelectSink& sink);
  Status accept(Instruction instruction, const SelectSink& sink);
  void find_roots();
  void find_lifetimes();
  bool is_read_once(const Node& node, TensorId source) const;
  void share_in_place();
  void place_persistent();
  void place_arena();
  const std::string& parameter_name(TensorId gradient) const;
  Status mark_overwrites();
  Status check_limit() const;
  bool is_arena(TensorId id) const {
    return program_.graph.tensor(id).kind == TensorKind::kActivation && !kept_[index(id)];
  }
  static size_t index(TensorId id) { return static_cast<size_t>(id.value); }
  int32_t root(int32_t tensor) const { return root_[static_cast<size_t>(tensor)]; }

  const PlanOptions& options_;
  Program program_;
  std::vector<char> kept_;             // by tensor: an output of the graph
  std::vector<int32_t> root_;          // by tensor: the tensor whose memory a view shows
  std::vector<int32_t> first_, last_;  // by root: instruction indices
  std::vector<int32_t> shares_;        // by root: an earlier root whose buffer it takes over
  std::vector<std::string> warned_;
};

const std::string& Planner::parameter_name(TensorId gradient) const {
  const auto parameter = static_cast<size_t>(program_.graph.tensor(gradient).parameter);
  return program_.graph.tensor(program_.graph.parameters()[parameter].tensor).name;
}

// "op parameter" where the node has one, else "op output": unique enough to read, stable.
std::string Planner::node_name(const Node& node) const {
  const Graph& graph = program_.graph;
  const std::string op(graph::op_info(node.op).name);
  for (TensorId id : node.inputs) {
    if (id.present() && graph.tensor(id).kind == TensorKind::kParameter) {
      return op + " " + graph.tensor(id).name;
    }
  }
  for (TensorId id : node.outputs) {
    if (!id.present()) continue;
    const Tensor& tensor = graph.tensor(id);
    if (tensor.kind != TensorKind::kGradient) continue;
    return op + " " + parameter_name(id);
  }
  const std::string block = node.block >= 0 ? fmt::format(" block {}", node.block) : "";
  return fmt::format("{} {}{}", op, graph.tensor(node.outputs[0]).name, block);
}

Status Planner::accept(Instruction instruction, const SelectSink& sink) {
  if (!sink.is_view()) {
    const Selection& chosen = sink.selection();
    instruction.kernel = chosen.kernel;
    instruction.kernel_name = chosen.kernel_name;
    instruction.refusals = chosen.refusals;
    instruction.scratch_bytes = chosen.scratch_bytes;
    const std::string why = fmt::format("{}", fmt::join(chosen.refusals, "; "));
    if (chosen.kernel < 0) {
      return unavailable("no kernel runs instruction {} ({}): {}", program_.instructions.size(),
                         instruction.name, why);
    }
    if (chosen.is_reference && options_.require_tuned) {
      return unavailable("kernels.require is tuned, but only the reference {} runs {}: {}",
                         chosen.kernel_name, instruction.name, why);
    }
    if (chosen.is_reference && !chosen.reference_was_asked_for &&
        std::find(warned_.begin(), warned_.end(), chosen.kernel_name) == warned_.end()) {
      warned_.push_back(chosen.kernel_name);
      log_warning("the slow reference kernel {} runs {}: {}", chosen.kernel_name, instruction.name,
                  why);
    }
  }
  program_.instructions.push_back(std::move(instruction));
  return Status::ok();
}

Status Planner::add_node_instruction(int32_t index, SelectSink& sink) {
  const Node& node = program_.graph.nodes()[static_cast<size_t>(index)];
  RADDLE_RETURN_IF_ERROR(lower_node(program_.graph, node, ProbeAddresses(), sink));
  Instruction instruction;
  instruction.node = index;
  instruction.segment =
      node.phase == graph::Phase::kForward ? Segment::kForward : Segment::kBackward;
  instruction.name = node_name(node);
  return accept(std::move(instruction), sink);
}

Status Planner::add_update_instructions(SelectSink& sink) {
  std::vector<kernels::ParameterSlice> slices;
  const std::vector<char> trained = program_.graph.trained_parameters();
  for (size_t i = 0; i < trained.size(); ++i) {
    if (trained[i] == 0) continue;
    kernels::ParameterSlice slice{};
    slice.count = program_.graph.tensor(program_.graph.parameters()[i].tensor).shape.elements();
    slices.push_back(slice);
  }
  Instruction norm;
  norm.action = Action::kGradNorm;
  norm.segment = Segment::kUpdate;
  norm.name = "grad_norm";
  RADDLE_RETURN_IF_ERROR(
      sink(kernels::grad_norm_kernels(), kernels::GradNormArgs{slices, nullptr, nullptr}));
  RADDLE_RETURN_IF_ERROR(accept(std::move(norm), sink));
  Instruction update;
  update.action = Action::kAdamW;
  update.segment = Segment::kUpdate;
  update.name = "adamw";
  RADDLE_RETURN_IF_ERROR(
      sink(kernels::adamw_kernels(), kernels::AdamWArgs{slices, nullptr, nullptr}));
  return accept(std::move(update), sink);
}

void Planner::find_roots() {
  const Graph& graph = program_.graph;
  root_.resize(graph.tensors().size());
  std::iota(root_.begin(), root_.end(), 0);
  for (const Node& node : graph.nodes()) {
    if (node.op != graph::OpKind::kReshape) continue;
    root_[index(node.outputs[0])] = root(node.inputs[0].value);
  }
  kept_.assign(graph.tensors().size(), 0);
  for (TensorId id : graph.outputs()) kept_[static_cast<size_t>(root(id.value))] = 1;
}

void Planner::find_lifetimes() {
  const Graph& graph = program_.graph;
  first_.assign(graph.tensors().size(), -1);
  last_.assign(graph.tensors().size(), -1);
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const auto touch = [&](TensorId id) {
      if (!id.present()) return;
      const auto r = static_cast<size_t>(root(id.value));
      if (first_[r] < 0) first_[r] = static_cast<int32_t>(i);
      last_[r] = static_cast<int32_t>(i);
    };
    for (TensorId id : graph.nodes()[i].inputs) touch(id);
    for (TensorId id : graph.nodes()[i].outputs) touch(id);
  }
}

// Whether the node's inputs show this memory once. An op writes in place what it has read through
// one operand; of another that shows the same memory it knows nothing.
bool Planner::is_read_once(const Node& node, TensorId source) const {
  const auto shows = [&](TensorId id) { return id.present() && root(id.value) == source.value; };
  return std::count_if(node.inputs.begin(), node.inputs.end(), shows) == 1;
}

// An output takes over the buffer of an input that dies at its node, where the op allows it.
void Planner::share_in_place() {
  const Graph& graph = program_.graph;
  shares_.assign(graph.tensors().size(), -1);
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    for (const graph::InPlace& pair : graph::op_info(node.op).in_place) {
      const TensorId out = node.outputs[static_cast<size_t>(pair.output)];
      const TensorId in = node.inputs[static_cast<size_t>(pair.input)];
      if (!out.present() || !in.present() || shares_[index(out)] >= 0) continue;
      const TensorId source{root(in.value)};
      const bool dies_here = last_[index(source)] == static_cast<int32_t>(i);
      if (!dies_here || !is_arena(source) || !is_arena(out)) continue;
      if (!is_read_once(node, source)) continue;
      if (tensor_bytes(graph.tensor(source)) != tensor_bytes(graph.tensor(out))) continue;
      shares_[index(out)] = source.value;
    }
  }
}

void Planner::place_persistent() {
  const Graph& graph = program_.graph;
  size_t offset = 0;
  for (size_t i = 0; i < graph.tensors().size(); ++i) {
    const Tensor& tensor = graph.tensors()[i];
    if (root_[i] != static_cast<int32_t>(i) || tensor_bytes(tensor) == 0) continue;
    const bool persistent = tensor.kind == TensorKind::kInput ||
                            tensor.kind == TensorKind::kCache ||
                            (tensor.kind == TensorKind::kActivation && kept_[i]);
    if (!persistent) continue;
    program_.placements[i] = {Space::kPersistent, offset, -1};
    offset += device::align_buffer(tensor_bytes(tensor));
  }
  program_.persistent_bytes = offset;
}

void Planner::place_arena() {
  const Graph& graph = program_.graph;
  std::vector<BufferInterval> intervals;
  std::vector<int32_t> interval_of(graph.tensors().size(), -1);
  for (size_t i = 0; i < graph.tensors().size(); ++i) {
    const Tensor& tensor = graph.tensors()[i];
    if (root_[i] != static_cast<int32_t>(i) || first_[i] < 0 || tensor_bytes(tensor) == 0) continue;
    if (!is_arena({static_cast<int32_t>(i)})) continue;
    if (shares_[i] >= 0) {
      const int32_t shared = interval_of[static_cast<size_t>(shares_[i])];
      interval_of[i] = shared;
      BufferInterval& interval = intervals[static_cast<size_t>(shared)];
      interval.last = std::max(interval.last, last_[i]);
    } else {
      interval_of[i] = static_cast<int32_t>(intervals.size());
      intervals.push_back({tensor_bytes(tensor), first_[i], last_[i]});
    }
  }
  program_.memory.activations = plan_memory(intervals).total_bytes;
  const size_t tensors = intervals.size();
  for (size_t i = 0; i < program_.instructions.size(); ++i) {
    const auto time = static_cast<int32_t>(i);
    intervals.push_back({program_.instructions[i].scratch_bytes, time, time});
  }
  const MemoryPlan memory = plan_memory(intervals);
  for (size_t i = 0; i < graph.tensors().size(); ++i) {
    if (interval_of[i] < 0) continue;
    const size_t offset = memory.offsets[static_cast<size_t>(interval_of[i])];
    program_.placements[i] = {Space::kArena, program_.persistent_bytes + offset, -1};
  }
  for (size_t i = 0; i < program_.instructions.size(); ++i) {
    program_.instructions[i].scratch_offset =
        program_.persistent_bytes + memory.offsets[tensors + i];
  }
  program_.arena_bytes = program_.persistent_bytes + memory.total_bytes;
  program_.memory.persistent = program_.persistent_bytes;
  program_.memory.scratch =
      memory.total_bytes - std::min(memory.total_bytes, program_.memory.activations);
}

Status Planner::mark_overwrites() {
  const Graph& graph = program_.graph;
  std::vector<char> written(graph.parameters().size(), 0);
  program_.overwrites_gradient.assign(graph.tensors().size(), 0);
  for (const Node& node : graph.nodes()) {
    TensorId first;
    for (TensorId id : node.outputs) {
      if (!id.present() || graph.tensor(id).kind != TensorKind::kGradient) continue;
      char& seen = written[static_cast<size_t>(graph.tensor(id).parameter)];
      program_.overwrites_gradient[index(id)] = !seen;
      seen = 1;
      if (!first.present()) first = id;
      if (!graph::op_info(node.op).gradients_alike) continue;
      if (program_.overwrites_gradient[index(id)] == program_.overwrites_gradient[index(first)]) {
        continue;
      }
      return unimplemented("{}: {} and {} are shared with other nodes, but not the same ones",
                           node_name(node), parameter_name(first), parameter_name(id));
    }
  }
  return Status::ok();
}

Status Planner::check_limit() const {
  const size_t total = program_.memory.total() + options_.held_bytes;
  if (options_.memory_limit_bytes == 0 || total <= options_.memory_limit_bytes) return Status::ok();
  return resource_exhausted(
      "the plan needs {} bytes{}, {} more than the limit of {}; lower train.micro_batch_tokens, "
      "set "
      "train.recompute = \"block\", or raise runtime.memory_limit\n{}",
      total,
      options_.held_bytes > 0
          ? fmt::format(" with the {} of what the session holds beside it", options_.held_bytes)
          : "",
      total - options_.memory_limit_bytes, options_.memory_limit_bytes, memory_text(program_));
}

StatusOr<Program> Planner::run() {
  Graph& graph = program_.graph;
  SelectSink sink(program_.caps, options_);
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    RADDLE_RETURN_IF_ERROR(add_node_instruction(static_cast<int32_t>(i), sink));
  }
  if (options_.with_update) {
    RADDLE_ASSERT(graph.is_differentiated());
    RADDLE_RETURN_IF_ERROR(add_update_instructions(sink));
  }
  program_.unmatched_disable = sink.unmatched_patterns();
  find_roots();
  find_lifetimes();
  share_in_place();
  program_.placements.assign(graph.tensors().size(), {});
  for (size_t i = 0; i < graph.tensors().size(); ++i) {
    const Tensor& tensor = graph.tensors()[i];
    if (tensor.kind == TensorKind::kParameter) {
      program_.placements[i] = {Space::kParameter, 0, tensor.parameter};
    } else if (tensor.kind == TensorKind::kGradient) {
      program_.placements[i] = {Space::kGradient, 0, tensor.parameter};
    }
  }
  place_persistent();
  place_arena();
  for (size_t i = 0; i < graph.tensors().size(); ++i) {
    program_.placements[i] = program_.placements[static_cast<size_t>(root_[i])];
  }
  RADDLE_RETURN_IF_ERROR(mark_overwrites());
  const std::vector<char> trained = graph.trained_parameters();
  for (size_t i = 0; i < trained.size(); ++i) {
    const size_t bytes =
        device::align_buffer(tensor_bytes(graph.tensor(graph.parameters()[i].tensor)));
    program_.memory.parameters += bytes;
    if (!options_.with_update || trained[i] == 0) continue;
    program_.memory.gradients += bytes;
    program_.memory.optimizer += 2 * bytes;
  }
  program_.hash = hash_text(graph::to_text(graph) + instruction_text(program_));
  RADDLE_RETURN_IF_ERROR(check_limit());
  return std::move(program_);
}

}  // namespace

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

StatusOr<Program> plan_program(Graph graph, const device::DeviceCaps& caps,
                               const PlanOptions& options) {
  return Planner(std::move(graph), caps, options).run();
}

}  // namespace raddle::plan
