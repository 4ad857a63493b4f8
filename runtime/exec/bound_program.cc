// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/bound_program.h"

#include <algorithm>
#include <type_traits>

#include "runtime/plan/lower.h"

namespace raddle::exec {
namespace {

using plan::Access;
using plan::BufferId;
using plan::Instruction;
using plan::Space;

template <class Args>
class BoundKernel final : public device::Work {
 public:
  BoundKernel(const kernels::Kernel<Args>& kernel, const Args& args, std::span<std::byte> scratch,
              std::vector<device::Range> ranges)
      : kernel_(kernel), args_(args), scratch_(scratch), ranges_(std::move(ranges)) {}
  Status run(device::Stream& stream) const override {
    return kernel_.launch(args_, {stream, scratch_});
  }
  std::span<const device::Range> ranges() const override { return ranges_; }

 private:
  const kernels::Kernel<Args>& kernel_;
  const Args args_;
  const std::span<std::byte> scratch_;
  const std::vector<device::Range> ranges_;
};

// Binds the kernel that the plan chose.
class BindSink {
 public:
  BindSink(int32_t kernel, std::span<std::byte> scratch, std::vector<device::Range> ranges,
           device::Stream& stream)
      : kernel_(kernel), scratch_(scratch), ranges_(std::move(ranges)), stream_(stream) {}
  template <class Args>
  Status operator()(kernels::KernelList<Args> list, const Args& args) {
    RADDLE_ASSERT(kernel_ >= 0 && static_cast<size_t>(kernel_) < list.size());
    const kernels::Kernel<Args>& kernel = *list[static_cast<size_t>(kernel_)];
    if (kernel.prepare != nullptr)
      RADDLE_RETURN_IF_ERROR(kernel.prepare(args, {stream_, scratch_}));
    bound_ = std::make_unique<BoundKernel<Args>>(kernel, args, scratch_, std::move(ranges_));
    return Status::ok();
  }
  Status view() { return internal_error("a view has no kernel"); }
  std::unique_ptr<device::Work> take() { return std::move(bound_); }

 private:
  const int32_t kernel_;
  const std::span<std::byte> scratch_;
  std::vector<device::Range> ranges_;
  device::Stream& stream_;
  std::unique_ptr<device::Work> bound_;
};

// Keeps the arguments of a node of attention.
template <class Wanted>
class ArgsSink {
 public:
  explicit ArgsSink(Wanted* found) : found_(found) {}
  template <class Args>
  Status operator()(kernels::KernelList<Args>, const Args& args) {
    if constexpr (std::is_same_v<Args, Wanted>) *found_ = args;
    return Status::ok();
  }
  Status view() { return internal_error("a view has no arguments"); }

 private:
  Wanted* found_;
};

// Of the tensors of one node.
class NodeAddresses final : public plan::Addresses {
 public:
  NodeAddresses(const plan::Program& program, const Instruction& instruction,
                std::span<std::byte* const> addresses, bool first)
      : program_(program), instruction_(instruction), addresses_(addresses), first_(first) {}
  void* input(size_t i) const override { return address_of(program_.read_by(node(), i)); }
  void* output(size_t i) const override {
    return address_of(program_.buffer_of(node().outputs[i]));
  }
  bool accumulates(graph::TensorId id) const override {
    if (!first_) return true;
    const auto use =
        std::find_if(instruction_.uses.begin(), instruction_.uses.end(),
                     [&](const plan::Use& one) { return one.buffer == program_.buffer_of(id); });
    return use == instruction_.uses.end() || use->access != Access::kOverwrite;
  }

 private:
  const graph::Node& node() const { return program_.node_of(instruction_); }
  void* address_of(BufferId buffer) const {
    // Present but of no elements: never followed.
    return buffer.present() ? addresses_[static_cast<size_t>(buffer.value)] : empty_;
  }

