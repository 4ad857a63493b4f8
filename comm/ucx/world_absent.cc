// SPDX-License-Identifier: Apache-2.0
// In the place of world.cc where there is no header of UCX to build with.
#include "comm/ucx/world.h"

namespace raddle::comm {
namespace {

Status no_ucx() {
  return unavailable(
      "this build of Raddle knows no UCX, which ranks of different hosts need: it was built "
      "without "
      "<ucp/api/ucp.h> (Debian package libucx-dev)");
}

}  // namespace

StatusOr<std::unique_ptr<UcxEndpoint>> UcxEndpoint::open(int32_t, int32_t) { return no_ucx(); }

StatusOr<std::unique_ptr<Communicator>> connect_ucx(std::unique_ptr<UcxEndpoint>,
                                                    std::span<const std::string>) {
  return no_ucx();
}

StatusOr<std::unique_ptr<Communicator>> connect_hosts(std::unique_ptr<UcxEndpoint>,
                                                      std::span<const std::string>,
                                                      std::unique_ptr<ShmEndpoint>,
                                                      std::span<const std::string>) {
  return no_ucx();
}

}  // namespace raddle::comm
