// SPDX-License-Identifier: Apache-2.0
// Joining and losing, over many seeds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/simulated_job.h"

namespace raddle::control {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr int64_t kSecond = 1000 * kMillisecond;
constexpr uint64_t kSeeds = 40;

// Every rank somewhere in the first 300 ms, in any order.
void start_all(SimulatedJob* job, uint64_t seed) {
  RandomStream draws(seed, 77);
  for (size_t rank = 0; rank < job->processes.size(); ++rank) {
    job->start(rank, static_cast<int64_t>(draws.below(300)) * kMillisecond);
  }
}

class Seeds : public testing::TestWithParam<uint64_t> {
 protected:
  // A job that has begun.
  std::unique_ptr<SimulatedJob> begun(int64_t size) {
    auto job = std::make_unique<SimulatedJob>(size, GetParam());
    start_all(job.get(), GetParam());
    job->run_until(2 * kSecond);
    for (const auto& process : job->processes) EXPECT_TRUE(process->joined);
    return job;
  }
};
INSTANTIATE_TEST_SUITE_P(Some, Seeds, testing::Range<uint64_t>(0, kSeeds));

TEST_P(Seeds, AllJoinInAnyOrder) {
  const auto job = begun(6);
  for (const auto& process : job->processes) {
    ASSERT_EQ(process->member->members.size(), 6u);
    for (int64_t rank = 0; rank < 6; ++rank) {
      const Member& member = process->member->members[static_cast<size_t>(rank)];
      EXPECT_EQ(member.rank, rank);
      EXPECT_EQ(member.pid, 100 + rank);
    }
    EXPECT_TRUE(process->loss.is_ok());
  }
  // Left alone nothing happens for long.
  job->run_until(60 * kSecond);
  for (const auto& process : job->processes) EXPECT_TRUE(process->loss.is_ok());
}

TEST_P(Seeds, AKilledRankIsNamedToAllOthers) {
  const auto job = begun(5);
  const size_t victim = GetParam() % 5;
  const int64_t killed = job->now();
  job->kill(victim);
  job->run_until(killed + kSecond);
  for (size_t rank = 0; rank < 5; ++rank) {
    if (rank == victim) continue;
    const Status& loss = job->process(rank).loss;
    EXPECT_EQ(loss.code(), Code::kUnavailable);
    EXPECT_EQ(loss.scope(), Scope::kPeer);
    EXPECT_THAT(loss.message(), HasSubstr(fmt::format("rank {} (host host{}, pid {}) is lost",
                                                      victim, victim, 100 + victim)));
    EXPECT_THAT(loss.message(), HasSubstr("connection was closed"));
    EXPECT_LT(job->process(rank).lost_at - killed, 100 * kMillisecond);
  }
}

TEST_P(Seeds, AStoppedRankIsLostAndHearsOfItLater) {
  const auto job = begun(4);
  const size_t victim = 1 + GetParam() % 3;
  const int64_t stopped = job->now();
  job->stop(victim);
  job->run_until(stopped + kSecond);
  for (size_t rank = 0; rank < 4; ++rank) {
    if (rank == victim) continue;
    EXPECT_THAT(job->process(rank).loss.message(),
                AllOf(HasSubstr(fmt::format("rank {} (", victim)), HasSubstr("nothing was heard")));
    EXPECT_LT(job->process(rank).lost_at - stopped, 700 * kMillisecond);
  }
  job->resume(victim);
  job->run_until(stopped + 2 * kSecond);
  EXPECT_THAT(job->process(victim).loss.message(), HasSubstr("goes on without this process"));
}

TEST_P(Seeds, AStoppedCoordinatorIsLostAndHearsWhyLater) {
  const auto job = begun(4);
  const int64_t stopped = job->now();
  job->stop(0);
  job->run_until(stopped + kSecond);
  for (size_t rank = 1; rank < 4; ++rank) {
    EXPECT_THAT(job->process(rank).loss.message(),
                AllOf(HasSubstr("rank 0 ("), HasSubstr("nothing was heard")));
    job->leave(rank, Code::kUnavailable, job->process(rank).loss.message());
  }
  job->run_until(stopped + 3 * kSecond);
  for (size_t rank = 1; rank < 4; ++rank) EXPECT_TRUE(job->process(rank).over);
  job->resume(0);
  job->run_until(stopped + 4 * kSecond);
  EXPECT_THAT(job->process(0).loss.message(), HasSubstr("it ended with UNAVAILABLE: rank 0"));
}

TEST_P(Seeds, ACutLinkIsNoticedOnBothSides) {
  const auto job = begun(4);
  const size_t victim = 1 + GetParam() % 3;
  const int64_t cut = job->now();
  job->cut(victim);
  job->run_until(cut + kSecond);
  for (size_t rank = 0; rank < 4; ++rank) {
    const size_t named = rank == victim ? 0 : victim;
    EXPECT_THAT(job->process(rank).loss.message(), HasSubstr(fmt::format("rank {} (", named)));
    EXPECT_LT(job->process(rank).lost_at - cut, 700 * kMillisecond);
  }
}

TEST_P(Seeds, AMachineThatSlept) {
  const auto job = begun(4);
  for (size_t rank = 0; rank < 4; ++rank) job->stop(rank);
  job->run_until(job->now() + 3600 * kSecond);
  for (size_t rank = 0; rank < 4; ++rank) job->resume((rank + GetParam()) % 4);
  job->run_until(job->now() + 10 * kSecond);
  for (const auto& process : job->processes) {
    EXPECT_TRUE(process->loss.is_ok()) << process->loss.to_string();
  }
}

TEST_P(Seeds, ShortStopsLoseNobody) {
  const auto job = begun(3);
  for (int round = 0; round < 20; ++round) {
    const size_t rank = (GetParam() + static_cast<size_t>(round)) % 3;
    job->stop(rank);
    job->run_until(job->now() + 350 * kMillisecond);
    job->resume(rank);
    job->run_until(job->now() + 100 * kMillisecond);
  }
  for (const auto& process : job->processes) {
    EXPECT_TRUE(process->loss.is_ok()) << process->loss.to_string();
  }
}

TEST_P(Seeds, ARankThatEndsWithAnErrorIsQuoted) {
  const auto job = begun(4);
  const size_t rank = GetParam() % 4;
  job->leave(rank, Code::kDataLoss, "the shard is damaged");
  job->run_until(job->now() + kSecond);
  for (size_t other = 0; other < 4; ++other) {
    if (other == rank) continue;
    EXPECT_THAT(job->process(other).loss.message(),
                HasSubstr(fmt::format("rank {} (host host{}, pid {}) is lost: it ended with "
                                      "DATA_LOSS: the shard is damaged",
                                      rank, rank, 100 + rank)));
  }
  EXPECT_TRUE(job->process(rank).over);
}

TEST_P(Seeds, AllLeaveInGoodOrder) {
  const auto job = begun(5);
  RandomStream draws(GetParam(), 5);
  const int64_t from = job->now();
  for (size_t rank = 0; rank < 5; ++rank) {
    job->at(from + static_cast<int64_t>(draws.below(1500)) * kMillisecond,
            [&job, rank] { job->leave(rank, Code::kOk, ""); });
  }
  job->run_until(from + 5 * kSecond);
  for (const auto& process : job->processes) {
    EXPECT_TRUE(process->over);
    EXPECT_TRUE(process->loss.is_ok()) << process->loss.to_string();
    EXPECT_LT(process->ended_at - from, 1600 * kMillisecond);
  }
  EXPECT_TRUE(job->coordinator().finished);
}

TEST_P(Seeds, WhoGoesOnAfterAnotherLeftDoesNotHang) {
  const auto job = begun(3);
  const size_t first = GetParam() % 3;
  const int64_t from = job->now();
  job->leave(first, Code::kOk, "");
  job->run_until(from + 1900 * kMillisecond);
  for (const auto& process : job->processes) EXPECT_TRUE(process->loss.is_ok());
  job->run_until(from + 3 * kSecond);
  for (size_t rank = 0; rank < 3; ++rank) {
    if (rank == first) continue;
    EXPECT_THAT(job->process(rank).loss.message(),
                AllOf(HasSubstr(fmt::format("rank {} (", first)), HasSubstr("left in good order")));
  }
}

TEST_P(Seeds, ConnectionsThatBreakBeforeTheBeginningAreMadeAgain) {
  SimulatedJob job(4, GetParam());
  for (const size_t rank : {1, 2}) job.start(rank, 0);
  // Rank 0 comes late, and connections are cut while it gathers.
  job.start(0, 1500 * kMillisecond);
  for (int64_t i = 0; i < 20; ++i) {
    job.at(1500 * kMillisecond + i * 30 * kMillisecond,
           [&job, i] { job.break_connection(1 + static_cast<size_t>(i) % 2); });
  }
  job.start(3, 3 * kSecond);
  job.run_until(30 * kSecond);
  for (const auto& process : job.processes) {
    EXPECT_TRUE(process->joined);
    EXPECT_TRUE(process->loss.is_ok());
  }
}

TEST_P(Seeds, AMissingRankIsNamedWhenTimeIsUp) {
  SimulatedJob job(5, GetParam());
  for (const size_t rank : {0, 1, 3}) job.start(rank, 0);
  job.run_until(59 * kSecond);
  EXPECT_FALSE(job.process(0).over);
  job.run_until(61 * kSecond);
  for (const size_t rank : {0, 1, 3}) {
    EXPECT_TRUE(job.process(rank).over);
    EXPECT_EQ(job.process(rank).failure.code(), Code::kUnavailable);
    EXPECT_THAT(job.process(rank).failure.message(),
                HasSubstr("ranks 2, 4 of 5 did not join within 60 s"));
  }
}

TEST_P(Seeds, WithoutACoordinatorTheLastTroubleIsTold) {
  SimulatedJob job(2, GetParam());
  job.start(1, 0);
  job.run_until(70 * kSecond);
  EXPECT_EQ(job.process(1).failure.code(), Code::kUnavailable);
  EXPECT_THAT(
      job.process(1).failure.message(),
      AllOf(HasSubstr("no coordinator of this job at there:1"), HasSubstr("connection refused")));
}

TEST_P(Seeds, AnotherConfigIsNamedToAll) {
  SimulatedJob job(4, GetParam());
  job.rules.agreement = "build = 1\ntrain.steps = 20\n";
  for (const size_t rank : {0, 1, 3}) job.start(rank, 0);
  job.start(2, 100 * kMillisecond, [](Rules* own, Hello* hello) {
    own->agreement = hello->agreement = "build = 1\ntrain.steps = 10\n";
  });
  job.run_until(3 * kSecond);
  for (const auto& process : job.processes) {
    EXPECT_TRUE(process->over);
    EXPECT_EQ(process->failure.code(), Code::kFailedPrecondition);
    EXPECT_THAT(
        process->failure.message(),
        AllOf(HasSubstr("rank 2 (host host2, pid 102) differs from rank 0"),
              HasSubstr("train.steps is 10 there and 20 at rank 0"), Not(HasSubstr("build is"))));
  }
}

TEST_P(Seeds, AnotherSizeIsNamedToAll) {
  SimulatedJob job(2, GetParam());
  job.start(0, 0);
  job.start(1, 0, [](Rules* own, Hello* hello) { own->size = hello->size = 3; });
  job.run_until(2 * kSecond);
  for (const auto& process : job.processes) {
    EXPECT_THAT(process->failure.message(),
                HasSubstr("rank 1 (host host1, pid 101) was started as one of 3 ranks, rank 0 as "
                          "one of 2"));
  }
}

TEST_P(Seeds, ASecondProcessOfARankIsRefusedAlone) {
  SimulatedJob job(3, GetParam());
  job.start(0, 0);
  job.start(1, 0);
  const size_t second = job.start_another(1, 500 * kMillisecond);
  job.start(2, 2 * kSecond);
  job.run_until(4 * kSecond);
  EXPECT_EQ(job.process(second).failure.code(), Code::kAlreadyExists);
  EXPECT_THAT(job.process(second).failure.message(), HasSubstr("is taken by rank 1 (host host1"));
  for (size_t rank = 0; rank < 3; ++rank) EXPECT_TRUE(job.process(rank).joined);
}

TEST_P(Seeds, WhoComesAfterTheBeginningIsRefusedAlone) {
  const auto job = begun(3);
  const size_t late = job->start_another(1, job->now());
  job->run_until(job->now() + 2 * kSecond);
  EXPECT_THAT(job->process(late).failure.message(), HasSubstr("the job has begun without it"));
  for (size_t rank = 0; rank < 3; ++rank) EXPECT_TRUE(job->process(rank).loss.is_ok());
}

TEST_P(Seeds, AnotherEpochIsRefusedAlone) {
  SimulatedJob job(2, GetParam());
  job.rules.epoch = 4;
  job.start(0, 0);
  const size_t old = job.start_another(1, 0, [](Rules* own, Hello*) { own->epoch = 3; });
  job.start(1, kSecond);
  job.run_until(3 * kSecond);
  EXPECT_THAT(job.process(old).failure.message(),
              HasSubstr("is of epoch 3 of the job, which is in epoch 4"));
  EXPECT_TRUE(job.process(0).joined && job.process(1).joined);
}

TEST_P(Seeds, ARankThatGivesUpBeforeTheBeginningEndsTheOthers) {
  SimulatedJob job(3, GetParam());
  job.start(0, 0);
  job.start(1, 0);
  job.at(kSecond, [&] { job.leave(1, Code::kCancelled, "stopped on request"); });
  job.run_until(3 * kSecond);
  EXPECT_THAT(job.process(0).failure.message(),
              HasSubstr("rank 1 (host host1, pid 101) ended with CANCELLED: stopped on request "
                        "before all had joined"));
}

}  // namespace
}  // namespace raddle::control
