// SPDX-License-Identifier: Apache-2.0
// Worlds of ranks that are threads of the test, whatever transport is between them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "comm/local/world.h"
#include "comm/shm/world.h"
#include "comm/ucx/world.h"
#include "tests/support/on_ranks.h"

namespace raddle::comm::test {

// Each rank's part of a test, on its own thread.
using Body = std::function<void(Communicator&)>;

struct WorldKind {
  const char* name;
  std::vector<std::unique_ptr<Communicator>> (*make)(int32_t size);
  bool has_far = false;  // ranks between which there are messages
};
// Every transport that can be had on this machine.
std::vector<WorldKind> world_kinds();

// Tests of each transport with each of some sizes: ON_WORLDS(Name, 1, 2, 3).
class OnWorlds : public testing::TestWithParam<std::tuple<WorldKind, int32_t>> {
 protected:
  std::vector<std::unique_ptr<Communicator>> make() const {
    const auto& [kind, size] = GetParam();
    auto world = kind.make(size);
    // A rank that waits for ever fails, and does not hang.
    for (auto& communicator : world) communicator->set_deadline(int64_t{60} * 1'000'000'000);
    return world;
  }
  void run(const Body& body) const { raddle::test::on_ranks(make(), body); }
  int32_t size() const { return std::get<1>(GetParam()); }
  bool has_far() const { return std::get<0>(GetParam()).has_far; }
};
std::string world_name(const testing::TestParamInfo<std::tuple<WorldKind, int32_t>>& which);
#define RADDLE_ON_WORLDS(suite, ...)                                                    \
  INSTANTIATE_TEST_SUITE_P(                                                             \
      Worlds, suite,                                                                    \
      testing::Combine(testing::ValuesIn(world_kinds()), testing::Values(__VA_ARGS__)), \
      world_name)

std::unique_ptr<Window> window_of(Communicator& comm, size_t bytes);

#define EXPECT_STATUS_OK(expression)                             \
  do {                                                           \
    const ::raddle::Status status_seen = (expression);           \
    EXPECT_TRUE(status_seen.is_ok()) << status_seen.to_string(); \
  } while (false)

}  // namespace raddle::comm::test
