// SPDX-License-Identifier: Apache-2.0
// What the state holds of each parameter and where in its memory, as a pure function: the planner,
// the StateStore and whoever owns foreign memory for it make the same of the same graph.
//
// Each role has one block of memory. What is trained is cut for ranks like this: its elements, all
// parameters end to end, form blocks of kUpdateBlockElements, and each rank has a run of whole
// blocks. The gradient's sum of squares is made block by block, so every sum that a rank makes is
// one that a single rank makes too, and the verdict on the blocks of all ranks has the same bits
// however many they are. A border may lie anywhere in a parameter.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/assert.h"
#include "runtime/base/dtype.h"
#include "runtime/graph/graph.h"

namespace raddle::plan {

// What the state holds of a parameter.
enum class Role : uint8_t {
  kMaster,
  kGradient,
  kMoment1,
  kMoment2,
  kCompute  // the master in BF16, and never anything else: not saved, and made again from it
};
inline constexpr size_t kRoles = 5;
std::string_view role_name(Role role);
constexpr DType role_dtype(Role role) {
  return role == Role::kCompute ? DType::kBF16 : DType::kF32;
}

struct StateOptions {
  bool optimizer = false;       // gradients and moments of what is trained
  bool compute_copies = false;  // of every parameter
  // The moments that are here are those of `rank`. Masters and copies are whole on every rank.
  int64_t rank = 0, ranks = 1;
  bool shard_gradients = false;  // true: so are the gradients; else they are whole
  friend bool operator==(const StateOptions&, const StateOptions&) = default;
};

struct ElementRange {
  int64_t begin = 0, end = 0;
  int64_t count() const { return end - begin; }
  friend bool operator==(const ElementRange&, const ElementRange&) = default;
};
ElementRange common_range(ElementRange a, ElementRange b);  // empty if they share nothing

// What is here of a parameter in a role.
struct StateRecord {
  DType dtype = DType::kF32;
  ElementRange shard;    // of the flat, row-major logical tensor
  bool trained = false;  // has a gradient and moments
  size_t offset = 0;     // bytes from the start of the role's block
  size_t bytes() const { return static_cast<size_t>(shard.count()) * dtype_bytes(dtype); }
};

class StateLayout {
 public:
  StateLayout() = default;  // of nothing
  // `alignment` of each record, in bytes.
  static StateLayout of(const graph::Graph& graph, const StateOptions& options, size_t alignment);

  const StateOptions& options() const { return options_; }
  size_t alignment() const { return alignment_; }
  // Whether the state has it, on this rank or another one.
  bool has(int32_t parameter, Role role) const { return entry(parameter, role).is_there; }
  // It must be there; its shard may be empty, and is then within its tensor all the same.
  const StateRecord& record(int32_t parameter, Role role) const {
    RADDLE_ASSERT(has(parameter, role));
    return entry(parameter, role).record;
  }
  // The elements of the master that this rank writes when all of them write a checkpoint together.
  ElementRange saved_master(int32_t parameter) const;
  // The bytes of the role's block from the first to the last trained element that `rank` answers
  // for; empty if there are none. The role must be whole here, and is then at the same place on all
  // ranks.
  struct Part {
    size_t begin = 0, end = 0;
  };
  Part part_of(Role role, int64_t rank) const;
  // The blocks of kUpdateBlockElements that a rank answers for at most.
  int64_t update_blocks_max() const;
  size_t block_bytes(Role role) const { return block_bytes_[static_cast<size_t>(role)]; }
  // Of all that says what lies where in a role's block.
  uint64_t hash(Role role) const { return hashes_[static_cast<size_t>(role)]; }

 private:
  struct Entry {
    bool is_there = false;
    StateRecord record;
  };
  const Entry& entry(int32_t parameter, Role role) const {
    const size_t at = static_cast<size_t>(parameter) * kRoles + static_cast<size_t>(role);
    RADDLE_ASSERT(parameter >= 0 && at < entries_.size());
    return entries_[at];
  }
  void share_out(const std::vector<int64_t>& counts, const std::vector<char>& trained);
  void place(Role role, const std::vector<int64_t>& counts, const std::vector<char>& trained);
  void hash_blocks(const graph::Graph& graph);

  StateOptions options_;
  size_t alignment_ = 1;
  int64_t trained_elements_ = 0;
  std::vector<ElementRange> shares_;  // by parameter: the elements that this rank answers for
  std::vector<Entry> entries_;        // by parameter and role
  size_t block_bytes_[kRoles] = {};
  uint64_t hashes_[kRoles] = {};
};

}  // namespace raddle::plan
