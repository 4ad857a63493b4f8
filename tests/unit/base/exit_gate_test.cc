// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/exit_gate.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace raddle {
namespace {

// A gate that was closed stays so: each test closes it in a process of its own.

TEST(ExitGate, ClosingWaitsForThePassesOfOtherThreadsAndLetsNobodyElseIn) {
  const auto in_child = [] {
    ExitGate::come_before_handlers_so_far();
    std::atomic<bool> inside{false}, left{false};
    std::thread worker([&] {
      const ExitGate::Pass pass;
      inside = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      left = true;
    });
    while (!inside) std::this_thread::yield();
    ExitGate::close();
    const bool waited = left;
    worker.join();
    const ExitGate::Pass late;
    _exit(!waited ? 1 : late.is_open() ? 2 : 0);
  };
  EXPECT_EXIT(in_child(), ::testing::ExitedWithCode(0), "");
}

TEST(ExitGate, AThreadDoesNotWaitForItself) {
  const auto in_child = [] {
    ExitGate::come_before_handlers_so_far();
    const ExitGate::Pass pass;
    ExitGate::close();
    _exit(pass.is_open() ? 0 : 1);
  };
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EXIT(in_child(), ::testing::ExitedWithCode(0), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

}  // namespace
}  // namespace raddle
