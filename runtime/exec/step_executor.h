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

class StepExecutor {
 public:
  // `program`, `store` and `pool` are borrowed and must outlive the executor. FAILED_PRECONDITION
  // if the store lacks a parameter of the program, or has it in another shape.
  static StatusOr<std::unique_ptr<StepExecutor>> create(const plan::Program& program,
                                                        StateStore& store, float weight_decay,
                                                        device::WorkerPool& pool);

  // Memory of an input, output or cache; empty if the program has none of that name.
  std::span<std::byte> persistent(std::string_view tensor_name);
  template <class T>
  std::span<T> persistent_as(std::string_view tensor_name) {
    const std::span<std::byte> bytes = persistent(tensor_name);
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

  // Runs forward and, if the program has it, backward on the inputs that are in place. The first
  // micro-batch of a step overwrites gradients, later ones add to them.
  // CANCELLED if `abort` becomes true in between; nothing that lasts has changed then.
  Status run_micro_batch(bool first);
  // Norm, verdict, AdamW. The scalars are copied. Not to be interrupted.
  Status run_update(const kernels::StepScalars& scalars);
  const kernels::StepVerdict& verdict() const { return verdict_; }

  void set_abort_flag(const std::atomic<bool>* abort) { abort_ = abort; }
  void set_trace(TraceRecorder* trace) { trace_ = trace; }
  size_t arena_bytes() const { return arena_.bytes(); }
  const plan::Program& program() const { return program_; }

 private:
  StepExecutor(const plan::Program& program, device::WorkerPool& pool)
      : program_(program), stream_(pool) {}
  Status bind(StateStore& store);
  Status bind_instruction(size_t index, std::span<const int32_t> store_index, StateStore& store);
  Status run_range(plan::Segment from, plan::Segment to, bool first);
  Status launch(size_t index, const BoundKernel& kernel);

  const plan::Program& program_;
  device::Stream stream_;
  device::HostBuffer arena_;
  // By instruction; `first_` differs from `rest_` only where a gradient is overwritten. Null: a
  // view.
  std::vector<std::unique_ptr<BoundKernel>> rest_, first_;
  std::vector<kernels::ParameterSlice> slices_;
  kernels::StepScalars scalars_{};
  kernels::StepVerdict verdict_{};
  const std::atomic<bool>* abort_ = nullptr;
  TraceRecorder* trace_ = nullptr;
  bool ran_ = false;
};

}  // namespace raddle::exec
