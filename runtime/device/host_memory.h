// SPDX-License-Identifier: Apache-2.0
// How much memory this process may still get, and what says so: the machine, its control groups
// (both versions, outer ones too), its ulimits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace raddle::device {

struct MemoryLimit {
  std::string name;         // "the machine", "the control group /jobs/7", "ulimit -v"
  int64_t limit_bytes = 0;  // in all
  int64_t room_bytes = 0;   // that are not used yet, never negative
};

struct HostMemory {
  int64_t total_bytes = 0;          // of the machine
  std::vector<MemoryLimit> limits;  // the machine's own first
  // The limit that is met first.
  const MemoryLimit& tightest() const;
};

// Where the system says it; a test writes files of its own.
struct MemorySources {
  std::string proc = "/proc", cgroup = "/sys/fs/cgroup";
};

HostMemory host_memory(const MemorySources& sources = {});

}  // namespace raddle::device
