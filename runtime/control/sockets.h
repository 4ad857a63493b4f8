// SPDX-License-Identifier: Apache-2.0
// Addresses and listening sockets of the coordinator.
#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::control {

struct HostPort {
  std::string host, port;
};
// INVALID_ARGUMENT: not host:port or [v6 address]:port.
StatusOr<HostPort> parse_host_port(std::string_view text);

// The first address of that name. May ask a name server, and so take seconds. UNAVAILABLE: there is
// no such host now; a pod's name may appear later.
StatusOr<sockaddr_storage> resolve(const HostPort& where);

// A descriptor of the library's own, which is closed by whoever takes it.
// On the loopback device alone if `where` is on it, else on all. UNAVAILABLE: the port is taken.
StatusOr<int> listen_at(const HostPort& where);
// INVALID_ARGUMENT: no listening socket for TCP. The given one stays open.
StatusOr<int> adopt_listener(int fd);

// Where a process of this host reaches a listening socket.
StatusOr<sockaddr_storage> address_to_reach(int listener);

}  // namespace raddle::control
