// SPDX-License-Identifier: Apache-2.0
// StepExecutor: walks a Program. All memory is taken when it is made; running allocates nothing and
// decides nothing.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "kernels/ops/optimizer.h"
#include "runtime/base/trace.h"
#include "runtime/device/cpu/worker_pool.h"
#include "runtime/device/memory.h"
#include "runtime/device/stream.h"
#include "runtime/exec/state_store.h"
#include "runtime/plan/program.h"

namespace raddle::exec {

// A kernel with its Args, type erased.
class BoundKernel {
 public:
  virtual ~BoundKernel() = default;
  virtual Status launch(const kernels::Launch& launch) const = 0;
};

// A tensor that keeps its place in a program's arena: an input, an output or a cache. Found once by
// name, used in every step.
class Port {
 public:
  size_t bytes() const { return bytes_; }
  bool present() const { return bytes_ > 0; }

 private:
  friend class StepExecutor;
  Port(size_t offset, size_t bytes) : offset_(offset), bytes_(bytes) {}
  size_t offset_, bytes_;
};

// What the micro-batches since the last first one did, and the update after them.
struct StepReport {
  std::vector<double> losses;  // by loss of the graph, summed over the micro-batches
  kernels::StepVerdict verdict{};
  int64_t micro_batches_ns = 0, update_ns = 0;  // wall time
};

class StepExecutor {
 public:
  // `program`, `store` and `pool` are borrowed and must outlive the executor. FAILED_PRECONDITION
  // if the store lacks a parameter of the program, or has it in another shape.
  static StatusOr<std::unique_ptr<StepExecutor>> create(const plan::Program& program,
                                                        StateStore& store, float weight_decay,
                                                        device::WorkerPool& pool);

  // Not present if the program has none of that name, or one of no elements.
  Port port(std::string_view tensor_name) const;
  // Copies; `values` are all of the port's.
  template <class T>
  void write(Port to, std::span<const T> values) {
    write_bytes(to, std::as_bytes(values));
  }
  // Copies elements from `first` on.
  template <class T>
  void read(Port from, std::span<T> values, size_t first = 0) const {
    read_bytes(from, first * sizeof(T), std::as_writable_bytes(values));
  }
  // A whole port of another program, of the same size.
  void carry(Port to, const StepExecutor& other, Port from);

  // Runs forward and, if the program has it, backward on the inputs that are in place. The first
  // micro-batch of a step overwrites gradients, later ones add to them.
  // CANCELLED if `abort` becomes true in between; nothing that lasts has changed then.
  Status run_micro_batch(bool first);
  // Norm, verdict, AdamW. The scalars are copied. Not to be interrupted.
  Status run_update(const kernels::StepScalars& scalars);
  const StepReport& report() const { return report_; }

  void set_abort_flag(const std::atomic<bool>* abort) { abort_ = abort; }
  void set_trace(TraceRecorder* trace) { trace_ = trace; }
  size_t arena_bytes() const { return arena_.bytes(); }
  // Of the whole arena, for tests that look at what lies where.
  std::byte* arena() const { return arena_.data(); }
  const plan::Program& program() const { return program_; }

 private:
  StepExecutor(const plan::Program& program, device::WorkerPool& pool)
      : program_(program), stream_(pool) {}
  Status bind(StateStore& store);
  Status bind_instruction(size_t index, std::span<const int32_t> store_index, StateStore& store);
  Status run_range(plan::Segment from, plan::Segment to, bool first);
  Status launch(size_t index, const BoundKernel& kernel);
  void write_bytes(Port to, std::span<const std::byte> bytes);
  void read_bytes(Port from, size_t first, std::span<std::byte> bytes) const;
  void report_losses(bool first);

  const plan::Program& program_;
  device::Stream stream_;
  device::HostBuffer arena_;
  // By instruction; `first_` differs from `rest_` only where a gradient is overwritten. Null: a
  // view.
  std::vector<std::unique_ptr<BoundKernel>> rest_, first_;
  std::vector<kernels::ParameterSlice> slices_;
  kernels::StepScalars scalars_{};
  std::vector<Port> loss_ports_;
  StepReport report_;
  const std::atomic<bool>* abort_ = nullptr;
  TraceRecorder* trace_ = nullptr;
  bool ran_ = false;
};

}  // namespace raddle::exec
