// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/cpu/worker_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

namespace raddle::device {
namespace {

TEST(WorkerPool, RunsEachTaskOnce) {
  for (int threads : {1, 2, 5}) {
    WorkerPool pool(threads);
    for (int round = 0; round < 200; ++round) {
      std::vector<int> hits(static_cast<size_t>(round), 0);
      pool.run(round, [&](int64_t task, int worker) {
        EXPECT_LT(worker, threads);
        ++hits[static_cast<size_t>(task)];
      });
      for (int count : hits) EXPECT_EQ(count, 1);
    }
  }
}

TEST(WorkerPool, ChunksCoverTheRange) {
  WorkerPool pool(3);
  std::vector<int> hits(1001, 0);
  pool.run_chunks(1001, 64, [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) ++hits[static_cast<size_t>(i)];
  });
  for (int count : hits) EXPECT_EQ(count, 1);
}

TEST(WorkerPool, AStartedThreadPreparesOnceBeforeARegionEnds) {
  for (const auto& [threads, expected] : {std::pair{1, 0}, {2, 1}, {4, 1}}) {
    std::atomic<int> prepared{0};
    WorkerPool pool(threads, [&] { ++prepared; });
    pool.run(2, [](int64_t, int) {});
    EXPECT_EQ(prepared, expected) << threads;
  }
}

TEST(WorkerPool, AForkIsToldThatTheThreadsAreElsewhere) {
  auto pool = std::make_unique<WorkerPool>(2);
  EXPECT_TRUE(pool->is_in_this_process());
  const pid_t child = fork();
  if (child == 0) {
    const bool is_here = pool->is_in_this_process();
    pool.reset();  // returns
    _exit(is_here ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// Too little address space for the stacks of so many threads.
TEST(WorkerPool, AThreadThatCannotBeStartedIsAnError) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer ends the process when it gets no memory";
#endif
  int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  rlimit limit = before;
  limit.rlim_cur = static_cast<rlim_t>(pages * sysconf(_SC_PAGE_SIZE) + (64 << 20));
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  const Status status = WorkerPool::create(200).status();
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_NE(status.message().find("of 199"), std::string::npos) << status.message();
  EXPECT_NE(status.message().find("runtime.threads"), std::string::npos) << status.message();
  auto pool = WorkerPool::create(3);
  ASSERT_TRUE(pool.is_ok());
  std::atomic<int> tasks{0};
  (*pool)->run(5, [&](int64_t, int) { ++tasks; });
  EXPECT_EQ(tasks, 5);
}

}  // namespace
}  // namespace raddle::device
