// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/cpu/cpu_caps.h"

#include <sched.h>
#include <unistd.h>

#include <fstream>

namespace raddle::device {
namespace {

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("model name", 0) == 0) {
      const size_t colon = line.find(':');
      if (colon != std::string::npos && colon + 2 <= line.size()) return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

size_t cache_bytes(int name, size_t otherwise) {
  const long bytes = sysconf(name);
  return bytes > 0 ? static_cast<size_t>(bytes) : otherwise;
}

int usable_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return 1;
}

}  // namespace

DeviceCaps detect_cpu(int threads) {
  DeviceCaps caps;
  caps.kind = Kind::kCpu;
  caps.name = processor_name();
  caps.threads = threads > 0 ? threads : usable_cores();
  caps.l2_bytes = cache_bytes(_SC_LEVEL2_CACHE_SIZE, caps.l2_bytes);
  caps.l3_bytes = cache_bytes(_SC_LEVEL3_CACHE_SIZE, caps.l3_bytes);
#if defined(__x86_64__)
  caps.has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  caps.has_avx512 = __builtin_cpu_supports("avx512f");
#endif
  return caps;
}

}  // namespace raddle::device
