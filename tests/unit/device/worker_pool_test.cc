// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/cpu/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
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

std::atomic<int> prepared{0}, prepared_for{0};

TEST(WorkerPool, AStartedThreadPreparesOnceBeforeARegionEnds) {
  for (const auto& [threads, expected] : {std::pair{1, 0}, {2, 1}, {4, 1}}) {
    prepared = 0;
    WorkerPool pool(threads, [](int count) {
      ++prepared;
      prepared_for = count;
    });
    pool.run(2, [](int64_t, int) {});
    EXPECT_EQ(prepared, expected) << threads;
    if (expected > 0) {
      EXPECT_EQ(prepared_for, threads);
    }
  }
}

}  // namespace
}  // namespace raddle::device
