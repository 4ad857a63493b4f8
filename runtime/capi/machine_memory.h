// SPDX-License-Identifier: Apache-2.0
// How much memory the machine and its limits leave this process: what a plan must fit into.
#pragma once

#include <cstdint>

namespace raddle::capi {

struct MachineMemory {
  int64_t total_bytes = 0;      // of the machine
  int64_t available_bytes = 0;  // that the system would still give
  int64_t limit_bytes = 0;      // of the control group; 0: none
  // What a process may hope for at most.
  int64_t usable_bytes() const { return limit_bytes > 0 ? limit_bytes : total_bytes; }
};

MachineMemory machine_memory();

}  // namespace raddle::capi
