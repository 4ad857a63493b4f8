// SPDX-License-Identifier: Apache-2.0
// What is between the ranks of a world: shared memory between those of one host, UCX between hosts,
// as far as each is there and wanted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "comm/ucx/world.h"
#include "runtime/base/status.h"
#include "runtime/control/messages.h"
#include "runtime/launch/place.h"

namespace raddle::world {

class Transports {
 public:
  // Before the others are known. UNAVAILABLE: UCX is asked for and not there.
  static StatusOr<Transports> open(const launch::Place& place);

  // For the others: of each transport that there is.
  std::string address() const;
  // Once all are known, in the order of their ranks, by all; once. UNAVAILABLE, of scope peer:
  // there is nothing between this rank and another; says why and what to do.
  StatusOr<std::unique_ptr<comm::Communicator>> connect(
      const std::vector<control::Member>& members);

 private:
  explicit Transports(int64_t rank) : rank_(rank) {}

  int64_t rank_;
  std::unique_ptr<comm::ShmEndpoint> shm_;
  std::unique_ptr<comm::UcxEndpoint> ucx_;
  Status no_ucx_;
};

}  // namespace raddle::world
