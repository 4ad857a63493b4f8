// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/step_executor.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/base/bf16.h"
#include "runtime/base/clock.h"
#include "runtime/base/exit_gate.h"
#include "runtime/device/cpu/worker_pool.h"
#include "runtime/exec/bound_program.h"
#include "runtime/exec/mesh_attention.h"
#include "runtime/exec/rank_exchange.h"

namespace raddle::exec {

using plan::Action;
using plan::BufferId;
using plan::Instruction;
using plan::Segment;

StepExecutor::StepExecutor(const plan::Program& program, StateStore& store, device::Device& device,
                           RankExchange* ranks)
    : program_(program),
      store_(store),
      device_(device),
      ranks_(ranks),
      uses_copies_(std::any_of(program.buffers.begin(), program.buffers.end(), [](const auto& one) {
        return one.space == plan::Space::kState && one.role == Role::kCompute;
      })) {}

StepExecutor::~StepExecutor() = default;

StatusOr<std::unique_ptr<StepExecutor>> StepExecutor::create(const plan::Program& program,
                                                             StateStore& store, float weight_decay,
                                                             device::Device& device,
                                                             RankExchange* ranks) {
  std::unique_ptr<StepExecutor> executor(new StepExecutor(program, store, device, ranks));
  RADDLE_ASSERT((ranks != nullptr) ==
                (program.reports.verdict.present() && program.state.ranks > 1));
  RADDLE_RETURN_IF_ERROR(executor->open());
  const Blocks blocks = {executor->arena_.address(), executor->staging_.address()};
  RADDLE_ASSIGN_OR_RETURN(executor->bound_,
                          BoundProgram::create(program, store, weight_decay, blocks,
                                               executor->queue(plan::Queue::kCompute)));
  executor->report_.losses.assign(program.graph.losses().size(), 0);
  executor->losses_ = executor->report_.losses;
  RADDLE_RETURN_IF_ERROR(executor->open_mesh());
  RADDLE_RETURN_IF_ERROR(executor->capture_runs());
  return executor;
}

Status StepExecutor::open() {
  RADDLE_ASSIGN_OR_RETURN(arena_,
                          device_.allocate(device::MemoryKind::kDevice, program_.arena_bytes));
  RADDLE_ASSIGN_OR_RETURN(staging_,
                          device_.allocate(device::MemoryKind::kPinned, program_.staging_bytes));
  for (auto& queue : queues_) {
    RADDLE_ASSIGN_OR_RETURN(queue, device_.make_stream());
  }
  for (int32_t i = 0; i < program_.event_count; ++i) {
    RADDLE_ASSIGN_OR_RETURN(auto event, device_.make_event());
    events_.push_back(std::move(event));
  }
  return Status::ok();
}

Status StepExecutor::open_mesh() {
  MeshAttention::Sizes sizes;
  for (size_t i = 0; i < program_.instructions.size(); ++i) {
    const Instruction& one = program_.instructions[i];
    if (one.action != Action::kExchange || one.exchange != plan::Exchange::kAttention) continue;
    const kernels::AttentionArgs& args = bound_->attention(i);
    sizes.rows = std::max(sizes.rows, args.rows);
    sizes.heads = std::max(sizes.heads, args.heads);
    sizes.kv_heads = std::max(sizes.kv_heads, args.kv_heads);
    sizes.head_dim = std::max(sizes.head_dim, args.head_dim);
  }
  if (sizes.rows == 0) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(
      mesh_attention_,
      MeshAttention::create(ranks_->communicator(), sizes, queue(plan::Queue::kCompute),
                            program_.caps, program_.spread == plan::Spread::kRingOrHeads));
  return Status::ok();
}

void StepExecutor::set_trace(TraceRecorder* trace) {
  trace_ = trace;
  if (mesh_attention_ != nullptr) mesh_attention_->set_trace(trace);
}

Status StepExecutor::capture_runs() {
  const auto& instructions = program_.instructions;
  const auto belongs = [](const Instruction& one, const Instruction& first) {
    return one.action == Action::kKernel && one.queue == first.queue &&
           (one.segment == Segment::kUpdate) == (first.segment == Segment::kUpdate);
  };
  for (size_t begin = 0, end = 0; begin < instructions.size(); begin = std::max(end, begin + 1)) {
    for (end = begin; end < instructions.size() && belongs(instructions[end], instructions[begin]);)
      ++end;
    if (end < begin + 2) continue;
    Run run;
    run.end = end;
    for (const bool first : {true, false}) {
      std::vector<const device::Work*> work;
      for (size_t i = begin; i < end; ++i) work.push_back(&bound_->work(i, first));
      RADDLE_ASSIGN_OR_RETURN((first ? run.of_first : run.rest),
                              queue(instructions[begin].queue).capture(work));
      if (run.of_first == nullptr) return Status::ok();
    }
    runs_[begin] = std::move(run);
  }
  return Status::ok();
}

std::byte* StepExecutor::address(BufferId buffer) const { return bound_->address(buffer); }

// Where the host may write an input or read a report.
std::byte* StepExecutor::host_side(BufferId buffer) const {
  const auto staging = program_.staging_of.find(buffer.value);
  return address(staging == program_.staging_of.end() ? buffer : staging->second);
}

Port StepExecutor::port(std::string_view tensor_name) const {
  Port port;
  const std::optional<graph::TensorId> id = program_.graph.find(tensor_name);
  if (!id.has_value()) return port;
  const BufferId buffer = program_.buffer_of(*id);
  if (!buffer.present() || program_.buffer(buffer).space != plan::Space::kPersistent) return port;
  port.buffer_ = buffer;
  port.dtype_ = program_.graph.tensor(*id).dtype;
  port.bytes_ = program_.buffer(buffer).bytes;
  return port;
}

Status StepExecutor::wait_for(int32_t event) {
  RADDLE_ASSERT(event < static_cast<int32_t>(events_.size()));
  if (event < 0) return Status::ok();
  return device_.wait(*events_[static_cast<size_t>(event)], stop_, 0);
}

Status StepExecutor::write_bytes(Port to, std::span<const std::byte> bytes) {
  RADDLE_ASSERT(bytes.size() == to.bytes_);
  if (bytes.empty()) return Status::ok();
  RADDLE_RETURN_IF_ERROR(wait_for(program_.inputs_staged));
  std::memcpy(host_side(to.buffer_), bytes.data(), bytes.size());
  return Status::ok();
}

Status StepExecutor::read_bytes(Port from, size_t first, std::span<std::byte> bytes) {
  RADDLE_ASSERT(first <= from.bytes_ && bytes.size() <= from.bytes_ - first);
  RADDLE_RETURN_IF_ERROR(finish());
  if (bytes.empty()) return Status::ok();
  return device_.read(bytes.data(), address(from.buffer_) + first, bytes.size());
}

Status StepExecutor::read_floats(Port from, std::span<float> values, size_t first) {
  if (from.dtype_ != DType::kBF16) return read(from, values, first);
  bits_.resize(values.size());
  RADDLE_RETURN_IF_ERROR(read(from, std::span(bits_), first));
  std::transform(bits_.begin(), bits_.end(), values.begin(), bf16_to_f32);
  return Status::ok();
}

Status StepExecutor::carry(Port to, StepExecutor& other, Port from) {
  RADDLE_ASSERT(to.bytes_ == from.bytes_ && &device_ == &other.device_);
  if (!to.present()) return Status::ok();
  RADDLE_RETURN_IF_ERROR(other.finish());
  under_way_ = true;
  return queue(plan::Queue::kCompute)
      .copy(address(to.buffer_), other.address(from.buffer_), to.bytes_);
}

Status StepExecutor::launch(const device::Work& work, const Instruction& instruction) {
  const ExitGate::Pass pass;
  if (!pass.is_open()) return cancelled("the process is ending");
  const TraceSpan span(trace_, instruction.name.c_str(), segment_name(instruction.segment).data());
  return queue(instruction.queue).launch(work).with_context(instruction.name);
}

Status StepExecutor::run_instruction(size_t index, bool first) {
  const Instruction& instruction = program_.instructions[index];
  device::Stream& stream = queue(instruction.queue);
  switch (instruction.action) {
    case Action::kKernel:
      return launch(bound_->work(index, first), instruction);
    case Action::kCopy:
      return stream.copy(address(instruction.uses[1].buffer), address(instruction.uses[0].buffer),
                         program_.buffer(instruction.uses[0].buffer).bytes);
    case Action::kRecord:
      return stream.record(*events_[static_cast<size_t>(instruction.event)]);
    case Action::kWait:
      return stream.wait(*events_[static_cast<size_t>(instruction.event)]);
    case Action::kTag:
      return tag_ == nullptr ? Status::ok() : stream.tag(*tag_, steps_, instruction.phase);
    case Action::kExchange: {
      const TraceSpan span(trace_, instruction.name.c_str(),
                           segment_name(instruction.segment).data());
      return exchange(index).with_context(instruction.name);
    }
  }
  return internal_error("instruction {} has no known action", instruction.name);
}

// By the host itself: what is to be exchanged is in its memory, and all of it has been computed.
Status StepExecutor::exchange(size_t index) {
  const Instruction& instruction = program_.instructions[index];
  RADDLE_ASSERT(ranks_ != nullptr && program_.caps.host_memory);
  RADDLE_RETURN_IF_ERROR(queue(instruction.queue).finish(nullptr, 0));
  switch (instruction.exchange) {
    case plan::Exchange::kAttention:
      if (mesh_ == nullptr) return Status::ok();
      return mesh_attention_->forward(bound_->attention(index), *mesh_);
    case plan::Exchange::kAttentionGrad:
      if (mesh_ == nullptr) return Status::ok();
      return mesh_attention_->backward(bound_->attention_grad(index), *mesh_);
    case plan::Exchange::kReduceGradients:
      return ranks_->reduce_gradients();
    case plan::Exchange::kGatherSums:
      return exchange_sums();
    case plan::Exchange::kGatherMasters:
      RADDLE_RETURN_IF_ERROR(ranks_->gather_masters());
      store_.note_new_masters();
      return Status::ok();
  }
  return internal_error("instruction {} exchanges nothing that is known", instruction.name);
}

Status StepExecutor::exchange_sums() {
  const auto doubles = [&](BufferId buffer) {
    if (!buffer.present()) return std::span<double>();
    return std::span(reinterpret_cast<double*>(address(buffer)),
                     program_.buffer(buffer).bytes / sizeof(double));
  };
  const plan::Reports& reports = program_.reports;
  for (size_t i = 0; i < losses_.size(); ++i) losses_[i] = doubles(reports.losses[i]).front();
  RADDLE_ASSIGN_OR_RETURN(
      report_.stop_wanted,
      ranks_->vote({doubles(reports.block_sums), losses_, wants_stop_}, doubles(reports.all_sums)));
  for (size_t i = 0; i < losses_.size(); ++i) doubles(reports.losses[i]).front() = losses_[i];
  return Status::ok();
}

Status StepExecutor::run_range(Segment from, Segment to, bool first) {
  if (!device_.pool().is_in_this_process()) {
    return failed_precondition(
        "this process is a fork of the one that made the session, whose threads are not here; make "
        "a session in the process that uses it");
  }
  // Of masters that the host wrote since.
  if (uses_copies_) RADDLE_RETURN_IF_ERROR(store_.round_copies());
  under_way_ = true;
  Status status = queue_range(from, to, first);
  if (status.is_ok()) return status;
  // The event that says that inputs are read was not queued: what was must not meet the next ones.
  for (auto& queue : queues_) {
    // What failed on the device is said by the next call too; the first error is the one to tell.
    if (!queue->finish(nullptr, 0).is_ok()) break;
  }
  return status;
}

Status StepExecutor::queue_range(Segment from, Segment to, bool first) {
  for (size_t i = 0; i < program_.instructions.size(); ++i) {
    const Segment segment = program_.instructions[i].segment;
    if (segment < from || segment > to) continue;
    if (from != Segment::kUpdate && stop_ != nullptr && stop_->is_set()) {
      return cancelled("stopped on request in the middle; nothing of it counts");
    }
    // A trace names each kernel, so they are launched one by one.
    const auto run = trace_ == nullptr ? runs_.find(i) : runs_.end();
    if (run == runs_.end()) {
      RADDLE_RETURN_IF_ERROR(run_instruction(i, first));
      continue;
    }
    const device::Work& work = first ? *run->second.of_first : *run->second.rest;
    RADDLE_RETURN_IF_ERROR(launch(work, program_.instructions[i]));
    i = run->second.end - 1;
  }
  return Status::ok();
}

Status StepExecutor::run_micro_batch(bool first) {
  const int64_t begin = now_ns();
  RADDLE_RETURN_IF_ERROR(run_range(Segment::kForward, Segment::kBackward, first));
  report_.micro_batches_ns = (first ? 0 : report_.micro_batches_ns) + now_ns() - begin;
  // By now every kernel of this program has been in its library once.
  if (!std::exchange(ran_, true)) ExitGate::come_before_handlers_so_far();
  return Status::ok();
}

Status StepExecutor::run_no_micro_batch() {
  RADDLE_ASSERT(ranks_ != nullptr);
  RADDLE_RETURN_IF_ERROR(finish());
  ranks_->clear_gradients();
  for (const BufferId loss : program_.reports.losses) {
    std::memset(address(loss), 0, sizeof(double));
  }
  report_.micro_batches_ns = 0;
  return Status::ok();
}

Status StepExecutor::run_update(const kernels::StepScalars& scalars, bool wants_stop) {
  const int64_t begin = now_ns();
  wants_stop_ = wants_stop;
  RADDLE_RETURN_IF_ERROR(wait_for(program_.scalars_staged));
  std::memcpy(host_side(program_.reports.scalars), &scalars, sizeof(scalars));
  const Status status = run_range(Segment::kUpdate, Segment::kUpdate, false);
  report_.update_ns = now_ns() - begin;
  return status;
}

StatusOr<int64_t> StepExecutor::time_instruction(size_t index, int64_t repeats) {
  RADDLE_ASSERT(index < program_.instructions.size() && repeats > 0);
  RADDLE_ASSERT(program_.instructions[index].action == Action::kKernel);
  under_way_ = true;
  device::Stream& stream = queue(program_.instructions[index].queue);
  int64_t begin = 0;
  for (int64_t i = 0; i <= repeats; ++i) {
    RADDLE_RETURN_IF_ERROR(stream.launch(bound_->work(index, false)));
    if (i > 0) continue;  // the first is not counted
    RADDLE_RETURN_IF_ERROR(stream.finish(nullptr, 0));
    begin = now_ns();
  }
  RADDLE_RETURN_IF_ERROR(stream.finish(nullptr, 0));
  return (now_ns() - begin) / repeats;
}

Status StepExecutor::finish() {
  if (!under_way_) return Status::ok();
  for (auto& queue : queues_) RADDLE_RETURN_IF_ERROR(queue->finish(nullptr, 0));
  for (size_t i = 0; i < report_.losses.size(); ++i) {
    std::memcpy(&report_.losses[i], host_side(program_.reports.losses[i]), sizeof(double));
  }
  if (program_.reports.verdict.present()) {
    std::memcpy(&report_.verdict, host_side(program_.reports.verdict), sizeof(report_.verdict));
  }
  under_way_ = false;
  return Status::ok();
}

}  // namespace raddle::exec
