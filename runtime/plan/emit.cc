// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/emit.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "kernels/ops/optimizer.h"
#include "runtime/base/log.h"
#include "runtime/plan/buffers.h"
#include "runtime/plan/lower.h"
#include "runtime/plan/select.h"

namespace raddle::plan {
namespace {

using graph::Node;
using graph::Tensor;
using graph::TensorId;
using graph::TensorKind;

// Addresses for probes: they say present or absent and are never followed.
class ProbeAddresses final : public Addresses {
 public:
  void* input(size_t) const override { return const_cast<std::byte*>(&anything_); }
  void* output(size_t) const override { return const_cast<std::byte*>(&anything_); }
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
    for (const auto* kernel : list) note_patterns_of(kernel->name);
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
  void note_patterns_of(std::string_view name) {
    for (size_t i = 0; i < matched_.size(); ++i) {
      if (is_disabled(name, {options_.disabled_kernels[i]})) matched_[i] = 1;
    }
  }

  const device::DeviceCaps& caps_;
  const PlanOptions& options_;
  std::vector<char> matched_;  // by pattern of disabled_kernels
  Selection selection_;
  bool is_view_ = false;
};

class Emitter {
 public:
  Emitter(Program& program, const PlanOptions& options, const StateLayout& layout)
      : program_(program), options_(options), layout_(layout), sink_(program.caps, options) {}
  Status run();

 private:
  std::string node_name(const Node& node) const;
  Status add_node(int32_t index);
  void add_attention_of_ranks(const Node& node, int32_t index);
  Status add_loss_sums();
  struct OwnPart {
    std::vector<kernels::ParameterSlice> slices;
    std::vector<Use> gradients, all;
    int64_t blocks_max = 0;  // of any rank
  };
  OwnPart own_part();
  std::vector<Use> trained_uses(Role role, Access access);
  Status add_norm(const OwnPart& own);
  Status add_update();
  void add_exchange(Exchange exchange, std::string name, std::vector<Use> uses);
  Status add_kernel(Instruction instruction);
  void add(Action action, Queue queue, std::string name, std::vector<Use> uses, int32_t event = -1);
  void add_tag(device::StepPhase phase);
  BufferId add_report(std::string name, size_t bytes);
  void copy_in(std::span<const BufferId> buffers, int32_t free, int32_t* done);
  void copy_out(std::span<const BufferId> buffers);
  int32_t new_event() { return program_.event_count++; }
  bool is_apart() const { return !program_.caps.host_memory; }

