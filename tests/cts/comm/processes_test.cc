// SPDX-License-Identifier: Apache-2.0
// Ranks that are processes: what the others see when one is killed, stopped, ends or is a stranger,
// and that nothing is left of any.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include "comm/shm/world.h"
#include "runtime/base/random.h"
#include "tests/cts/comm/rank_process.h"

namespace raddle::comm::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;
using Clock = std::chrono::steady_clock;

constexpr size_t kBytes = size_t{1} << 20;

// Far more than it takes, for a machine that is busy with other tests.
constexpr std::chrono::seconds kSoon(10);

void expect_ready(std::vector<RankProcess>& ranks) {
  for (RankProcess& rank : ranks) ASSERT_EQ(rank.hear(), "ready");
}
std::set<std::string> shared_memory() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    names.insert(entry.path().filename().string());
  }
  return names;
}
void expect_nothing_left(RankProcess& rank) {
  rank.tell("drop");
  EXPECT_EQ(rank.hear(), "0 left");
  for (const std::string& name : shared_memory()) {
    EXPECT_EQ(name.find("raddle"), std::string::npos) << name;
  }
}

// What is between the processes of a test: shm, ucx.
class Processes : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { setenv("COMM_RANK_TRANSPORT", GetParam(), 1); }
  void TearDown() override { unsetenv("COMM_RANK_TRANSPORT"); }
};
std::vector<const char*> transports() {
#ifdef RADDLE_TEST_UCX
  return {"shm", "ucx"};
#else
  return {"shm"};
#endif
}
INSTANTIATE_TEST_SUITE_P(Transports, Processes, testing::ValuesIn(transports()),
                         [](const auto& which) { return std::string(which.param); });

TEST_P(Processes, WorkTogether) {
  auto ranks = start_ranks(3, kBytes);
  expect_ready(ranks);
  for (int turn = 0; turn < 20; ++turn) {
    for (RankProcess& rank : ranks) rank.tell("step");
    for (RankProcess& rank : ranks) ASSERT_EQ(rank.hear(), "ok");
  }
  for (RankProcess& rank : ranks) expect_nothing_left(rank);
  for (RankProcess& rank : ranks) rank.tell("quit");
  for (RankProcess& rank : ranks) EXPECT_EQ(rank.reap(), 0);
}

// What the victim does when it is killed.
enum class Phase { kIdle, kWaitedFor, kInAStep, kMakingWindows };

void tell_survivors(std::vector<RankProcess>& ranks, size_t victim, const char* line) {
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (i != victim) ranks[i].tell(line);
  }
}

// How long the others took to notice, at most.
Clock::duration kill_one(Phase phase, size_t victim, int after_us) {
  auto ranks = start_ranks(3, kBytes);
  for (RankProcess& rank : ranks) EXPECT_EQ(rank.hear(), "ready");
  const char* const work = phase == Phase::kMakingWindows ? "window" : "loop";
  if (phase == Phase::kInAStep) ranks[victim].tell("loop");
  if (phase != Phase::kIdle) tell_survivors(ranks, victim, work);
  std::this_thread::sleep_for(std::chrono::microseconds(after_us));
  ranks[victim].signal(SIGKILL);
  const auto begin = Clock::now();
  if (phase == Phase::kIdle) tell_survivors(ranks, victim, work);
  Clock::duration slowest{};
  // Nobody has waited for the dead one yet.
  for (size_t i = 0; i < ranks.size(); ++i) {
    if (i == victim) continue;
    const std::string line = ranks[i].hear();
    slowest = std::max(slowest, Clock::now() - begin);
    EXPECT_THAT(line, AllOf(StartsWith("UNAVAILABLE of scope peer: "),
                            HasSubstr("rank " + std::to_string(victim)),
                            HasSubstr("has ended without a word")));
    EXPECT_THAT(line,
                AnyOf(HasSubstr("all_reduce"), HasSubstr("reduce_scatter"), HasSubstr("all_gather"),
                      HasSubstr("all_to_all"), HasSubstr("broadcast"), HasSubstr("exchange"),
                      HasSubstr("gather"), HasSubstr("barrier"), HasSubstr("make_window")));
    expect_nothing_left(ranks[i]);
  }
  EXPECT_EQ(ranks[victim].reap(), -SIGKILL);
  return slowest;
}

