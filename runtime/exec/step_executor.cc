// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/step_executor.h"

#include <cstring>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/exit_gate.h"
#include "runtime/plan/lower.h"

namespace raddle::exec {
namespace {

template <class Args>
class BoundKernelOf final : public BoundKernel {
 public:
  BoundKernelOf(const kernels::Kernel<Args>& kernel, const Args& args)
      : kernel_(kernel), args_(args) {}
  Status launch(const kernels::Launch& launch) const override {
    return kernel_.launch(args_, launch);
  }

 private:
  const kernels::Kernel<Args>& kernel_;
  const Args args_;
};

// Binds the kernel that the plan chose.
class BindSink {
 public:
  explicit BindSink(int32_t kernel) : kernel_(kernel) {}
  template <class Args>
  Status operator()(kernels::KernelList<Args> list, const Args& args) {
    RADDLE_ASSERT(kernel_ >= 0 && static_cast<size_t>(kernel_) < list.size());
    bound_ = std::make_unique<BoundKernelOf<Args>>(*list[static_cast<size_t>(kernel_)], args);
    return Status::ok();
  }
  Status view() { return Status::ok(); }
  std::unique_ptr<BoundKernel> take() { return std::move(bound_); }

 private:
  int32_t kernel_;
  std::unique_ptr<BoundKernel> bound_;
};

class RealAddresses final : public plan::Addresses {
 public:
  RealAddresses(const plan::Program& program, std::byte* arena,
                std::span<const int32_t> store_index, StateStore& store, bool first)
      : program_(program), arena_(arena), store_index_(store_index), store_(store), first_(first) {}
  void* address(graph::TensorId id) const override {
    const plan::Placement& place = program_.placements[static_cast<size_t>(id.value)];
    switch (place.space) {
      case plan::Space::kArena:
      case plan::Space::kPersistent:
        return arena_ + place.offset;
      case plan::Space::kParameter:
        return parameter(place, Role::kMaster);
      case plan::Space::kGradient:
        return parameter(place, Role::kGradient);
      case plan::Space::kNone:
        break;
    }
    return arena_;  // present but of no elements: never followed
  }
  bool accumulates(graph::TensorId id) const override {
    return !(first_ && program_.overwrites_gradient[static_cast<size_t>(id.value)]);
  }

