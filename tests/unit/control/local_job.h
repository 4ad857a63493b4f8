// SPDX-License-Identifier: Apache-2.0
// Jobs over real sockets whose ranks are threads of the test.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/control/job.h"

namespace raddle::control {

// A listening socket on the loopback device, on a port that the system chose.
class Listener {
 public:
  Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(fd_, 64), 0);
    socklen_t bytes = sizeof(address);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &bytes);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { close(fd_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  int fd() const { return fd_; }
  int port() const { return port_; }
  std::string where() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int fd_;
  int port_ = 0;
};

inline JoinOptions options_of(const Listener& listener, int64_t rank, int64_t size) {
  JoinOptions options;
  options.rank = rank;
  options.size = size;
  options.coordinator = listener.where();
  options.listen_fd = rank == 0 ? listener.fd() : -1;
  options.secret = "secret";
  options.agreement = {"build = 1"};
  options.address = "address of " + std::to_string(rank);
  // On a busy machine a test must not take a thread that waits for its turn for a dead one.
  options.timing.silence = 20'000 * kMillisecond;
  return options;
}

using Joined = StatusOr<std::unique_ptr<Job>>;

inline std::vector<Joined> join_all(
    const Listener& listener, int64_t size,
    const std::function<void(JoinOptions*)>& change = [](JoinOptions*) {}) {
  std::vector<Joined> jobs;
  for (int64_t rank = 0; rank < size; ++rank) jobs.emplace_back(internal_error("did not join"));
  std::vector<std::thread> threads;
  for (int64_t rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      JoinOptions options = options_of(listener, rank, size);
      change(&options);
      jobs[static_cast<size_t>(rank)] = Job::join(options);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return jobs;
}

// Until `fact` holds, for ten seconds at the most.
inline bool wait_for(const std::function<bool()>& fact) {
  for (int i = 0; i < 2000; ++i) {
    if (fact()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return fact();
}

}  // namespace raddle::control
