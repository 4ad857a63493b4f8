// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/comm/worlds.h"

namespace raddle::comm::test {
namespace {

// All its processes are this one.
std::vector<std::unique_ptr<Communicator>> make_shm_world(int32_t size) {
  std::vector<std::unique_ptr<ShmEndpoint>> endpoints;
  std::vector<std::string> addresses;
  for (int32_t rank = 0; rank < size; ++rank) {
    auto endpoint = ShmEndpoint::open(rank, size);
    EXPECT_TRUE(endpoint.is_ok()) << endpoint.status().to_string();
    addresses.push_back((*endpoint)->address());
    endpoints.push_back(std::move(*endpoint));
  }
  std::vector<std::unique_ptr<Communicator>> world;
  for (auto& endpoint : endpoints) {
    auto communicator = connect_shm(std::move(endpoint), addresses);
    EXPECT_TRUE(communicator.is_ok()) << communicator.status().to_string();
    world.push_back(std::move(*communicator));
  }
  return world;
}

}  // namespace

std::vector<WorldKind> world_kinds() {
  return {{"local", make_local_world}, {"shm", make_shm_world}};
}

std::string world_name(const testing::TestParamInfo<std::tuple<WorldKind, int32_t>>& which) {
  return std::string(std::get<0>(which.param).name) + "_" +
         std::to_string(std::get<1>(which.param));
}

std::unique_ptr<Window> window_of(Communicator& comm, size_t bytes) {
  auto window = comm.make_window(bytes);
  EXPECT_TRUE(window.is_ok()) << window.status().to_string();
  return window.is_ok() ? std::move(*window) : nullptr;
}

}  // namespace raddle::comm::test
