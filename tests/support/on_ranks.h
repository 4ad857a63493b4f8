// SPDX-License-Identifier: Apache-2.0
// Ranks of a test, as threads.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "comm/local/world.h"

namespace raddle::test {

// `body` on each rank, on a thread of its own, with its communicator, which ends with it; waits for
// all.
inline void on_ranks(std::vector<std::unique_ptr<comm::Communicator>> world,
                     const std::function<void(comm::Communicator&)>& body) {
  std::vector<std::thread> threads;
  for (auto& communicator : world) {
    threads.emplace_back([&body, &communicator] {
      body(*communicator);
      communicator.reset();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

inline void on_ranks(int32_t ranks, const std::function<void(comm::Communicator&)>& body) {
  on_ranks(comm::make_local_world(ranks), body);
}

}  // namespace raddle::test
