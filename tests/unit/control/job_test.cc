// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/job.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "tests/unit/control/local_job.h"

extern char** environ;

namespace raddle::control {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Waits until the job is lost to this rank.
Status loss_of(Job& job) {
  EXPECT_TRUE(wait_for([&] { return !job.loss().is_ok(); }));
  return job.loss();
}

// Others leave while one waits for them, as ranks do.
void leave_all(std::vector<Joined>* jobs) {
  std::vector<std::thread> threads;
  for (Joined& job : *jobs) {
    if (job.is_ok() && *job) threads.emplace_back([&job] { (*job)->leave(Status::ok()); });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Job, AllRanksKnowAllMembers) {
  const Listener listener;
  std::vector<Joined> jobs = join_all(listener, 5);
  for (size_t rank = 0; rank < 5; ++rank) {
    ASSERT_TRUE(jobs[rank].is_ok()) << jobs[rank].status().to_string();
    const auto& members = (*jobs[rank])->members();
    EXPECT_EQ((*jobs[rank])->rank(), static_cast<int64_t>(rank));
    ASSERT_EQ(members.size(), 5u);
    for (size_t other = 0; other < 5; ++other) {
      EXPECT_EQ(members[other].address, "address of " + std::to_string(other));
      EXPECT_EQ(members[other].pid, getpid());
      EXPECT_FALSE(members[other].host.empty());
    }
  }
  leave_all(&jobs);
  for (const Joined& job : jobs) EXPECT_TRUE((*job)->loss().is_ok());
}

TEST(Job, OfOneNeedsNobody) {
  JoinOptions options;
  options.address = "here";
  const Joined job = Job::join(options);
  ASSERT_TRUE(job.is_ok());
  EXPECT_EQ((*job)->size(), 1);
  EXPECT_EQ((*job)->members()[0].address, "here");
}

TEST(Job, ListensByItselfAndAgainAtOnce) {
  // A port that was free a moment ago.
  std::string where;
  {
    const Listener listener;
    where = listener.where();
  }
  for (int round = 0; round < 3; ++round) {
    const Listener unused;
    std::vector<Joined> jobs = join_all(unused, 2, [&](JoinOptions* options) {
      options->coordinator = where;
      options->listen_fd = -1;
    });
    for (const Joined& job : jobs) ASSERT_TRUE(job.is_ok()) << job.status().to_string();
    leave_all(&jobs);
  }
}

TEST(Job, APortThatIsTakenIsNamed) {
  const Listener listener;
  JoinOptions options = options_of(listener, 0, 2);
  options.listen_fd = -1;
  const Joined job = Job::join(options);
  EXPECT_EQ(job.status().code(), Code::kUnavailable);
  EXPECT_THAT(job.status().message(), HasSubstr("cannot listen on port"));
}

TEST(Job, WhatCannotBeIsRefused) {
  const Listener listener;
  const auto refused = [&](const std::function<void(JoinOptions*)>& change) {
    JoinOptions options = options_of(listener, 0, 2);
    change(&options);
    const Joined job = Job::join(options);
    EXPECT_EQ(job.status().code(), Code::kInvalidArgument);
    return job.status().message();
  };
  EXPECT_THAT(refused([](JoinOptions* o) { o->rank = 2; }), HasSubstr("rank 2 of a job of 2"));
  EXPECT_THAT(refused([](JoinOptions* o) { o->size = 0; }), HasSubstr("a job of 0 ranks"));
  EXPECT_THAT(refused([](JoinOptions* o) { o->size = kMillisecond; }), HasSubstr("expected 1 to"));
  EXPECT_THAT(refused([](JoinOptions* o) { o->address = std::string(5000, 'x'); }),
              HasSubstr("5000 bytes"));
  for (const char* where : {"", "host", "host:0", "host:65536", "::1:4000", ":1", "host:1x"}) {
    EXPECT_THAT(refused([&](JoinOptions* o) { o->coordinator = where; }), HasSubstr("host:port"));
  }
  EXPECT_THAT(refused([](JoinOptions* o) { o->listen_fd = 0; }), HasSubstr("no listening socket"));
  EXPECT_THAT(refused([](JoinOptions* o) { o->listen_fd = 999; }), HasSubstr("descriptor 999"));
}

TEST(Job, AnotherConfigIsNamedToAll) {
  const Listener listener;
  const std::vector<Joined> jobs = join_all(listener, 3, [](JoinOptions* options) {
    options->agreement = {fmt::format("train.steps = {}", options->rank == 2 ? 10 : 20)};
  });
  for (const Joined& job : jobs) {
    EXPECT_EQ(job.status().code(), Code::kFailedPrecondition);
    EXPECT_THAT(
        job.status().message(),
        AllOf(HasSubstr("rank 2 (host "), HasSubstr("train.steps is 10 there and 20 at rank 0")));
  }
}

TEST(Job, JoiningStopsOnRequest) {
  const Listener listener;
  for (const int64_t rank : {0, 1}) {
    StopToken stop;
    JoinOptions options = options_of(listener, rank, 2);
    options.stop = &stop;
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      stop.stop();
    });
    const Joined job = Job::join(options);
    stopper.join();
    EXPECT_EQ(job.status().code(), Code::kCancelled);
  }
}

