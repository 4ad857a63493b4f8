// SPDX-License-Identifier: Apache-2.0
// The state as tensors with names, for whoever is outside: what there is, and its values in place
// or copied.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/exec/state_store.h"

namespace raddle::session {

// "NAME", "gradient/NAME", "m/NAME", "v/NAME", "compute/NAME".
struct StateTensor {
  std::string name;
  Shape shape;        // of all of it, whatever part of it is here
  int32_t parameter;  // of the store
  exec::Role role;
};
struct StateKind {
  const char* prefix;
  exec::Role role;
};
inline constexpr StateKind kStateKinds[] = {{"", exec::Role::kMaster},
                                            {"gradient/", exec::Role::kGradient},
                                            {"m/", exec::Role::kMoment1},
                                            {"v/", exec::Role::kMoment2},
                                            {"compute/", exec::Role::kCompute}};

// Parameters first. Tensors of which only other ranks have elements are among them.
std::vector<StateTensor> list_state_tensors(const exec::StateStore& store);

// What is here of a tensor, where it lies.
struct StateMemory {
  std::byte* data = nullptr;
  DType dtype = DType::kF32;
  Shape shape;  // the tensor's; of a part of it, how many elements it has
};
// The store must be the host's. What is written to a parameter counts from the next call on, and
// its copy follows; what is written to a copy itself is lost.
StatusOr<StateMemory> lend_memory(exec::StateStore& store, const StateTensor& tensor);

// All elements that are here, as F32. INVALID_ARGUMENT: they are not as many, or are to be written
// to a copy.
Status read_tensor(exec::StateStore& store, const StateTensor& tensor, std::span<float> to);
Status write_tensor(exec::StateStore& store, const StateTensor& tensor,
                    std::span<const float> from);

}  // namespace raddle::session