  Program& program_;
  const PlanOptions& options_;
  const StateLayout& layout_;
  SelectSink sink_;
  Segment segment_ = Segment::kForward;  // of what is added
  std::vector<std::string> warned_;
};

// "op parameter" where the node has one, else "op output": unique enough to read, stable.
std::string Emitter::node_name(const Node& node) const {
  const graph::Graph& graph = program_.graph;
  const std::string op(graph::op_info(node.op).name);
  const auto is = [&](TensorId id, TensorKind kind) {
    return id.present() && graph.tensor(id).kind == kind;
  };
  for (TensorId id : node.inputs) {
    if (is(id, TensorKind::kParameter)) return op + " " + graph.tensor(id).name;
  }
  for (TensorId id : node.outputs) {
    if (!is(id, TensorKind::kGradient)) continue;
    const auto parameter = static_cast<size_t>(graph.tensor(id).parameter);
    RADDLE_ASSERT(parameter < graph.parameters().size());
    return op + " " + graph.tensor(graph.parameters()[parameter].tensor).name;
  }
  const std::string block = node.block >= 0 ? fmt::format(" block {}", node.block) : "";
  return fmt::format("{} {}{}", op, graph.tensor(node.outputs[0]).name, block);
}

// What the sink was last given, as an instruction.
Status Emitter::add_kernel(Instruction instruction) {
  RADDLE_ASSERT(!sink_.is_view());
  const Selection& chosen = sink_.selection();
  instruction.segment = segment_;
  instruction.kernel = chosen.kernel;
  instruction.kernel_name = chosen.kernel_name;
  instruction.refusals = chosen.refusals;
  const std::string why = chosen.refusals.empty()
                              ? fmt::format("none is for {}", program_.caps.name)
                              : fmt::format("{}", fmt::join(chosen.refusals, "; "));
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
  instruction.scratch = add_buffer(program_, {.name = "scratch", .bytes = chosen.scratch_bytes});
  if (instruction.scratch.present())
    instruction.uses.push_back({instruction.scratch, Access::kWrite});
  program_.instructions.push_back(std::move(instruction));
  return Status::ok();
}

Status Emitter::add_node(int32_t index) {
  RADDLE_ASSERT(index >= 0 && static_cast<size_t>(index) < program_.graph.nodes().size());
  const Node& node = program_.graph.nodes()[static_cast<size_t>(index)];
  segment_ = node.phase == graph::Phase::kForward ? Segment::kForward : Segment::kBackward;
  RADDLE_RETURN_IF_ERROR(lower_node(program_.graph, node, ProbeAddresses(), sink_));
  if (sink_.is_view()) return Status::ok();
  RADDLE_RETURN_IF_ERROR(
      add_kernel({.name = node_name(node), .uses = uses_of(program_, node), .index = index}));
  if (options_.spread != Spread::kNone) add_attention_of_ranks(node, index);
  return Status::ok();
}

// Ranks that share sequences complete what the packed kernel has made of their own rows.
void Emitter::add_attention_of_ranks(const Node& node, int32_t index) {
  const bool is_forward = node.op == graph::OpKind::kAttention;
  if (!is_forward && node.op != graph::OpKind::kAttentionGrad) return;
  std::vector<Use> uses = uses_of(program_, node);
  for (Use& use : uses) {
    if (use.access == Access::kWrite) use.access = Access::kUpdate;
  }
  add_exchange(is_forward ? Exchange::kAttention : Exchange::kAttentionGrad,
               node_name(node) + " of all ranks", std::move(uses));
  program_.instructions.back().index = index;
}

BufferId Emitter::add_report(std::string name, size_t bytes) {
  return add_buffer(program_,
                    {.name = std::move(name), .space = Space::kPersistent, .bytes = bytes});
}

Status Emitter::add_loss_sums() {
  for (size_t i = 0; i < program_.graph.losses().size(); ++i) {
    const Tensor& loss = program_.graph.tensor(program_.graph.losses()[i].tensor);
    const BufferId from = program_.buffer_of(program_.graph.losses()[i].tensor);
    const BufferId sum = add_report("sum of " + loss.name, sizeof(double));
    program_.reports.losses.push_back(sum);
    float value = 0;
    double total = 0;
    RADDLE_RETURN_IF_ERROR(
        sink_(kernels::loss_sum_kernels(), kernels::LossSumArgs{&value, &total, true}));
    RADDLE_RETURN_IF_ERROR(add_kernel({.name = "loss_sum " + loss.name,
                                       .uses = {{from, Access::kRead}, {sum, Access::kAccumulate}},
                                       .part = Part::kLossSum,
                                       .index = static_cast<int32_t>(i)}));
  }
  return Status::ok();
}

void Emitter::add(Action action, Queue queue, std::string name, std::vector<Use> uses,
                  int32_t event) {
  Instruction instruction;
  instruction.action = action;
  instruction.queue = queue;
  instruction.segment = segment_;
  instruction.name = std::move(name);
  instruction.uses = std::move(uses);
  instruction.event = event;
  program_.instructions.push_back(std::move(instruction));
}

void Emitter::add_tag(device::StepPhase phase) {
  add(Action::kTag, Queue::kCompute, "tag", {});
  program_.instructions.back().phase = phase;
}

// Copies what the host has staged, once `free` says that nobody reads the last values any more;
// `done` becomes the event after which the host may stage the next.
void Emitter::copy_in(std::span<const BufferId> buffers, int32_t free, int32_t* done) {
  if (!is_apart() || buffers.empty()) return;
  RADDLE_ASSERT(free >= 0 && free < program_.event_count);
  *done = new_event();
  add(Action::kWait, Queue::kTransfer, "wait for readers", {}, free);
  for (const BufferId to : buffers) {
    const std::string name = program_.buffer(to).name;
    const BufferId from = add_buffer(
        program_,
        {.name = name + " (staged)", .space = Space::kStaging, .bytes = program_.buffer(to).bytes});
    program_.staging_of[to.value] = from;
    add(Action::kCopy, Queue::kTransfer, "copy " + name,
        {{from, Access::kRead}, {to, Access::kWrite}});
  }
  add(Action::kRecord, Queue::kTransfer, "inputs are there", {}, *done);
  add(Action::kWait, Queue::kCompute, "wait for inputs", {}, *done);
}

// Copies to where the host reads it.
void Emitter::copy_out(std::span<const BufferId> buffers) {
  if (!is_apart()) return;
  for (const BufferId from : buffers) {
    RADDLE_ASSERT(!program_.staging_of.contains(from.value));
    const std::string name = program_.buffer(from).name;
    const BufferId to = add_buffer(
        program_,
        {.name = name + " (read)", .space = Space::kStaging, .bytes = program_.buffer(from).bytes});
    program_.staging_of[from.value] = to;
    add(Action::kCopy, Queue::kCompute, "copy " + name,
        {{from, Access::kRead}, {to, Access::kWrite}});
  }
}

void Emitter::add_exchange(Exchange exchange, std::string name, std::vector<Use> uses) {
  add(Action::kExchange, Queue::kCompute, std::move(name), std::move(uses));
  program_.instructions.back().exchange = exchange;
}

// Every trained tensor in a role, all of it.
std::vector<Use> Emitter::trained_uses(Role role, Access access) {
  std::vector<Use> uses;
  const std::vector<char> trained = program_.graph.trained_parameters();
  for (size_t i = 0; i < trained.size(); ++i) {
    if (trained[i] == 0) continue;
    const BufferId buffer = state_buffer(program_, static_cast<int32_t>(i), role);
    if (buffer.present()) uses.push_back({buffer, access});
  }
  return uses;
}

// What this rank updates: its part of each trained parameter.
Emitter::OwnPart Emitter::own_part() {
  OwnPart own;
  static const uint16_t present = 0;  // says so to probes, which never follow it
  for (size_t i = 0; i < program_.graph.parameters().size(); ++i) {
    const auto parameter = static_cast<int32_t>(i);
    if (!layout_.has(parameter, Role::kMoment1)) continue;
    const int64_t count = layout_.record(parameter, Role::kMoment1).shard.count();
    if (count == 0) continue;
    kernels::ParameterSlice slice{};
    if (program_.state.compute_copies) slice.compute = const_cast<uint16_t*>(&present);
    slice.count = count;
    own.slices.push_back(slice);
    own.gradients.push_back({state_buffer(program_, parameter, Role::kGradient), Access::kRead});
    own.all.push_back(own.gradients.back());
    own.all.push_back({state_buffer(program_, parameter, Role::kMaster), Access::kUpdate});
    for (const Role role : {Role::kMoment1, Role::kMoment2}) {
      own.all.push_back({state_buffer(program_, parameter, role, count), Access::kUpdate});
    }
    if (!program_.state.compute_copies) continue;
    // Left as it is, as all the rest, where the verdict says so.
    own.all.push_back({state_buffer(program_, parameter, Role::kCompute), Access::kUpdate});
  }
  own.blocks_max = layout_.update_blocks_max();
  return own;
}

// The norm of all gradients. Of several ranks each makes the sums of its own blocks, which all get
// in the order of the elements: the same numbers in the same order as one rank adds up.
Status Emitter::add_norm(const OwnPart& own) {
  Reports& reports = program_.reports;
  std::vector<Use> uses = own.gradients;
  const int64_t ranks = program_.state.ranks;
  double some_sum = 0;  // says so to probes
  BufferId sums = reports.square_sum;
  uses.push_back({sums, Access::kWrite});
  if (ranks > 1) {
    const auto bytes = static_cast<size_t>(own.blocks_max) * sizeof(double);
    reports.block_sums = add_report("block_sums", bytes);
    reports.all_sums = add_report("all_sums", bytes * static_cast<size_t>(ranks));
    if (reports.block_sums.present()) uses.push_back({reports.block_sums, Access::kWrite});
    sums = reports.all_sums;
  }
  RADDLE_RETURN_IF_ERROR(
      sink_(kernels::square_sum_kernels(),
            kernels::SquareSumArgs{own.slices, nullptr, ranks > 1 ? &some_sum : nullptr}));
  RADDLE_RETURN_IF_ERROR(
      add_kernel({.name = "square_sum", .uses = std::move(uses), .part = Part::kSquareSum}));
  if (ranks > 1) {
    std::vector<Use> of_gather;
    if (sums.present()) {
      of_gather = {{reports.block_sums, Access::kRead}, {sums, Access::kWrite}};
    }
    for (const BufferId loss : reports.losses) of_gather.push_back({loss, Access::kUpdate});
    add_exchange(Exchange::kGatherSums, "gather sums", std::move(of_gather));
  }
  RADDLE_RETURN_IF_ERROR(sink_(kernels::step_verdict_kernels(),
                               kernels::StepVerdictArgs{nullptr, 1, nullptr, nullptr}));
  uses = {{reports.scalars, Access::kRead}, {reports.verdict, Access::kWrite}};
  if (sums.present()) uses.push_back({sums, Access::kRead});
  return add_kernel({.name = "step_verdict", .uses = std::move(uses), .part = Part::kVerdict});
}

Status Emitter::add_update() {
  segment_ = Segment::kUpdate;
  Reports& reports = program_.reports;
  reports.scalars = add_report("scalars", sizeof(kernels::StepScalars));
  reports.square_sum = add_report("square_sum", sizeof(double));
  reports.verdict = add_report("verdict", sizeof(kernels::StepVerdict));
  const int32_t scalars_free = is_apart() ? new_event() : -1;
  copy_in(std::span(&reports.scalars, 1), scalars_free, &program_.scalars_staged);
  const bool is_shared = program_.state.ranks > 1;
  if (is_shared) {
    add_exchange(Exchange::kReduceGradients, "reduce_scatter gradients",
                 trained_uses(Role::kGradient, Access::kUpdate));
  }
  OwnPart own = own_part();
  add_tag(device::StepPhase::kGradientsReduced);
  RADDLE_RETURN_IF_ERROR(add_norm(own));
  add_tag(device::StepPhase::kOptimizerBegun);
  own.all.push_back({reports.scalars, Access::kRead});
  own.all.push_back({reports.verdict, Access::kRead});
  RADDLE_RETURN_IF_ERROR(
      sink_(kernels::adamw_kernels(), kernels::AdamWArgs{own.slices, nullptr, nullptr}));
  RADDLE_RETURN_IF_ERROR(
      add_kernel({.name = "adamw", .uses = std::move(own.all), .part = Part::kAdamW}));
  if (is_shared) {
    add_exchange(Exchange::kGatherMasters, "all_gather parameters",
                 trained_uses(Role::kMaster, Access::kUpdate));
  }
  copy_out(std::span(&reports.verdict, 1));
  if (is_apart()) add(Action::kRecord, Queue::kCompute, "scalars are read", {}, scalars_free);
  return Status::ok();
}

Status Emitter::run() {
  add_tensor_buffers(program_);
  std::vector<BufferId> inputs;
  for (size_t i = 0; i < program_.graph.tensors().size(); ++i) {
    if (program_.graph.tensors()[i].kind != TensorKind::kInput) continue;
    if (program_.of_tensor[i].present()) inputs.push_back(program_.of_tensor[i]);
  }
  const int32_t inputs_free = is_apart() ? new_event() : -1;
  copy_in(inputs, inputs_free, &program_.inputs_staged);
  for (size_t i = 0; i < program_.graph.nodes().size(); ++i) {
    RADDLE_RETURN_IF_ERROR(add_node(static_cast<int32_t>(i)));
  }
  RADDLE_RETURN_IF_ERROR(add_loss_sums());
  copy_out(program_.reports.losses);
  if (is_apart()) add(Action::kRecord, Queue::kCompute, "inputs are read", {}, inputs_free);
  if (options_.with_update) {
    RADDLE_ASSERT(program_.graph.is_differentiated());
    RADDLE_RETURN_IF_ERROR(add_update());
  }
  program_.unmatched_disable = sink_.unmatched_patterns();
  return Status::ok();
}

}  // namespace

Status emit_instructions(Program& program, const PlanOptions& options, const StateLayout& layout) {
  RADDLE_ASSERT(program.instructions.empty() && program.event_count == 0);
  return Emitter(program, options, layout).run();
}

}  // namespace raddle::plan
