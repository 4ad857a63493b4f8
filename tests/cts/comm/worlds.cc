// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/comm/worlds.h"

namespace raddle::comm::test {
namespace {

template <class Endpoint>
struct Endpoints {
  explicit Endpoints(int32_t size) {
    for (int32_t rank = 0; rank < size; ++rank) {
      auto endpoint = Endpoint::open(rank, size);
      EXPECT_TRUE(endpoint.is_ok()) << endpoint.status().to_string();
      addresses.push_back((*endpoint)->address());
      endpoints.push_back(std::move(*endpoint));
    }
  }
  std::vector<std::unique_ptr<Endpoint>> endpoints;
  std::vector<std::string> addresses;
};

// All its processes are this one.
std::vector<std::unique_ptr<Communicator>> make_shm_world(int32_t size) {
  auto [endpoints, addresses] = Endpoints<ShmEndpoint>(size);
  std::vector<std::unique_ptr<Communicator>> world;
  for (auto& endpoint : endpoints) {
    auto communicator = connect_shm(std::move(endpoint), addresses);
    EXPECT_TRUE(communicator.is_ok()) << communicator.status().to_string();
    world.push_back(std::move(*communicator));
  }
  return world;
}

// Over TCP, all on this host.
std::vector<std::unique_ptr<Communicator>> make_ucx_world(int32_t size) {
  auto [endpoints, addresses] = Endpoints<UcxEndpoint>(size);
  std::vector<std::unique_ptr<Communicator>> world;
  for (auto& endpoint : endpoints) {
    auto communicator = connect_ucx(std::move(endpoint), addresses);
    EXPECT_TRUE(communicator.is_ok()) << communicator.status().to_string();
    world.push_back(std::move(*communicator));
  }
  return world;
}

// As if even and odd ranks were on two hosts.
std::vector<std::unique_ptr<Communicator>> make_two_hosts(int32_t size) {
  Endpoints<UcxEndpoint> far(size);
  Endpoints<ShmEndpoint> near(size);
  std::vector<std::unique_ptr<Communicator>> world;
  for (int32_t rank = 0; rank < size; ++rank) {
    std::vector<std::string> seen = near.addresses;
    for (int32_t peer = 1 - rank % 2; peer < size; peer += 2) {
      std::string& address = seen[static_cast<size_t>(peer)];
      address.replace(5, 8, "00000000");  // of another boot: "shm1/BOOT/..."
    }
    const auto at = static_cast<size_t>(rank);
    auto communicator = connect_hosts(std::move(far.endpoints[at]), far.addresses,
                                      std::move(near.endpoints[at]), seen);
    EXPECT_TRUE(communicator.is_ok()) << communicator.status().to_string();
    world.push_back(std::move(*communicator));
  }
  return world;
}

}  // namespace

std::vector<WorldKind> world_kinds() {
  std::vector<WorldKind> kinds{{"local", make_local_world}, {"shm", make_shm_world}};
#ifdef RADDLE_TEST_UCX
  kinds.push_back({"ucx", make_ucx_world, true});
  kinds.push_back({"two_hosts", make_two_hosts, true});
#endif
  return kinds;
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