 private:
  void* parameter(const plan::Placement& place, Role role) const {
    return store_.values(store_index_[static_cast<size_t>(place.parameter)], role).data();
  }
  const plan::Program& program_;
  std::byte* arena_;
  std::span<const int32_t> store_index_;
  StateStore& store_;
  bool first_;
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

}  // namespace

StatusOr<std::unique_ptr<StepExecutor>> StepExecutor::create(const plan::Program& program,
                                                             StateStore& store, float weight_decay,
                                                             device::WorkerPool& pool) {
  std::unique_ptr<StepExecutor> executor(new StepExecutor(program, pool));
  RADDLE_ASSIGN_OR_RETURN(executor->arena_, device::HostBuffer::allocate(program.arena_bytes));
  if (program.graph.is_differentiated()) executor->slices_ = store.slices(weight_decay);
  RADDLE_RETURN_IF_ERROR(executor->bind(store));
  for (const graph::Loss& loss : program.graph.losses()) {
    executor->loss_ports_.push_back(executor->port(program.graph.tensor(loss.tensor).name));
  }
  executor->report_.losses.assign(executor->loss_ports_.size(), 0);
  return executor;
}

Status StepExecutor::bind(StateStore& store) {
  RADDLE_ASSIGN_OR_RETURN(const std::vector<int32_t> store_index,
                          match_parameters(program_.graph, store));
  rest_.resize(program_.instructions.size());
  first_.resize(program_.instructions.size());
  for (size_t i = 0; i < program_.instructions.size(); ++i) {
    RADDLE_RETURN_IF_ERROR(bind_instruction(i, store_index, store));
  }
  return Status::ok();
}

Status StepExecutor::bind_instruction(size_t index, std::span<const int32_t> store_index,
                                      StateStore& store) {
  const plan::Instruction& instruction = program_.instructions[index];
  BindSink sink(instruction.kernel);
  if (instruction.action == plan::Action::kGradNorm) {
    RADDLE_RETURN_IF_ERROR(sink(kernels::grad_norm_kernels(),
                                kernels::GradNormArgs{slices_, &scalars_, &report_.verdict}));
    rest_[index] = sink.take();
    return Status::ok();
  }
  if (instruction.action == plan::Action::kAdamW) {
    RADDLE_RETURN_IF_ERROR(
        sink(kernels::adamw_kernels(), kernels::AdamWArgs{slices_, &scalars_, &report_.verdict}));
    rest_[index] = sink.take();
    return Status::ok();
  }
  const graph::Node& node = program_.graph.nodes()[static_cast<size_t>(instruction.node)];
  const RealAddresses rest(program_, arena_.data(), store_index, store, false);
  RADDLE_RETURN_IF_ERROR(plan::lower_node(program_.graph, node, rest, sink));
  rest_[index] = sink.take();
  bool overwrites = false;
  for (graph::TensorId id : node.outputs) {
    overwrites =
        overwrites || (id.present() && program_.overwrites_gradient[static_cast<size_t>(id.value)]);
  }
  if (!overwrites) return Status::ok();
  const RealAddresses first(program_, arena_.data(), store_index, store, true);
  RADDLE_RETURN_IF_ERROR(plan::lower_node(program_.graph, node, first, sink));
  first_[index] = sink.take();
  return Status::ok();
}

Port StepExecutor::port(std::string_view tensor_name) const {
  const std::optional<graph::TensorId> id = program_.graph.find(tensor_name);
  if (!id.has_value()) return {0, 0};
  const plan::Placement& place = program_.placements[static_cast<size_t>(id->value)];
  if (place.space != plan::Space::kPersistent) return {0, 0};
  const graph::Tensor& tensor = program_.graph.tensor(*id);
  return {place.offset, static_cast<size_t>(tensor.shape.elements()) * dtype_bytes(tensor.dtype)};
}

void StepExecutor::write_bytes(Port to, std::span<const std::byte> bytes) {
  RADDLE_ASSERT(bytes.size() == to.bytes_);
  if (!bytes.empty()) std::memcpy(arena_.data() + to.offset_, bytes.data(), bytes.size());
}

void StepExecutor::read_bytes(Port from, size_t first, std::span<std::byte> bytes) const {
  RADDLE_ASSERT(first <= from.bytes_ && bytes.size() <= from.bytes_ - first);
  if (!bytes.empty()) std::memcpy(bytes.data(), arena_.data() + from.offset_ + first, bytes.size());
}

void StepExecutor::carry(Port to, const StepExecutor& other, Port from) {
  write_bytes(to, {other.arena_.data() + from.offset_, from.bytes_});
}

void StepExecutor::report_losses(bool first) {
  for (size_t i = 0; i < loss_ports_.size(); ++i) {
    float value = 0;
    read(loss_ports_[i], std::span(&value, 1));
    report_.losses[i] = (first ? 0 : report_.losses[i]) + value;
  }
}

Status StepExecutor::launch(size_t index, const BoundKernel& kernel) {
  const plan::Instruction& instruction = program_.instructions[index];
  const kernels::Launch launch{
      stream_, {arena_.data() + instruction.scratch_offset, instruction.scratch_bytes}};
  const ExitGate::Pass pass;
  if (!pass.is_open()) return cancelled("the process is ending");
  const int64_t begin = trace_ != nullptr ? now_ns() : 0;
  Status status = kernel.launch(launch);
  if (trace_ != nullptr) {
    trace_->record(instruction.name.c_str(), segment_name(instruction.segment).data(), begin,
                   now_ns());
  }
  if (!status.is_ok()) return std::move(status).with_context(instruction.name);
  return Status::ok();
}

Status StepExecutor::run_range(plan::Segment from, plan::Segment to, bool first) {
  if (!stream_.pool().is_in_this_process()) {
    return failed_precondition(
        "this process is a fork of the one that made the session, whose threads are not here; make "
        "a session in the process that uses it");
  }
  for (size_t i = 0; i < program_.instructions.size(); ++i) {
    const plan::Segment segment = program_.instructions[i].segment;
    if (segment < from || segment > to) continue;
    const BoundKernel* kernel = first && first_[i] != nullptr ? first_[i].get() : rest_[i].get();
    if (kernel == nullptr) continue;
    if (from != plan::Segment::kUpdate && abort_ != nullptr &&
        abort_->load(std::memory_order_relaxed)) {
      return cancelled("stopped on request before {}", program_.instructions[i].name);
    }
    RADDLE_RETURN_IF_ERROR(launch(i, *kernel));
  }
  return Status::ok();
}

Status StepExecutor::run_micro_batch(bool first) {
  const int64_t begin = now_ns();
  RADDLE_RETURN_IF_ERROR(run_range(plan::Segment::kForward, plan::Segment::kBackward, first));
  report_losses(first);
  report_.micro_batches_ns = (first ? 0 : report_.micro_batches_ns) + now_ns() - begin;
  // By now every kernel of this program has been in its library once.
  if (!std::exchange(ran_, true)) ExitGate::come_before_handlers_so_far();
  return Status::ok();
}

Status StepExecutor::run_update(const kernels::StepScalars& scalars) {
  const int64_t begin = now_ns();
  scalars_ = scalars;
  const Status status = run_range(plan::Segment::kUpdate, plan::Segment::kUpdate, false);
  report_.update_ns = now_ns() - begin;
  return status;
}

}  // namespace raddle::exec
