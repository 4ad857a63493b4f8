// SPDX-License-Identifier: Apache-2.0
// Worlds of ranks that are threads of the test, whatever transport is between them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "comm/local/world.h"
#include "comm/shm/world.h"

namespace raddle::comm::test {

// Each rank's part of a test, on its own thread.
using Body = std::function<void(Communicator&)>;
// Runs one thread a rank, and waits for all.
void run_ranks(std::vector<std::unique_ptr<Communicator>> world, const Body& body);

struct WorldKind {
  const char* name;
  std::vector<std::unique_ptr<Communicator>> (*make)(int32_t size);
};
// Every transport that can be had on this machine.
std::vector<WorldKind> world_kinds();

}  // namespace raddle::comm::test
