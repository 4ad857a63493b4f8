// SPDX-License-Identifier: Apache-2.0
// StepExecutor: walks a Program. All memory is taken when it is made; running allocates nothing and
// decides nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/ops/optimizer.h"
#include "runtime/base/stop_token.h"
#include "runtime/base/trace.h"
#include "runtime/device/device.h"
#include "runtime/exec/state_store.h"
#include "runtime/plan/program.h"

namespace raddle::exec {

class BoundProgram;
class MeshAttention;
class RankExchange;
struct StepMesh;

// A tensor that keeps its place in a program's arena: an input, an output or a cache. Found once by
// name, used in every step.
class Port {
 public:
  size_t bytes() const { return bytes_; }
  bool present() const { return bytes_ > 0; }

 private:
  friend class StepExecutor;
  plan::BufferId buffer_;
  DType dtype_ = DType::kF32;
  size_t bytes_ = 0;
};

// What the micro-batches since the last first one did, and the update after them.
struct StepReport {
  std::vector<double> losses;  // by loss of the graph, summed over the micro-batches
  kernels::StepVerdict verdict{};
  bool stop_wanted = false;  // by some rank, in the vote of the last update
  int64_t micro_batches_ns = 0,
          update_ns = 0;  // wall time, of the host's part where work is queued
};

class StepExecutor {
 public:
  // `program`, `store` and `device` are borrowed and must outlive the executor. Errors of
  // BoundProgram::create().
  // `ranks`, also borrowed, is of a program whose update several of them share; else null.
  static StatusOr<std::unique_ptr<StepExecutor>> create(const plan::Program& program,
                                                        StateStore& store, float weight_decay,
                                                        device::Device& device,
                                                        RankExchange* ranks = nullptr);
  ~StepExecutor();

  // Not present if the program has none of that name, or one of no elements.
  Port port(std::string_view tensor_name) const;
  // Copies; `values` are all of the port's. Waits while the device still reads the last ones.
  template <class T>
  Status write(Port to, std::span<const T> values) {
    return write_bytes(to, std::as_bytes(values));
  }
  // Copies elements from `first` on, once all that was queued is done.
  template <class T>
  Status read(Port from, std::span<T> values, size_t first = 0) {
    return read_bytes(from, first * sizeof(T), std::as_writable_bytes(values));
  }
  // The same of a port of F32 or BF16, as float.
  Status read_floats(Port from, std::span<float> values, size_t first = 0);
  // A whole port of another program on the same device, of the same size.
  Status carry(Port to, StepExecutor& other, Port from);

  // Runs forward and, if the program has it, backward on the inputs that are in place; on a device
  // that is not the CPU, queues them. The first micro-batch of a step overwrites gradients, later
  // ones add to them. CANCELLED if the stop is set in between; nothing that lasts has changed
  // then.
  Status run_micro_batch(bool first);
  // Which sequences of the micro-batches to come are spread over ranks, in a program that was
  // planned for such. Borrowed; null: none.
  void set_mesh(const StepMesh* mesh) { mesh_ = mesh; }
  // In place of a step's micro-batches, of a rank that has none: zero gradients and losses.
  Status run_no_micro_batch();
  // Norm, verdict, AdamW; of several ranks also what they exchange, and the losses in the report
  // are the sums of all. The scalars are copied. Not to be interrupted.
  Status run_update(const kernels::StepScalars& scalars, bool wants_stop = false);
  // Waits until all that was queued is done, and reports.
  Status finish();
  const StepReport& report() const {
    RADDLE_ASSERT(!under_way_);
    return report_;
  }

  // How long the device takes for one instruction that is a kernel, the mean of `repeats` in a row,
  // in ns. For benches: what it computes is of no use afterwards.
  StatusOr<int64_t> time_instruction(size_t index, int64_t repeats);

  // What ends a micro-batch early; borrowed (StopScope), null: nothing does.
  void set_stop(const StopToken* stop) { stop_ = stop; }
  void set_trace(TraceRecorder* trace);
  // Where the step's phases are set, for a step after `steps` completed ones. Borrowed; null:
  // nowhere.
  void set_tag(device::TagWord* tag, int64_t steps) {
    tag_ = tag;
    steps_ = steps;
  }
  size_t arena_bytes() const { return arena_.bytes(); }
  // Of the whole arena, for tests that look at what lies where on a CPU.
  std::byte* arena() const { return arena_.address(); }
  const plan::Program& program() const { return program_; }

 private:
  StepExecutor(const plan::Program& program, StateStore& store, device::Device& device,
               RankExchange* ranks);
  Status open();
  Status run_range(plan::Segment from, plan::Segment to, bool first);
  Status queue_range(plan::Segment from, plan::Segment to, bool first);
  Status run_instruction(size_t index, bool first);
  Status capture_runs();
  Status exchange(size_t index);
  Status exchange_sums();
  Status open_mesh();
  Status launch(const device::Work& work, const plan::Instruction& instruction);
  Status wait_for(int32_t event);
  device::Stream& queue(plan::Queue queue) { return *queues_[static_cast<size_t>(queue)]; }
  std::byte* address(plan::BufferId buffer) const;
  std::byte* host_side(plan::BufferId buffer) const;
  Status write_bytes(Port to, std::span<const std::byte> bytes);
  Status read_bytes(Port from, size_t first, std::span<std::byte> bytes);

  // Kernels that follow each other on the compute queue, as one piece.
  struct Run {
    size_t end = 0;                                // one behind its last instruction
    std::unique_ptr<device::Work> of_first, rest;  // of a step's first micro-batch, of the others
  };

  const plan::Program& program_;
  StateStore& store_;
  device::Device& device_;
  RankExchange* const ranks_;
  const bool uses_copies_;
  device::Memory arena_, staging_;
  std::vector<std::unique_ptr<device::Event>> events_;
  std::unique_ptr<BoundProgram> bound_;
  std::unique_ptr<MeshAttention> mesh_attention_;  // null: sequences are not spread
  const StepMesh* mesh_ = nullptr;
  std::map<size_t, Run> runs_;  // by first instruction; none where the device has no use for them
  // Last, so that they end first: they hold what the device is still to do with all the others.
  std::unique_ptr<device::Stream> queues_[plan::kQueues];
  StepReport report_;
  const StopToken* stop_ = nullptr;
  TraceRecorder* trace_ = nullptr;
  device::TagWord* tag_ = nullptr;
  int64_t steps_ = 0;
  std::vector<uint16_t> bits_;  // of BF16, on their way to a reader; room is kept
  std::vector<double> losses_;  // on their way through a vote; room is kept
  bool ran_ = false, under_way_ = false, wants_stop_ = false;
};

// `stop` ends the executor's work for as long as this lives.
class StopScope {
 public:
  StopScope(StepExecutor& executor, const StopToken* stop) : executor_(executor) {
    executor.set_stop(stop);
  }
  ~StopScope() { executor_.set_stop(nullptr); }
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

 private:
  StepExecutor& executor_;
};

}  // namespace raddle::exec