TEST(Job, WhoIsMissingIsNamedWhenTimeIsUp) {
  const Listener listener;
  JoinOptions options = options_of(listener, 0, 3);
  options.timing.join = 300 * kMillisecond;
  const Joined job = Job::join(options);
  EXPECT_EQ(job.status().code(), Code::kUnavailable);
  EXPECT_THAT(job.status().message(), HasSubstr("ranks 1, 2 of 3 did not join"));
}

TEST(Job, AnErrorOfOneReachesTheOthers) {
  const Listener listener;
  std::vector<Joined> jobs = join_all(listener, 3);
  std::atomic<int> calls{0};
  (*jobs[0])->watch([&](const Status& why) {
    EXPECT_EQ(why.scope(), Scope::kPeer);
    ++calls;
  });
  (*jobs[1])->leave(data_loss("the shard is damaged"));
  for (const size_t rank : {0, 2}) {
    EXPECT_THAT(loss_of(**jobs[rank]).message(),
                AllOf(HasSubstr("rank 1 (host "),
                      HasSubstr("it ended with DATA_LOSS: the shard is damaged")));
  }
  // Whoever watches late is told at once; whoever watched is told once.
  (*jobs[2])->watch([&](const Status&) { ++calls; });
  EXPECT_TRUE(wait_for([&] { return calls == 2; }));
  leave_all(&jobs);
  EXPECT_EQ(calls, 2);
}

TEST(Job, WhoGoesOnAfterAnotherLeftIsTold) {
  const Listener listener;
  std::vector<Joined> jobs = join_all(
      listener, 2, [](JoinOptions* options) { options->timing.grace = 200 * kMillisecond; });
  (*jobs[0])->leave(Status::ok());
  EXPECT_THAT(loss_of(**jobs[1]).message(),
              AllOf(HasSubstr("rank 0 ("), HasSubstr("left in good order")));
}

// A rank in a process of its own, so that it can be killed and stopped.
class Child {
 public:
  explicit Child(const JoinOptions& options) : pid_(fork()) {
    if (pid_ != 0) return;
    const Joined job = Job::join(options);
    if (!job.is_ok()) _exit(1);
    pause();
    _exit(0);
  }
  ~Child() { end(SIGKILL); }
  void send(int number) const { kill(pid_, number); }
  void end(int number) {
    if (pid_ <= 0) return;
    kill(pid_, number);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST(Job, AKilledProcessIsNamed) {
  const Listener listener;
  Child child(options_of(listener, 1, 2));
  const pid_t pid = child.pid();
  Joined job = Job::join(options_of(listener, 0, 2));
  ASSERT_TRUE(job.is_ok()) << job.status().to_string();
  child.end(SIGKILL);
  const Status loss = loss_of(**job);
  EXPECT_EQ(loss.code(), Code::kUnavailable);
  EXPECT_THAT(loss.message(), AllOf(HasSubstr(fmt::format("pid {}) is lost", pid)),
                                    HasSubstr("its process ended or was killed")));
}

TEST(Job, AStoppedProcessIsNamed) {
  for (const int64_t stopped : {0, 1}) {
    const Listener listener;
    const auto options = [&](int64_t rank) {
      JoinOptions made = options_of(listener, rank, 2);
      made.timing.silence = 1000 * kMillisecond;
      return made;
    };
    Child child(options(stopped));
    Joined job = Job::join(options(1 - stopped));
    ASSERT_TRUE(job.is_ok()) << job.status().to_string();
    child.send(SIGSTOP);
    EXPECT_THAT(loss_of(**job).message(), AllOf(HasSubstr(fmt::format("rank {} (", stopped)),
                                                HasSubstr("nothing was heard")));
    // Leaving does not wait for one that does not answer.
    const auto begin = std::chrono::steady_clock::now();
    (*job)->leave((*job)->loss());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  }
}

std::string signal_actions() {
  std::string all;
  for (int number = 1; number < 65; ++number) {
    struct sigaction action = {};
    if (sigaction(number, nullptr, &action) != 0) continue;
    all += fmt::format("{}:{:x}:{:x} ", number, reinterpret_cast<uintptr_t>(action.sa_handler),
                       action.sa_flags);
  }
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  for (int number = 1; number < 65; ++number) all += sigismember(&mask, number) == 1 ? "b" : "-";
  return all;
}

std::string whole_environment() {
  std::string all;
  for (char** entry = environ; *entry != nullptr; ++entry) all += std::string(*entry) + "\n";
  return all;
}

size_t count_entries(const char* folder) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

TEST(Job, ChangesNothingOfTheHostProgram) {
  const Listener listener;
  const std::string signals = signal_actions(), environment = whole_environment();
  const size_t descriptors = count_entries("/proc/self/fd"),
               threads = count_entries("/proc/self/task");
  {
    std::vector<Joined> jobs = join_all(listener, 3);
    for (const Joined& job : jobs) ASSERT_TRUE(job.is_ok());
    EXPECT_EQ(signal_actions(), signals);
    EXPECT_EQ(whole_environment(), environment);
    leave_all(&jobs);
  }
  EXPECT_EQ(signal_actions(), signals);
  EXPECT_EQ(whole_environment(), environment);
  EXPECT_EQ(count_entries("/proc/self/fd"), descriptors);
  EXPECT_EQ(count_entries("/proc/self/task"), threads);
}

}  // namespace
}  // namespace raddle::control
