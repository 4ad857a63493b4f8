// SPDX-License-Identifier: Apache-2.0
// Whoever is none of the job changes nothing in it, and is held for a bounded time and number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/control/secret.h"
#include "tests/sim/simulated_job.h"

namespace raddle::control {
namespace {

using testing::HasSubstr;

constexpr int64_t kOneSecond = 1000 * kMillisecond;

std::string noise(uint64_t seed, size_t bytes) {
  RandomStream draws(seed, 9);
  std::string text(bytes, '\0');
  for (char& byte : text) byte = static_cast<char>(draws.below(256));
  return text;
}

TEST(Strangers, WithoutTheSecretAreRefusedAndTheJobGoesOn) {
  SimulatedJob job(2, 1);
  job.start(0, 0);
  const size_t stranger =
      job.start_another(1, 0, [](Rules* own, Hello*) { own->secret = "of another job"; });
  job.start(1, kOneSecond);
  job.run_until(3 * kOneSecond);
  EXPECT_EQ(job.process(stranger).failure.code(), Code::kFailedPrecondition);
  EXPECT_THAT(job.process(stranger).failure.message(), HasSubstr("RADDLE_JOB_SECRET"));
  EXPECT_TRUE(job.process(0).joined && job.process(1).joined);
  EXPECT_EQ(job.coordinator().turned_away, 1);
}

TEST(Strangers, ACoordinatorWithoutTheSecretIsNotBelieved) {
  SimulatedJob job(2, 1);
  job.rules.secret = "of another job";
  job.start(0, 0);
  job.start(1, 0, [](Rules* own, Hello*) { own->secret = "of this job"; });
  job.run_until(3 * kOneSecond);
  EXPECT_FALSE(job.process(1).joined);
  EXPECT_EQ(job.process(1).failure.code(), Code::kFailedPrecondition);
}

TEST(Strangers, AHelloOfAnotherConnectionIsNoProof) {
  // What a member once sent is of no use to whoever heard it: the number it answers has gone.
  SimulatedJob job(2, 1);
  job.start(0, 0);
  const ConnectionId stranger = job.connect_stranger();
  const Hello hello{std::string(kNonceBytes, 'h'), 2, {1, "h", 1, ""}, "build = 1\n"};
  const std::string body = write_hello(hello);
  const std::string old_number(kNonceBytes, 'o');
  job.say(stranger,
          encode({Type::kHello, 0, make_proof("of this job", "hello", old_number, body) + body}));
  job.run_until(kOneSecond);
  EXPECT_FALSE(job.is_open(stranger));
  EXPECT_FALSE(job.coordinator().seats[1]);
  // The same with the right number is taken.
  const ConnectionId member = job.connect_stranger();
  job.say(member,
          encode({Type::kHello, 0,
                  make_proof("of this job", "hello", std::string(kNonceBytes, 'x'), body) + body}));
  job.run_until(2 * kOneSecond);
  EXPECT_TRUE(job.is_open(member));
  EXPECT_TRUE(job.coordinator().seats[1]);
}

TEST(Strangers, GarbageIsClosedAtOnce) {
  SimulatedJob job(3, 2);
  job.start(0, 0);
  std::vector<ConnectionId> connections;
  for (uint64_t i = 0; i < 50; ++i) {
    connections.push_back(job.connect_stranger());
    job.say(connections.back(), noise(i, 1 + 37 * i));
  }
  connections.push_back(job.connect_stranger());
  job.say(connections.back(), "GET / HTTP/1.1\r\n\r\n");
  connections.push_back(job.connect_stranger());
  job.say(connections.back(), encode({Type::kBeat, 0, ""}));
  job.run_until(100 * kMillisecond);
  for (const ConnectionId connection : connections) EXPECT_FALSE(job.is_open(connection));
  job.start(1, job.now());
  job.start(2, job.now());
  job.run_until(3 * kOneSecond);
  for (const auto& process : job.processes) EXPECT_TRUE(process->joined);
}

TEST(Strangers, SilentAndSlowOnesAreClosedInTime) {
  SimulatedJob job(2, 3);
  job.start(0, 0);
  const ConnectionId silent = job.connect_stranger(), slow = job.connect_stranger();
  const std::string hello = encode({Type::kHello, 0, noise(1, 300)});
  for (int64_t i = 0; i < 100; ++i) {
    job.at(i * 200 * kMillisecond, [&job, slow, byte = hello[static_cast<size_t>(i)]] {
      if (job.is_open(slow)) job.say(slow, std::string(1, byte));
    });
  }
  job.run_until(4900 * kMillisecond);
  EXPECT_TRUE(job.is_open(silent) && job.is_open(slow));
  job.run_until(5200 * kMillisecond);
  EXPECT_FALSE(job.is_open(silent) || job.is_open(slow));
}

TEST(Strangers, AreBoundedInNumberAndMembersStillJoin) {
  SimulatedJob job(4, 4);
  for (size_t rank = 0; rank < 4; ++rank) job.start(rank, 0);
  for (int64_t i = 0; i < 1000; ++i) job.at(i * kMillisecond, [&job] { job.connect_stranger(); });
  size_t most = 0;
  for (int64_t i = 0; i < 300; ++i) {
    job.run_until(i * 10 * kMillisecond);
    most = std::max(most, job.coordinator().connections.size());
  }
  EXPECT_LE(most, stranger_limit(4) + 4);
  for (const auto& process : job.processes) EXPECT_TRUE(process->joined);
}

TEST(Strangers, AWordTooManyOfAMemberLosesIt) {
  SimulatedJob job(2, 5);
  job.start(0, 0);
  job.start(1, 0);
  job.run_until(kOneSecond);
  ASSERT_TRUE(job.process(1).joined);
  job.say(job.process(1).connection, "garbage");
  job.run_until(2 * kOneSecond);
  EXPECT_THAT(job.process(0).loss.message(), HasSubstr("rank 1 (host host1, pid 101) is lost: what "
                                                       "came is no message of a Raddle job"));
}

}  // namespace
}  // namespace raddle::control
