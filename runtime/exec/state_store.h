// SPDX-License-Identifier: Apache-2.0
// StateStore: what lasts. Parameters by name with their roles (master, gradient, first and second
// moment), each role one block of a device's memory with the same layout. It outlives every
// Program; train, evaluate and generate are Programs over one store.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/ops/optimizer.h"
#include "runtime/device/device.h"
#include "runtime/graph/graph.h"
#include "runtime/plan/program.h"

namespace raddle::exec {

using plan::Role;

struct ParameterInfo {
  std::string name;
  Shape shape;
  graph::Init init;
  bool decay = true;
  bool trained = true;             // has a gradient and moments
  float learning_rate_scale = 1;   // on the schedule's rate
  std::optional<float> own_decay;  // instead of the decay of all, whatever `decay` says
  size_t offset = 0;               // elements from the start of the master block
  size_t trained_offset = 0;       // elements from the start of the other roles' blocks
  int64_t elements() const { return shape.elements(); }
};

// What a run has done so far: part of the state, saved with the weights.
struct Counters {
  int64_t step = 0;     // optimizer steps taken, skipped ones included
  int64_t updates = 0;  // those that changed the weights: the t of bias correction
  int64_t tokens = 0;
  int64_t skipped = 0, skipped_in_a_row = 0;
  bool owes_evaluation = false;  // of this step: the loop was stopped before it or in it
};

class StateStore {
 public:
  // Memory of the device (borrowed) for the parameters of `graph`; gradients and moments only
  // `with_optimizer`, and only for those that are trained. All zero.
  static StatusOr<StateStore> create(const graph::Graph& graph, bool with_optimizer,
                                     device::Device& device);

  std::span<const ParameterInfo> parameters() const { return parameters_; }
  bool has_optimizer() const { return with_optimizer_; }
  // -1 if there is none of that name.
  int32_t find(std::string_view name) const;
  // How AdamW treats a parameter from now on.
  void set_update(int32_t parameter, float learning_rate_scale, std::optional<float> own_decay);
  // Whether the parameter has that role.
  bool has(int32_t parameter, Role role) const;
  // Where the device has it; `is_host()` says whether the host may follow the pointer. The role
  // must exist, here and below.
  std::byte* address(int32_t parameter, Role role) const;
  bool is_host() const { return is_host_; }
  // The store's own memory, valid as long as the store. Only if is_host().
  std::span<float> values(int32_t parameter, Role role);
  std::span<const float> values(int32_t parameter, Role role) const;
  // Copies elements from `first` on, wherever they are. No program may be at work on them; not to
  // be called once the device is gone.
  Status read(int32_t parameter, Role role, int64_t first, std::span<float> to) const;
  Status write(int32_t parameter, Role role, int64_t first, std::span<const float> from);
  // All elements for the host to look at: its own memory if it can, else copied into `room`.
  StatusOr<std::span<const float>> view(int32_t parameter, Role role,
                                        std::vector<float>& room) const;
  // One slice a trained parameter, decayed ones with `weight_decay` unless they have their own.
  std::vector<kernels::ParameterSlice> slices(float weight_decay);
  size_t bytes() const;

  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  // How far the step under way has come; other threads may read it at any time.
  device::TagWord& tag() { return *tag_; }

 private:
  StateStore() = default;
  size_t offset(int32_t parameter, Role role) const;
  std::vector<ParameterInfo> parameters_;
  device::Device* device_ = nullptr;
  device::Memory blocks_[4];
  Counters counters_;
  std::unique_ptr<device::TagWord> tag_ = std::make_unique<device::TagWord>();
  size_t alignment_ = 0;
  bool with_optimizer_ = false, is_host_ = true;
};

// Draws every parameter anew: a function of (seed, parameter name, element) alone; gradients and
// moments become zero. Writes all of the store, so that no step later waits for the system to find
// memory. One region: a worker that is still warming up holds nothing back. CANCELLED when `stop`
// is set; then a part is drawn.
Status initialize(StateStore& store, uint64_t seed, device::WorkerPool& pool,
                  const StopToken* stop = nullptr);

}  // namespace raddle::exec