  const plan::Program& program_;
  const Instruction& instruction_;
  std::span<std::byte* const> addresses_;
  const bool first_;
  mutable std::byte empty_[1]{};
};

StatusOr<std::vector<int32_t>> match_parameters(const graph::Graph& graph,
                                                const StateStore& store) {
  std::vector<int32_t> out;
  for (const graph::Parameter& p : graph.parameters()) {
    const graph::Tensor& tensor = graph.tensor(p.tensor);
    const int32_t index = store.find(tensor.name);
    if (index < 0) {
      return failed_precondition("the program needs parameter {}, which the state does not have",
                                 tensor.name);
    }
    const Shape& shape = store.parameters()[static_cast<size_t>(index)].shape;
    if (!(shape == tensor.shape)) {
      return failed_precondition("parameter {} has shape {} in the state, the program expects {}",
                                 tensor.name, shape.to_string(), tensor.shape.to_string());
    }
    out.push_back(index);
  }
  return out;
}

// All of it, since kernels know no ranks.
Status check_there(const StateStore& store, int32_t parameter, const plan::Buffer& buffer) {
  if (!store.has(parameter, buffer.role)) {
    return failed_precondition("the program needs the {} of {}, which the state does not have",
                               plan::role_name(buffer.role), buffer.name);
  }
  const StateRecord& record = store.record(parameter, buffer.role);
  if (record.bytes() == buffer.bytes) return Status::ok();
  return failed_precondition(
      "the program needs the whole {} of {}, of which the state has elements [{}, {}) as its "
      "rank's share",
      plan::role_name(buffer.role), buffer.name, record.shard.begin, record.shard.end);
}

// An update that did not know of copies would leave them behind.
Status check_update(const plan::Program& program, const StateStore& store) {
  if (!program.reports.verdict.present()) return Status::ok();
  const StateOptions& planned = program.state;
  StateOptions there = store.layout().options();
  there.shard_gradients = planned.shard_gradients;  // the program's gradients say more
  if (planned == there) return Status::ok();
  const auto text = [](const StateOptions& options) {
    return fmt::format("with {}, {} copies in BF16, as rank {} of {}",
                       options.optimizer ? "moments" : "no moments",
                       options.compute_copies ? "with" : "no", options.rank, options.ranks);
  };
  return failed_precondition(
      "the program updates a state {}, but the one that is given is {}; plan it for that one",
      text(planned), text(there));
}

}  // namespace

Status BoundProgram::find_addresses(StateStore& store, Blocks blocks) {
  RADDLE_ASSIGN_OR_RETURN(const std::vector<int32_t> in_store,
                          match_parameters(program_.graph, store));
  for (const plan::Buffer& buffer : program_.buffers) {
    switch (buffer.space) {
      case Space::kArena:
      case Space::kPersistent:
        addresses_.push_back(blocks.arena + buffer.offset);
        break;
      case Space::kStaging:
        addresses_.push_back(blocks.staging + buffer.offset);
        break;
      case Space::kState: {
        const int32_t parameter = in_store[static_cast<size_t>(buffer.parameter)];
        RADDLE_RETURN_IF_ERROR(check_there(store, parameter, buffer));
        addresses_.push_back(store.address(parameter, buffer.role));
        break;
      }
    }
  }
  return Status::ok();
}

// Gives the sink the kernel list of the instruction with the arguments of a run.
template <class Sink>
Status BoundProgram::lower(const Instruction& instruction, bool first, Sink& sink) {
  const plan::Reports& reports = program_.reports;
  const auto* scalars = pointer<const kernels::StepScalars>(reports.scalars);
  auto* verdict = pointer<kernels::StepVerdict>(reports.verdict);
  auto* square_sum = pointer<double>(reports.square_sum);
  switch (instruction.part) {
    case plan::Part::kNode: {
      const NodeAddresses addresses(program_, instruction, addresses_, first);
      const auto node = static_cast<size_t>(instruction.index);
      return plan::lower_node(program_.graph, program_.graph.nodes()[node], addresses, sink);
    }
    case plan::Part::kLossSum: {
      const auto loss = static_cast<size_t>(instruction.index);
      const BufferId from = program_.buffer_of(program_.graph.losses()[loss].tensor);
      return sink(kernels::loss_sum_kernels(),
                  kernels::LossSumArgs{pointer<const float>(from),
                                       pointer<double>(reports.losses[loss]), !first});
    }
    case plan::Part::kSquareSum:
      return sink(kernels::square_sum_kernels(),
                  kernels::SquareSumArgs{slices_, square_sum, pointer<double>(reports.block_sums)});
    case plan::Part::kVerdict: {
      const BufferId sums = reports.all_sums.present() ? reports.all_sums : reports.square_sum;
      const auto parts = static_cast<int64_t>(program_.buffer(sums).bytes / sizeof(double));
      return sink(kernels::step_verdict_kernels(),
                  kernels::StepVerdictArgs{pointer<double>(sums), parts, scalars, verdict});
    }
    case plan::Part::kAdamW:
      return sink(kernels::adamw_kernels(), kernels::AdamWArgs{slices_, scalars, verdict});
  }
  return internal_error("instruction {} is of no known part", instruction.name);
}

Status BoundProgram::note_attention(size_t index) {
  const Instruction& instruction = program_.instructions[index];
  if (instruction.exchange == plan::Exchange::kAttention) {
    ArgsSink sink(&attention_[index]);
    return lower(instruction, false, sink);
  }
  if (instruction.exchange != plan::Exchange::kAttentionGrad) return Status::ok();
  ArgsSink sink(&attention_grad_[index]);
  return lower(instruction, false, sink);
}

Status BoundProgram::bind(size_t index, bool first, device::Stream& stream,
                          std::unique_ptr<device::Work>* out) {
  const Instruction& instruction = program_.instructions[index];
  std::vector<device::Range> ranges;
  for (const plan::Use& use : instruction.uses) {
    ranges.push_back(
        {address(use.buffer), program_.buffer(use.buffer).bytes, use.access != Access::kRead});
  }
  std::span<std::byte> scratch;
  if (instruction.scratch.present()) {
    scratch = {address(instruction.scratch), program_.buffer(instruction.scratch).bytes};
  }
  BindSink sink(instruction.kernel, scratch, std::move(ranges), stream);
  Status status = lower(instruction, first, sink);
  if (!status.is_ok()) return std::move(status).with_context(instruction.name);
  *out = sink.take();
  return Status::ok();
}

StatusOr<std::unique_ptr<BoundProgram>> BoundProgram::create(const plan::Program& program,
                                                             StateStore& store, float weight_decay,
                                                             Blocks blocks,
                                                             device::Stream& stream) {
  RADDLE_RETURN_IF_ERROR(check_update(program, store));
  std::unique_ptr<BoundProgram> bound(new BoundProgram(program));
  RADDLE_RETURN_IF_ERROR(bound->find_addresses(store, blocks));
  if (program.reports.verdict.present()) bound->slices_ = store.slices(weight_decay);
  bound->rest_.resize(program.instructions.size());
  bound->first_.resize(program.instructions.size());
  for (size_t i = 0; i < program.instructions.size(); ++i) {
    const Instruction& instruction = program.instructions[i];
    if (instruction.action == plan::Action::kExchange) {
      RADDLE_RETURN_IF_ERROR(bound->note_attention(i));
    }
    if (instruction.action != plan::Action::kKernel) continue;
    RADDLE_RETURN_IF_ERROR(bound->bind(i, false, stream, &bound->rest_[i]));
    const bool begins =
        std::any_of(instruction.uses.begin(), instruction.uses.end(),
                    [](const plan::Use& use) { return use.access == Access::kOverwrite; });
    if (begins) RADDLE_RETURN_IF_ERROR(bound->bind(i, true, stream, &bound->first_[i]));
  }
  return bound;
}

}  // namespace raddle::exec
