// SPDX-License-Identifier: Apache-2.0
// Tensors of a store for what needs host memory, files above all: the store's own memory where the
// host may use it, a copy otherwise.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "runtime/exec/state_store.h"

namespace raddle::exec {

class HostTensors {
 public:
  explicit HostTensors(StateStore& store) : store_(store) {}  // borrowed

  // All elements that are here, with the values that the store has when it is first asked.
  StatusOr<std::span<const float>> read(int32_t parameter, Role role);
  // All elements that are here, to be filled: what they hold before is not said.
  std::span<float> fill(int32_t parameter, Role role);
  // Puts what fill() gave back into the store.
  Status write_back();

 private:
  struct Copy {
    int32_t parameter;
    Role role;
    std::vector<float> values;
  };
  StateStore& store_;
  // Spans point into these, which only grow.
  std::deque<Copy> read_, filled_;
};

}  // namespace raddle::exec
