// SPDX-License-Identifier: Apache-2.0
// How a wait ends when the peer does not come: abort() from another thread, a peer that has left,
// the deadline.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>

#include "tests/cts/comm/values.h"
#include "tests/cts/comm/worlds.h"

namespace raddle::comm::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Call = std::function<Status(Communicator&, Window&)>;

// Each way to wait for rank 1, which does nothing.
struct Wait {
  const char* name;
  Call call;
};
std::vector<Wait> waits() {
  return {
      {"barrier", [](Communicator& comm, Window&) { return comm.barrier(comm.world()); }},
      {"broadcast",  // which waits until all have taken it
       [](Communicator& comm, Window& window) {
         return comm.broadcast(comm.world(), 0, window, {0, 64});
       }},
      {"broadcast",  // which waits for what is to come
       [](Communicator& comm, Window& window) {
         return comm.broadcast(comm.world(), 1, window, {0, 64});
       }},
      {"all_reduce",
       [](Communicator& comm, Window& window) {
         return comm.all_reduce(comm.world(), Element::kF32, window, {0, 256});
       }},
      {"exchange",  // which waits for room to offer more
       [](Communicator& comm, Window& window) {
         const std::vector<Transfer> flood(100, Transfer{1, &window, {0, 4}});
         return comm.exchange(flood, {}, 0);
       }},
      {"make_window", [](Communicator& comm, Window&) { return comm.make_window(64).status(); }},
  };
}

class Endings : public OnWorlds {
 protected:
  // Rank 0 waits for rank 1, which is there and idle until that has ended.
  Status ending(const Wait& wait, const std::function<void(Communicator&)>& disturb) const {
    auto world = make();
    Status status;
    std::latch is_over(1);
    Communicator& first = *world[0];
    std::latch begins(2);
    std::thread disturber([&] {
      begins.arrive_and_wait();
      disturb(first);
      is_over.wait();  // the communicator lives so long
    });
    raddle::test::on_ranks(std::move(world), [&](Communicator& comm) {
      auto window = window_of(comm, 256);
      if (comm.rank() == 0) {
        begins.arrive_and_wait();
        status = wait.call(comm, *window);
        is_over.count_down();
        disturber.join();
      } else {
        is_over.wait();
      }
    });
    return status;
  }
};

TEST_P(Endings, AbortEndsEveryWait) {
  for (const Wait& wait : waits()) {
    // At once, while it looks, and when it sleeps.
    for (const int delay_us : {0, 5, 50, 3000}) {
      SCOPED_TRACE(testing::Message() << wait.name << " after " << delay_us << " us");
      const auto begin = std::chrono::steady_clock::now();
      const Status status = ending(wait, [&](Communicator& comm) {
        std::this_thread::sleep_for(std::chrono::microseconds(delay_us));
        comm.abort(Status(Code::kAborted, "rank 9 is lost", Scope::kPeer));
        comm.abort(Status(Code::kAborted, "too late to be the reason", Scope::kJob));
      });
      EXPECT_EQ(status.code(), Code::kAborted) << status.to_string();
      EXPECT_EQ(status.scope(), Scope::kPeer);
      EXPECT_THAT(status.message(),
                  AllOf(HasSubstr("rank 9 is lost"), HasSubstr(wait.name), HasSubstr("rank 1")));
      EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
    }
  }
}

TEST_P(Endings, AnAbortedRankStaysAborted) {
  run([](Communicator& comm) {
    if (comm.rank() != 0) return;
    comm.abort(Status(Code::kAborted, "stop", Scope::kJob));
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(comm.barrier(comm.world()).code(), Code::kAborted);
    }
  });
}

TEST_P(Endings, TheDeadlineIsTheLastResort) {
  for (const Wait& wait : waits()) {
    SCOPED_TRACE(wait.name);
    auto world = make();
    std::latch is_over(1);
    raddle::test::on_ranks(std::move(world), [&](Communicator& comm) {
      auto window = window_of(comm, 256);
      if (comm.rank() != 0) return is_over.wait();
      comm.set_deadline(30'000'000);
      const Status status = wait.call(comm, *window);
      is_over.count_down();
      EXPECT_EQ(status.code(), Code::kUnavailable);
      EXPECT_EQ(status.scope(), Scope::kPeer);
      EXPECT_THAT(status.message(),
                  AllOf(HasSubstr(wait.name), HasSubstr("rank 1"),
                        HasSubstr("has not come within 0.03 s"), HasSubstr("it waits for nobody")));
    });
  }
}

RADDLE_ON_WORLDS(Endings, 2);

class Leaving : public OnWorlds {};

TEST_P(Leaving, WithAnErrorIsSeenByAll) {
  run([](Communicator& comm) {
    auto window = window_of(comm, 4096);
    if (comm.rank() == comm.size() - 1) {
      comm.leave(Status(Code::kNumeric, "the loss is not a number", Scope::kJob));
      return;
    }
    const Status status = comm.all_reduce(comm.world(), Element::kF32, *window, {0, 4096});
    comm.leave(status);
    EXPECT_EQ(status.code(), Code::kUnavailable) << status.to_string();
    EXPECT_EQ(status.scope(), Scope::kPeer);
    EXPECT_THAT(status.message(), AllOf(HasSubstr("all_reduce"), HasSubstr("has left"),
                                        HasSubstr("the loss is not a number")));
  });
}

TEST_P(Leaving, InPeaceIsToldAsSuch) {
  run([](Communicator& comm) {
    if (comm.rank() == 0) return;
    const std::vector<int32_t> pair{0, comm.rank()};
    const Status status = comm.barrier(pair);
    EXPECT_EQ(status.code(), Code::kUnavailable);
    EXPECT_THAT(status.message(), AllOf(HasSubstr("barrier"), HasSubstr("rank 0"),
                                        HasSubstr("has left: its work is done")));
  });
}

// What a rank has given before it left counts.
TEST_P(Leaving, WhatWasOfferedBeforeIsTaken) {
  for (int turn = 0; turn < 50; ++turn) {
    run([](Communicator& comm) {
      auto window = window_of(comm, 4096);
      fill(*window, comm.rank());
      EXPECT_STATUS_OK(comm.broadcast(comm.world(), 0, *window, {0, 4096}));
      EXPECT_EQ(floats(*window)[77], value_of(0, 77));
    });
  }
}

TEST_P(Leaving, ALongReasonIsCut) {
  run([](Communicator& comm) {
    if (comm.rank() == 0) {
      comm.leave(Status(Code::kNumeric, std::string(5000, 'x'), Scope::kJob));
      return;
    }
    EXPECT_THAT(comm.barrier(comm.world()).message(), HasSubstr("NUMERIC: xxxx"));
  });
}

RADDLE_ON_WORLDS(Leaving, 2, 4);

}  // namespace
}  // namespace raddle::comm::test
