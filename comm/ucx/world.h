// SPDX-License-Identifier: Apache-2.0
// Ranks as processes of several hosts: those of one host work in each other's memory (../shm), and
// between hosts there is UCX, or all is UCX.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "comm/communicator.h"
#include "comm/shm/world.h"

namespace raddle::comm {

// What a rank has before it knows the others.
class UcxEndpoint {
 public:
  // UNAVAILABLE: there is no UCX here, or this build knows none; says what to install.
  static StatusOr<std::unique_ptr<UcxEndpoint>> open(int32_t rank, int32_t size);
  virtual ~UcxEndpoint() = default;
  // For the others to find it: text without white space, under 1 KiB.
  virtual std::string address() const = 0;
};

// `addresses` of all ranks, the caller's own too, once each has its endpoint open. Nobody is asked:
// a rank that cannot be reached is noticed when something is wanted of it.
StatusOr<std::unique_ptr<Communicator>> connect_ucx(std::unique_ptr<UcxEndpoint> endpoint,
                                                    std::span<const std::string> addresses);
// The same for all that are not near, as the addresses of `near` tell (ShmEndpoint::is_near).
StatusOr<std::unique_ptr<Communicator>> connect_hosts(std::unique_ptr<UcxEndpoint> endpoint,
                                                      std::span<const std::string> addresses,
                                                      std::unique_ptr<ShmEndpoint> near,
                                                      std::span<const std::string> near_addresses);

}  // namespace raddle::comm
