// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/host_memory.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

namespace raddle::device {
namespace {

constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

// The number that a file holds; kNone if it holds none ("max") or there is no such file.
int64_t number_in(const std::string& path) {
  std::ifstream file(path);
  int64_t number = 0;
  return file >> number && number >= 0 ? number : kNone;
}

// The number after `name` in a file of such lines.
int64_t number_after(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    int64_t number = 0;
    if (words >> word && word == name && words >> number) return number;
  }
  return kNone;
}

int64_t room(int64_t limit, int64_t used) { return std::max<int64_t>(0, limit - used); }

struct GroupFiles {
  const char *limit, *used, *inactive;  // the last in memory.stat: cache that is given up first
};
constexpr GroupFiles kVersion1 = {"memory.limit_in_bytes", "memory.usage_in_bytes",
                                  "total_inactive_file"};
constexpr GroupFiles kVersion2 = {"memory.max", "memory.current", "inactive_file"};

// The limits of a group and of all that it lies in. Inside a container the path may be one of the
// host's that cannot be seen here; the container's own group is then the root.
void add_groups(const std::string& root, std::string path, const GroupFiles& files,
                HostMemory* memory) {
  while (true) {
    const std::string folder = root + path;
    const int64_t limit = number_in(folder + "/" + files.limit);
    const int64_t used = number_in(folder + "/" + files.used);
    // Without a limit, version 1 states a number larger than any memory.
    if (limit < memory->total_bytes && used != kNone) {
      const int64_t inactive = number_after(folder + "/memory.stat", files.inactive);
      const int64_t kept = used - (inactive == kNone ? 0 : std::min(inactive, used));
      memory->limits.push_back(
          {fmt::format("the control group {} ({})", path.empty() ? "/" : path, files.limit), limit,
           room(limit, kept)});
    }
    if (path.empty()) return;
    path.erase(path.rfind('/'));
  }
}

// Each line of /proc/self/cgroup is NUMBER:CONTROLLERS:PATH; no controllers means version 2.
void add_control_groups(const MemorySources& sources, HostMemory* memory) {
  std::ifstream file(sources.proc + "/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    std::string path = line.substr(second + 1);
    while (path.ends_with('/')) path.pop_back();
    if (!path.empty() && path.front() != '/') continue;
    if (controllers == ",,") {
      add_groups(sources.cgroup, path, kVersion2, memory);
    } else if (controllers.find(",memory,") != std::string::npos) {
      add_groups(sources.cgroup + "/memory", path, kVersion1, memory);
    }
  }
}

void add_ulimit(int resource, const char* name, int64_t used, HostMemory* memory) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
      limit.rlim_cur > static_cast<rlim_t>(kNone)) {
    return;
  }
  const auto bytes = static_cast<int64_t>(limit.rlim_cur);
  memory->limits.push_back({name, bytes, room(bytes, used)});
}

}  // namespace

const MemoryLimit& HostMemory::tightest() const {
  return *std::min_element(
      limits.begin(), limits.end(),
      [](const MemoryLimit& a, const MemoryLimit& b) { return a.room_bytes < b.room_bytes; });
}

HostMemory host_memory(const MemorySources& sources) {
  HostMemory memory;
  const int64_t page = sysconf(_SC_PAGE_SIZE);
  const std::string meminfo = sources.proc + "/meminfo";
  const int64_t total = number_after(meminfo, "MemTotal:");
  memory.total_bytes = total != kNone ? total * 1024 : sysconf(_SC_PHYS_PAGES) * page;
  const int64_t available = number_after(meminfo, "MemAvailable:");
  memory.limits.push_back({"the machine", memory.total_bytes,
                           available != kNone ? available * 1024 : memory.total_bytes});
  add_control_groups(sources, &memory);
  // Pages: size, resident, shared, text, unused, data and stack.
  std::ifstream statm(sources.proc + "/self/statm");
  int64_t pages[6] = {};
  for (int64_t& count : pages) statm >> count;
  add_ulimit(RLIMIT_AS, "ulimit -v (RLIMIT_AS)", pages[0] * page, &memory);
  add_ulimit(RLIMIT_DATA, "ulimit -d (RLIMIT_DATA)", pages[5] * page, &memory);
  return memory;
}

}  // namespace raddle::device
