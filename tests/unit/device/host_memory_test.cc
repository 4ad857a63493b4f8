// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/host_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace raddle::device {
namespace {

// A machine of 1000 MiB, 800 of them free, written as the system would.
class HostMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    put("proc/meminfo", "MemTotal:  1024000 kB\nMemFree: 1 kB\nMemAvailable:  819200 kB\n");
    put("proc/self/statm", "1000 200 100 10 0 500 0\n");
  }
  void put(const std::string& name, const std::string& text) {
    const std::filesystem::path path = dir_ / name;
    std::filesystem::create_directories(path.parent_path());
    test::write_file(path.string(), text);
  }
  HostMemory memory() { return host_memory({dir_ / "proc", dir_ / "cgroup"}); }
  static constexpr int64_t kMiB = 1 << 20;

  test::TempDir dir_;
};

TEST_F(HostMemoryTest, TheMachineAloneLeavesWhatIsAvailable) {
  const HostMemory found = memory();
  EXPECT_EQ(found.total_bytes, 1000 * kMiB);
  EXPECT_EQ(found.limits.front().name, "the machine");
  EXPECT_EQ(found.limits.front().room_bytes, 800 * kMiB);
}

TEST_F(HostMemoryTest, AGroupOfVersion2CountsWithAllThatItLiesIn) {
  put("proc/self/cgroup", "0::/jobs/7\n");
  put("cgroup/jobs/7/memory.max", "max\n");
  put("cgroup/jobs/7/memory.current", "1\n");
  put("cgroup/jobs/memory.max", std::to_string(300 * kMiB));
  put("cgroup/jobs/memory.current", std::to_string(200 * kMiB));
  put("cgroup/jobs/memory.stat", "anon 5\ninactive_file " + std::to_string(50 * kMiB) + "\n");
  const MemoryLimit tightest = memory().tightest();
  EXPECT_EQ(tightest.name, "the control group /jobs (memory.max)");
  EXPECT_EQ(tightest.limit_bytes, 300 * kMiB);
  EXPECT_EQ(tightest.room_bytes, 150 * kMiB);
}

TEST_F(HostMemoryTest, AGroupOfVersion1Too) {
  put("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n1:name=systemd:/y\n");
  // In a container: the host's path is not there, the container's group is the root.
  put("cgroup/memory/memory.limit_in_bytes", std::to_string(100 * kMiB));
  put("cgroup/memory/memory.usage_in_bytes", std::to_string(120 * kMiB));
  const MemoryLimit tightest = memory().tightest();
  EXPECT_EQ(tightest.name, "the control group / (memory.limit_in_bytes)");
  EXPECT_EQ(tightest.room_bytes, 0);
  put("cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_EQ(memory().tightest().name, "the machine");
}

TEST_F(HostMemoryTest, DamagedFilesAreNoLimits) {
  put("proc/self/cgroup", "nonsense\n0::\n:::::\n0::no/slash\n");
  put("cgroup/memory.max", "-5");
  put("proc/meminfo", "MemAvailable: many\n");
  EXPECT_GT(memory().total_bytes, 0);
  EXPECT_GT(memory().tightest().limit_bytes, 0);
}

TEST_F(HostMemoryTest, AUlimitCountsWhatIsMappedAlready) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_DATA, &before), 0);
  rlimit limit = before;
  limit.rlim_cur = 64 * kMiB;
  ASSERT_EQ(setrlimit(RLIMIT_DATA, &limit), 0);
  const MemoryLimit tightest = memory().tightest();
  ASSERT_EQ(setrlimit(RLIMIT_DATA, &before), 0);
  EXPECT_EQ(tightest.name, "ulimit -d (RLIMIT_DATA)");
  EXPECT_EQ(tightest.room_bytes, 64 * kMiB - 500 * sysconf(_SC_PAGE_SIZE));
}

}  // namespace
}  // namespace raddle::device
