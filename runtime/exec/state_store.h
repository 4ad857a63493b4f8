// SPDX-License-Identifier: Apache-2.0
// StateStore: what lasts. Parameters by name with their roles (master, gradient, first and second
// moment), each role one block of memory with the same layout. It outlives every Program; train,
// evaluate and generate are Programs over one store.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/ops/optimizer.h"
#include "runtime/device/cpu/worker_pool.h"
#include "runtime/device/memory.h"
#include "runtime/graph/graph.h"

namespace raddle::exec {

enum class Role : uint8_t { kMaster, kGradient, kMoment1, kMoment2 };

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

class StateStore {
 public:
  // Memory for the parameters of `graph`; gradients and moments only `with_optimizer`, and only for
  // those that are trained. All zero.
  static StatusOr<StateStore> create(const graph::Graph& graph, bool with_optimizer);

  std::span<const ParameterInfo> parameters() const { return parameters_; }
  bool has_optimizer() const { return with_optimizer_; }
  // -1 if there is none of that name.
  int32_t find(std::string_view name) const;
  // How AdamW treats a parameter from now on.
  void set_update(int32_t parameter, float learning_rate_scale, std::optional<float> own_decay);
  // Whether the parameter has that role.
  bool has(int32_t parameter, Role role) const;
  // The store's own memory, valid as long as the store. The role must exist.
  std::span<float> values(int32_t parameter, Role role);
  std::span<const float> values(int32_t parameter, Role role) const;
  // One slice a trained parameter, decayed ones with `weight_decay` unless they have their own.
  std::vector<kernels::ParameterSlice> slices(float weight_decay);
  size_t bytes() const;

 private:
  StateStore() = default;
  std::vector<ParameterInfo> parameters_;
  device::HostBuffer blocks_[4];
  bool with_optimizer_ = false;
};

// Draws every parameter anew: a function of (seed, parameter name, element) alone; gradients and
// moments become zero. Writes all of the store, so that no step later waits for the system to find
// memory. One region: a worker that is still warming up holds nothing back.
void initialize(StateStore& store, uint64_t seed, device::WorkerPool& pool);

}  // namespace raddle::exec