TEST_P(Processes, ManyKills) {
  RandomStream random(3, 0);
  Clock::duration slowest{};
  const bool is_far = std::string_view(GetParam()) == "ucx";
  for (int turn = 0; turn < (is_far ? 40 : 100); ++turn) {
    const auto phase = static_cast<Phase>(turn % 4);
    const size_t victim = random.below(3);
    const auto after_us = static_cast<int>(random.below(20'000));
    SCOPED_TRACE(testing::Message()
                 << "turn " << turn << ", rank " << victim << " after " << after_us << " us");
    slowest = std::max(slowest, kill_one(phase, victim, after_us));
    if (testing::Test::HasFailure()) return;
  }
  const auto slowest_ms = std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count();
  RecordProperty("slowest_ms", static_cast<int>(slowest_ms));
  EXPECT_LT(slowest, kSoon);
}

TEST_P(Processes, AStoppedOneIsLeftAtTheDeadline) {
  auto ranks = start_ranks(3, kBytes);
  expect_ready(ranks);
  for (RankProcess& rank : ranks) {
    rank.tell("deadline 100000000");
    ASSERT_EQ(rank.hear(), "ok");
    rank.tell("loop");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ranks[1].signal(SIGSTOP);
  for (const size_t i : {size_t{0}, size_t{2}}) {
    EXPECT_THAT(ranks[i].hear(),
                AllOf(StartsWith("UNAVAILABLE of scope peer: "), HasSubstr("rank 1"),
                      HasSubstr("has not come within 0.1 s")));
  }
  // It wakes up in a world that is gone, and says so.
  ranks[1].signal(SIGCONT);
  EXPECT_THAT(ranks[1].hear(), AllOf(StartsWith("UNAVAILABLE of scope peer: "),
                                     AnyOf(HasSubstr("has left"), HasSubstr("has not come"))));
  for (RankProcess& rank : ranks) expect_nothing_left(rank);
}

TEST_P(Processes, TheEndOfOneIsToldAsItWas) {
  for (const bool is_peaceful : {true, false}) {
    auto ranks = start_ranks(2, kBytes);
    expect_ready(ranks);
    ranks[0].tell("loop");
    ranks[1].tell(is_peaceful ? "quit" : "_exit");
    EXPECT_THAT(
        ranks[0].hear(),
        AllOf(StartsWith("UNAVAILABLE of scope peer: all_reduce of 1048576 bytes: rank 1"),
              HasSubstr(is_peaceful ? "has left: its work is done" : "has ended without a word")));
    EXPECT_EQ(ranks[1].reap(), 0);
    expect_nothing_left(ranks[0]);
  }
}

TEST(ProcessesOfOneHost, OneWithoutAnAddressIsRefused) {
  auto endpoint = ShmEndpoint::open(0, 2);
  ASSERT_TRUE(endpoint.is_ok()) << endpoint.status().to_string();
  const std::vector<std::string> addresses{(*endpoint)->address(), ""};
  const auto connected = connect_shm(std::move(*endpoint), addresses);
  EXPECT_EQ(connected.status().code(), Code::kDataLoss);
  EXPECT_THAT(connected.status().message(), HasSubstr("rank 1 has no address"));
}

TEST(ProcessesOfOneHost, OneThatIsDeadBeforeTheOthersConnect) {
  for (const bool is_reaped : {false, true}) {
    std::vector<RankProcess> ranks;
    for (int32_t rank = 0; rank < 2; ++rank) ranks.emplace_back(rank, 2, kBytes);
    ranks[1].signal(SIGKILL);
    ranks[1].hear();  // until it has ended
    if (is_reaped) {
      EXPECT_EQ(ranks[1].reap(), -SIGKILL);
    }
    introduce(ranks);
    EXPECT_THAT(ranks[0].hear(), AllOf(StartsWith("UNAVAILABLE of scope peer: rank 1 (process "),
                                       HasSubstr("it has ended")));
  }
}

TEST(ProcessesOfOneHost, OfAnotherUserAreRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a process of another user";
  std::vector<RankProcess> ranks;
  ranks.emplace_back(0, 2, kBytes);
  ranks.emplace_back(1, 2, kBytes, 65534);
  introduce(ranks);
  EXPECT_THAT(ranks[1].hear(),
              AllOf(StartsWith("UNAVAILABLE of scope peer: rank 0 (process "),
                    HasSubstr("Permission denied"), HasSubstr("ranks of a host run as one user")));
}

TEST(ProcessesOfOneHost, OfAnotherPidNamespaceAreRefused) {
  std::vector<RankProcess> ranks;
  ranks.emplace_back(0, 2, kBytes);
  ranks.emplace_back(1, 2, kBytes, -1, RankProcess::Place::kNewPidNamespace);
  if (ranks[1].address().empty()) GTEST_SKIP() << "this user may make no PID namespace";
  introduce(ranks);
  EXPECT_THAT(ranks[0].hear(), AllOf(StartsWith("UNAVAILABLE of scope peer: rank 1 (process 1)"),
                                     HasSubstr("it is in another PID namespace")));
  EXPECT_THAT(ranks[1].hear(), AllOf(StartsWith("UNAVAILABLE of scope peer: rank 0 (process "),
                                     HasSubstr("it is in another PID namespace")));
}

}  // namespace
}  // namespace raddle::comm::test
