// SPDX-License-Identifier: Apache-2.0
// Strangers at the coordinator's port, over real sockets.
#include <gmock/gmock.h>
#include <poll.h>

#include "runtime/control/secret.h"
#include "runtime/control/wire.h"
#include "tests/unit/control/local_job.h"

namespace raddle::control {
namespace {

using testing::HasSubstr;

class Stranger {
 public:
  explicit Stranger(const Listener& listener)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(listener.port()));
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  Stranger(Stranger&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Stranger() {
    if (fd_ >= 0) close(fd_);
  }
  void say(std::string_view bytes) const {
    static_cast<void>(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  void half_close() const { shutdown(fd_, SHUT_WR); }
  // All until the other side closes, within `ms`; whether it did.
  bool is_closed_within(int ms) {
    char buffer[4096];
    pollfd wait = {fd_, POLLIN, 0};
    while (poll(&wait, 1, ms) > 0) {
      const ssize_t count = recv(fd_, buffer, sizeof(buffer), 0);
      if (count <= 0) return true;
      heard_.append(buffer, static_cast<size_t>(count));
    }
    return false;
  }
  const std::string& heard() const { return heard_; }

 private:
  int fd_;
  std::string heard_;
};

// Rank 0 waits for rank 1, which comes when the test is done with it.
class Gathering {
 public:
  Gathering() : rank_0_([this] { job_ = Job::join(options(0)); }) {}
  ~Gathering() {
    const Joined other = Job::join(options(1));
    EXPECT_TRUE(other.is_ok()) << other.status().to_string();
    rank_0_.join();
    EXPECT_TRUE(job_.is_ok()) << job_.status().to_string();
    std::thread leaves([&] {
      if (other.is_ok()) (*other)->leave(Status::ok());
    });
    if (job_.is_ok()) (*job_)->leave(Status::ok());
    leaves.join();
  }
  JoinOptions options(int64_t rank) const {
    JoinOptions made = options_of(listener, rank, 2);
    made.timing.hello = 500 * kMillisecond;
    return made;
  }
  Listener listener;

 private:
  Joined job_{internal_error("did not join")};
  std::thread rank_0_;
};

TEST(JobStrangers, GarbageIsClosedAtOnce) {
  const Gathering gathering;
  for (const char* text : {"GET / HTTP/1.1\r\n\r\n", "x", "\x16\x03\x01"}) {
    Stranger stranger(gathering.listener);
    stranger.say(text);
    EXPECT_TRUE(stranger.is_closed_within(5000)) << text;
  }
}

TEST(JobStrangers, SilentHalfOpenAndSlowOnesAreClosedInTime) {
  const Gathering gathering;
  Stranger silent(gathering.listener), half(gathering.listener), slow(gathering.listener);
  half.half_close();
  slow.say(encode({Type::kHello, 0, "x"}).substr(0, 20));
  EXPECT_TRUE(half.is_closed_within(5000));
  EXPECT_TRUE(silent.is_closed_within(5000));
  EXPECT_TRUE(slow.is_closed_within(5000));
  // What they heard is a number, and nothing of the job.
  EXPECT_EQ(silent.heard().size(), kHeaderBytes + kNonceBytes);
}

TEST(JobStrangers, AWrongSecretIsRefusedWithWords) {
  const Gathering gathering;
  JoinOptions options = gathering.options(1);
  options.secret = "guess";
  const Joined job = Job::join(options);
  EXPECT_EQ(job.status().code(), Code::kFailedPrecondition);
  EXPECT_THAT(job.status().message(), HasSubstr("RADDLE_JOB_SECRET"));
}

TEST(JobStrangers, ManyDoNotKeepARankAway) {
  std::vector<Stranger> strangers;  // they outstay the joining
  const Gathering gathering;
  for (int i = 0; i < 64 + 40; ++i) strangers.emplace_back(gathering.listener);
  // The oldest go for the newest.
  EXPECT_TRUE(strangers.front().is_closed_within(5000));
}

}  // namespace
}  // namespace raddle::control
