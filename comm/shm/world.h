// SPDX-License-Identifier: Apache-2.0
// Ranks as processes of one host. Each owns its memory as memfds, and opens that of the others
// through /proc/PID/fd, which needs the same user and the same PID namespace. Nothing has a name in
// a file system, so nothing is left behind however a process ends.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "comm/communicator.h"
#include "comm/mapped/peers.h"

namespace raddle::comm {

// What a rank has before it knows the others.
class ShmEndpoint {
 public:
  // RESOURCE_EXHAUSTED: there is no memory for it.
  static StatusOr<std::unique_ptr<ShmEndpoint>> open(int32_t rank, int32_t size);
  virtual ~ShmEndpoint() = default;
  // For the others to find it: text without white space, under 200 bytes.
  virtual std::string address() const = 0;
  // Whether the rank of that address is one of this host and PID namespace. False too where the
  // text is no address.
  virtual bool is_near(const std::string& address) const = 0;
};

// `addresses` of all ranks, the caller's own too, once each of them has its endpoint open.
// UNAVAILABLE, of scope peer: one is on another host, in another PID namespace, of another user, or
// has ended.
StatusOr<std::unique_ptr<Communicator>> connect_shm(std::unique_ptr<ShmEndpoint> endpoint,
                                                    std::span<const std::string> addresses);

// The same for those whose address is not empty; nothing may be asked of the others.
StatusOr<std::unique_ptr<Peers>> meet_processes(std::unique_ptr<ShmEndpoint> endpoint,
                                                std::span<const std::string> addresses);

}  // namespace raddle::comm
