// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/machine_memory.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace raddle::capi {

namespace {

// The number in a file that holds one; 0 if there is none ("max" is none, too).
int64_t read_number(const char* path) {
  std::ifstream file(path);
  int64_t number = 0;
  return file >> number ? number : 0;
}

int64_t available_bytes() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  for (int64_t kib = 0; file >> name;) {
    if (name == "MemAvailable:" && file >> kib) return kib * 1024;
    std::getline(file, name);
  }
  return 0;
}

}  // namespace

MachineMemory machine_memory() {
  MachineMemory memory;
  memory.total_bytes = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
  memory.available_bytes = available_bytes();
  memory.limit_bytes = read_number("/sys/fs/cgroup/memory.max");
  if (memory.limit_bytes == 0) {
    memory.limit_bytes = read_number("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  }
  // A control group without a limit may state a number larger than any memory.
  if (memory.limit_bytes >= memory.total_bytes) memory.limit_bytes = 0;
  return memory;
}

}  // namespace raddle::capi
