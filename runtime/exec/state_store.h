// SPDX-License-Identifier: Apache-2.0
// StateStore: what lasts. Parameters by name with their roles (master, gradient, first and second
// moment, copy in BF16), each role one block of memory, laid out by plan/state_layout.h. It
// outlives every Program; train, evaluate and generate are Programs over one store.
//
// Of a role that ranks share, a store holds its own rank's elements. A block lies in memory of the
// device or in memory that somebody else owns.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/ops/optimizer.h"
#include "runtime/device/device.h"
#include "runtime/exec/foreign_block.h"
#include "runtime/graph/graph.h"
#include "runtime/plan/program.h"
#include "runtime/plan/state_layout.h"

namespace raddle::exec {

using plan::ElementRange;
using plan::Role;
using plan::StateOptions;
using plan::StateRecord;

struct ParameterInfo {
  std::string name;
  Shape shape;
  graph::Init init;
  bool decay = true;
  bool trained = true;             // has a gradient and moments
  float learning_rate_scale = 1;   // on the schedule's rate
  std::optional<float> own_decay;  // instead of the decay of all, whatever `decay` says
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
  // Memory of the device (borrowed) for the parameters of `graph`, all zero but for the roles of
  // `foreign`, which lie there; errors of map_block() and check_blocks().
  static StatusOr<StateStore> create(const graph::Graph& graph, const StateOptions& options,
                                     device::Device& device,
                                     std::span<const ForeignBlock> foreign = {});

  std::span<const ParameterInfo> parameters() const { return parameters_; }
  const plan::StateLayout& layout() const { return layout_; }
  bool has_optimizer() const { return layout_.options().optimizer; }
  // -1 if there is none of that name.
  int32_t find(std::string_view name) const;
  // How AdamW treats a parameter from now on.
  void set_update(int32_t parameter, float learning_rate_scale, std::optional<float> own_decay);
  // Whether the parameter has that role, here or on another rank.
  bool has(int32_t parameter, Role role) const { return layout_.has(parameter, role); }
  // What is here of it. The role must exist, here and below.
  const StateRecord& record(int32_t parameter, Role role) const {
    return layout_.record(parameter, role);
  }
  // Whether the role's block is somebody else's.
  bool is_foreign(Role role) const { return blocks_[static_cast<size_t>(role)].is_foreign; }
  // Where the device has the record's first element; `is_host()` says whether the host may follow
  // the pointer.
  std::byte* address(int32_t parameter, Role role) const;
  bool is_host() const { return is_host_; }
  // The record's elements in the store's own memory, valid as long as the store. Only if is_host(),
  // and not of a copy. Whoever may write to a master this way need not say that it did: its copy is
  // made anew before it is next used.
  std::span<float> values(int32_t parameter, Role role);
  std::span<const float> values(int32_t parameter, Role role) const;
  // The same of a copy, once it is what its master says: BF16, as bits.
  StatusOr<std::span<const uint16_t>> copy(int32_t parameter);
  // Copies elements from `first` of the tensor on, all of which must be here, wherever that is; a
  // copy's as F32. No program may be at work on them; not to be called once the device is gone.
  Status read(int32_t parameter, Role role, int64_t first, std::span<float> to);
  // Not to a copy, which follows its master.
  Status write(int32_t parameter, Role role, int64_t first, std::span<const float> from);
  // All elements that are here, not of a copy, for the host to look at: its own memory if it can,
  // else copied into `room`.
  StatusOr<std::span<const float>> view(int32_t parameter, Role role,
                                        std::vector<float>& room) const;
  // Masters were written otherwise than through this store, by other ranks.
  void note_new_masters();
  // The master's memory is given to somebody who may write to it as long as the store lives,
  // between any two calls.
  void lend(int32_t parameter);
  // Makes anew the copies that may differ from their masters, before anything uses them.
  Status round_copies();
  // One slice for each trained parameter of which moments are here, decayed ones with
  // `weight_decay` unless they have their own.
  std::vector<kernels::ParameterSlice> slices(float weight_decay);
  size_t bytes() const;
  size_t bytes(Role role) const { return blocks_[static_cast<size_t>(role)].memory.bytes(); }

  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }
  // How far the step under way has come; other threads may read it at any time.
  device::TagWord& tag() { return *tag_; }

 private:
  struct Block {
    device::Memory memory;
    size_t begin = 0;  // of what the layout places, behind the header of a foreign one
    bool is_foreign = false;
  };
  // Of a parameter's copy.
  enum class Copy : uint8_t { kInStep, kStale, kLent };

  StateStore() = default;
  Status take_memory(std::span<const ForeignBlock> foreign);
  std::byte* element(int32_t parameter, Role role, int64_t first, size_t count) const;
  Status read_floats(int32_t parameter, Role role, int64_t first, std::span<float> to) const;
  Status write_copy(int32_t parameter, int64_t first, std::span<const float> masters);

  std::vector<ParameterInfo> parameters_;
  plan::StateLayout layout_;
  device::Device* device_ = nullptr;
  Block blocks_[plan::kRoles];
  std::vector<Copy> copies_;  // by parameter; empty: there are none
  Counters counters_;
  std::unique_ptr<device::TagWord> tag_ = std::make_unique<device::TagWord>();
  bool is_host_ = true;
};

// Draws every parameter anew: a function of (seed, parameter name, element) alone; gradients and
// moments become zero. Writes all of the store, so that no step later waits for the system to find
// memory. One region: a worker that is still warming up holds nothing back. CANCELLED when `stop`
// is set; then a part is drawn.
Status initialize(StateStore& store, uint64_t seed, device::WorkerPool& pool,
                  const StopToken* stop = nullptr);

}  // namespace raddle::exec
