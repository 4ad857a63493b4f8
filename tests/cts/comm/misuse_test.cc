// SPDX-License-Identifier: Apache-2.0
// What callers can do wrong. What one rank sees by itself changes nothing; where ranks differ, all
// of them get an error that names both sides.
#include <gmock/gmock.h>

#include <mutex>

#include "tests/cts/comm/values.h"
#include "tests/cts/comm/worlds.h"

namespace raddle::comm::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

void expect_refused(const Status& status, const char* part) {
  EXPECT_EQ(status.code(), Code::kInvalidArgument) << status.to_string();
  EXPECT_THAT(status.message(), HasSubstr(part));
}

class Misuse : public OnWorlds {};

TEST_P(Misuse, OfOneRankChangesNothing) {
  run([](Communicator& comm) {
    auto window = window_of(comm, 64);
    const int32_t other = 1 - comm.rank();
    const std::vector<int32_t> both{0, 1}, twice{0, 1, 0}, beyond{0, 1, 2}, below{-1, 0, 1},
        without{other}, nobody;
    expect_refused(comm.barrier(twice), "rank 0 is in the group twice");
    expect_refused(comm.barrier(beyond), "rank 2 is in the group, of a world of 2 ranks");
    expect_refused(comm.barrier(below), "rank -1 is in the group");
    expect_refused(comm.barrier(without), "calls it and is not in the group");
    expect_refused(comm.barrier(nobody), "is not in the group");
    expect_refused(comm.all_reduce(both, Element::kF32, *window, {0, 68}),
                   "bytes 0 to 68 of a window of 64");
    expect_refused(comm.all_reduce(both, Element::kF32, *window, {2, 6}), "elements have 4 bytes");
    expect_refused(comm.all_reduce(both, Element::kBF16, *window, {8, 6}), "bytes 8 to 6");
    const std::vector<Range> one{{0, 4}}, outside{{0, 4}, {64, 68}}, inside{{0, 4}, {8, 12}};
    expect_refused(comm.reduce_scatter(both, Element::kF32, *window, one),
                   "1 parts for a group of 2");
    expect_refused(comm.all_gather(both, *window, outside), "bytes 64 to 68");
    expect_refused(comm.all_to_all(both, *window, inside, *window, outside), "bytes 64 to 68");
    std::vector<Range> more = inside;
    more[static_cast<size_t>(comm.rank())].end += 4;
    expect_refused(comm.all_to_all(both, *window, inside, *window, more),
                   "keeps 4 bytes and has room for 8");
    expect_refused(comm.broadcast(both, 2, *window, {0, 4}), "its root, rank 2");
    const std::vector<Transfer> self{{comm.rank(), window.get(), {0, 4}}},
        far{{other, window.get(), {60, 70}}};
    expect_refused(comm.exchange(self, {}, 0), "expected another of 2 ranks");
    expect_refused(comm.exchange({}, far, 0), "bytes 60 to 70");
    std::byte letter{};
    EXPECT_EQ(comm.gather(both, {&letter, 1}, {}).code(), Code::kInvalidArgument);
    std::vector<std::byte> room(2);
    EXPECT_EQ(comm.gather(both, {&letter, 1}, room).code(), Code::kFailedPrecondition);
    expect_refused(comm.make_window(0).status(), "at least one byte");
    EXPECT_STATUS_OK(comm.barrier(both));
  });
}
RADDLE_ON_WORLDS(Misuse, 2);

class Disagreement : public OnWorlds {
 protected:
  // What each rank's call ends with, where a rank that has an error leaves with it.
  std::vector<Status> outcomes(const std::function<Status(Communicator&, Window&)>& call) const {
    std::vector<Status> all(static_cast<size_t>(size()));
    run([&](Communicator& comm) {
      auto window = window_of(comm, 4096);
      const Status status = call(comm, *window);
      if (!status.is_ok()) comm.leave(status);
      all[static_cast<size_t>(comm.rank())] = status;
      if (status.is_ok()) return;
      const Status later = comm.barrier(comm.world());
      EXPECT_EQ(later.code(), status.code());
      EXPECT_THAT(later.message(), HasSubstr("an earlier call failed"));
    });
    return all;
  }
  // The errors of the first `concerned` ranks say both; all others are well or say so too.
  void expect_both(const std::function<Status(Communicator&, Window&)>& call, const char* one,
                   const char* other, size_t concerned) const {
    const std::vector<Status> all = outcomes(call);
    for (size_t rank = 0; rank < all.size(); ++rank) {
      if (rank >= concerned && all[rank].is_ok()) continue;
      EXPECT_THAT(all[rank].code(), AnyOf(Code::kFailedPrecondition, Code::kUnavailable));
      EXPECT_THAT(all[rank].message(), AllOf(HasSubstr(one), HasSubstr(other)));
    }
  }
  void expect_both(const std::function<Status(Communicator&, Window&)>& call, const char* one,
                   const char* other) const {
    expect_both(call, one, other, static_cast<size_t>(size()));
  }
};

