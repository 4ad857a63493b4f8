// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace raddle::control {

namespace {

constexpr int kBacklog = 1024;

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  }
  const uint32_t ip = ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr);
  return ip >> 24 == 127;
}

void to_any(sockaddr_storage* address) {
  if (address->ss_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6*>(address)->sin6_addr = in6addr_any;
  } else {
    reinterpret_cast<sockaddr_in*>(address)->sin_addr.s_addr = htonl(INADDR_ANY);
  }
}

socklen_t size_of(const sockaddr_storage& address) {
  return address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

}  // namespace

StatusOr<HostPort> parse_host_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, std::min(colon, text.size()));
  const std::string_view port = colon == text.npos ? "" : text.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != host.npos) {
    host = "";
  }
  int number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (host.empty() || error != std::errc() || end != port.data() + port.size() || number < 1 ||
      number > 65535) {
    return invalid_argument("the coordinator is '{}', expected host:port with a port of 1 to 65535",
                            text.substr(0, 80));
  }
  return HostPort{std::string(host), std::string(port)};
}

StatusOr<sockaddr_storage> resolve(const HostPort& where) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(where.host.c_str(), where.port.c_str(), &hints, &found);
  if (error != 0) {
    return unavailable("no host '{}': {}", where.host, gai_strerror(error));
  }
  sockaddr_storage address = {};
  std::memcpy(&address, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  return address;
}

StatusOr<int> listen_at(const HostPort& where) {
  RADDLE_ASSIGN_OR_RETURN(sockaddr_storage address, resolve(where));
  if (!is_loopback(address)) to_any(&address);
  const int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return resource_exhausted("no socket to listen on: {}", std::strerror(errno));
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), size_of(address)) != 0 ||
      listen(fd, kBacklog) != 0) {
    const int error = errno;
    close(fd);
    return unavailable("rank 0 cannot listen on port {}: {}; choose another coordinator",
                       where.port, std::strerror(error));
  }
  return fd;
}

StatusOr<int> adopt_listener(int fd) {
  int listens = 0;
  socklen_t bytes = sizeof(listens);
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &bytes) != 0 || listens == 0) {
    return invalid_argument("descriptor {} is no listening socket", fd);
  }
  RADDLE_RETURN_IF_ERROR(address_to_reach(fd).status());
  const int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return resource_exhausted("no descriptor: {}", std::strerror(errno));
  return own;
}

StatusOr<sockaddr_storage> address_to_reach(int listener) {
  sockaddr_storage address = {};
  socklen_t bytes = sizeof(address);
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &bytes) != 0 ||
      (address.ss_family != AF_INET && address.ss_family != AF_INET6)) {
    return invalid_argument("descriptor {} is no socket of TCP", listener);
  }
  if (auto* v6 = reinterpret_cast<sockaddr_in6*>(&address); address.ss_family == AF_INET6) {
    if (IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr)) v6->sin6_addr = in6addr_loopback;
  } else if (auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
             v4->sin_addr.s_addr == htonl(INADDR_ANY)) {
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  return address;
}

}  // namespace raddle::control