TEST_P(Disagreement, OfOperations) {
  expect_both(
      [](Communicator& comm, Window& window) {
        return comm.rank() == 0 ? comm.barrier(comm.world())
                                : comm.all_reduce(comm.world(), Element::kF32, window, {0, 4096});
      },
      "barrier", "all_reduce of 4096 bytes");
}

// A rank whose part is empty would otherwise take what is meant for the next half.
TEST_P(Disagreement, OfSizes) {
  expect_both(
      [](Communicator& comm, Window& window) {
        const size_t bytes = comm.rank() == 0 ? 64 : 128;
        return comm.all_reduce(comm.world(), Element::kF32, window, {0, bytes});
      },
      "all_reduce of 64 bytes", "all_reduce of 128 bytes");
  expect_both(
      [](Communicator& comm, Window& window) {
        const size_t bytes = comm.rank() == 0 ? 40 : 44;
        return comm.broadcast(comm.world(), 0, window, {0, bytes});
      },
      "broadcast of 40 bytes", "broadcast of 44 bytes");
}

TEST_P(Disagreement, OfElementsGroupsCutsAndTags) {
  expect_both(
      [](Communicator& comm, Window& window) {
        const Element element = comm.rank() == 0 ? Element::kF32 : Element::kBF16;
        return comm.all_reduce(comm.world(), element, window, {0, 4096});
      },
      "all_reduce of 4096 bytes", "one of another group, element, cut, root or tag");
  expect_both(
      [](Communicator& comm, Window& window) {
        std::vector<int32_t> group = all_of(comm.size());
        if (comm.rank() == 0) std::swap(group[0], group[1]);
        return comm.all_reduce(group, Element::kF32, window, {0, 4096});
      },
      "all_reduce of 4096 bytes", "one of another group");
  expect_both(
      [](Communicator& comm, Window& window) {
        std::vector<Range> parts(static_cast<size_t>(comm.size()), Range{0, 8});
        parts[0] = {16, comm.rank() == 0 ? size_t{20} : size_t{24}};
        parts[1] = {32, comm.rank() == 0 ? size_t{40} : size_t{36}};
        return comm.all_gather(comm.world(), window, parts);
      },
      "all_gather of", "one of another group, element, cut");
  expect_both(
      [](Communicator& comm, Window& window) {
        const int32_t left = (comm.rank() + comm.size() - 1) % comm.size(),
                      right = (comm.rank() + 1) % comm.size();
        const Transfer out{right, &window, {0, 4}}, in{left, &window, {8, 12}};
        return comm.exchange({&out, 1}, {&in, 1}, comm.rank() == 0 ? 1 : 2);
      },
      "exchange", "or tag");
}

// Nothing is offered then, so that nothing shows what the other is in.
TEST_P(Disagreement, OfRoots) {
  const std::vector<int32_t> pair{0, 1};
  const auto call = [&](Communicator& comm, Window& window) {
    if (comm.rank() > 1) return Status::ok();
    return comm.broadcast(pair, 1 - comm.rank(), window, {0, 64});
  };
  expect_both(call, "broadcast", "wait for each other", 2);
}

TEST_P(Disagreement, OfWhoSends) {
  const auto call = [&](Communicator& comm, Window& window) {
    if (comm.rank() > 1) return Status::ok();
    const Transfer in{1 - comm.rank(), &window, {0, 64}};
    return comm.exchange({}, {&in, 1}, 0);
  };
  expect_both(call, "exchange", "wait for each other", 2);
}

TEST_P(Disagreement, OfPieces) {
  for (const size_t too_many : {size_t{4}, size_t{12}}) {
    const std::string offered = "offers " + std::to_string(too_many) + " bytes";
    expect_both(
        [&](Communicator& comm, Window& window) {
          const int32_t left = (comm.rank() + comm.size() - 1) % comm.size(),
                        right = (comm.rank() + 1) % comm.size();
          const Transfer out{right, &window, {0, comm.rank() == 0 ? too_many : 8}},
              in{left, &window, {16, 24}};
          return comm.exchange({&out, 1}, {&in, 1}, 0);
        },
        offered.c_str(), "8", 2);  // a third rank has to do with neither piece
  }
}

TEST_P(Disagreement, OfWindows) {
  run([](Communicator& comm) {
    const auto window = comm.make_window(comm.rank() == 0 ? 100 : 200);
    ASSERT_FALSE(window.is_ok());
    comm.leave(window.status());
    EXPECT_THAT(window.status().message(), AllOf(HasSubstr("100"), HasSubstr("200")));
  });
}

RADDLE_ON_WORLDS(Disagreement, 2, 3);

}  // namespace
}  // namespace raddle::comm::test
