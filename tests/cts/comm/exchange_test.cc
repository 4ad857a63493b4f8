// SPDX-License-Identifier: Apache-2.0
// Pieces between any two ranks: many, none, in both directions and around.
#include <chrono>
#include <thread>

#include "tests/cts/comm/values.h"
#include "tests/cts/comm/worlds.h"

namespace raddle::comm::test {
namespace {

class Exchange : public OnWorlds {};

struct Piece {
  int32_t from, to;
  size_t source, target, count;  // elements
};

// Runs one rank's side of all pieces, and looks at what has come.
void exchange_and_check(Communicator& comm, std::span<const Piece> pieces, uint32_t tag,
                        size_t source_count, size_t target_count) {
  auto source = window_of(comm, source_count * sizeof(float));
  auto target = window_of(comm, target_count * sizeof(float));
  fill(*source, comm.rank());
  std::vector<Transfer> send, receive;
  std::vector<float> expected(target_count, 0.0F);
  for (const Piece& piece : pieces) {
    if (piece.from == comm.rank()) {
      send.push_back({piece.to, source.get(), elements(piece.source, piece.source + piece.count)});
    }
    if (piece.to != comm.rank()) continue;
    receive.push_back(
        {piece.from, target.get(), elements(piece.target, piece.target + piece.count)});
    for (size_t i = 0; i < piece.count; ++i) {
      expected[piece.target + i] = value_of(piece.from, piece.source + i);
    }
  }
  EXPECT_STATUS_OK(comm.exchange(send, receive, tag));
  for (size_t i = 0; i < target_count; ++i) ASSERT_EQ(floats(*target)[i], expected[i]) << i;
}

TEST_P(Exchange, ThousandsOfPiecesBothWays) {
  std::vector<Piece> pieces;
  std::vector<size_t> filled(static_cast<size_t>(size()), 0);
  RandomStream random(5, 0);
  for (int i = 0; i < 3000; ++i) {
    const auto from = static_cast<int32_t>(random.below(static_cast<uint64_t>(size())));
    const auto step = 1 + random.below(static_cast<uint64_t>(size()) - 1);
    const auto to =
        static_cast<int32_t>((static_cast<uint64_t>(from) + step) % static_cast<uint64_t>(size()));
    const size_t count = random.below(9);
    size_t& at = filled[static_cast<size_t>(to)];
    pieces.push_back({from, to, random.below(1000), at, count});
    at += count;
  }
  run([&](Communicator& comm) { exchange_and_check(comm, pieces, 7, 1010, 30'000); });
}

// Each rank sends far more than a lane has room for, all to one, before anybody sends back.
TEST_P(Exchange, AFloodToOneRank) {
  std::vector<Piece> pieces;
  for (int32_t from = 1; from < size(); ++from) {
    for (size_t i = 0; i < 200; ++i) {
      pieces.push_back({from, 0, i, static_cast<size_t>(from) * 200 + i, 1});
    }
  }
  for (int32_t to = 1; to < size(); ++to) pieces.push_back({0, to, 3, 4, 100});
  run([&](Communicator& comm) { exchange_and_check(comm, pieces, 0, 300, 1200); });
}

// One direction around, so that each waits for another one than it sends to; each ahead of the
// other by more than a lane has room for.
TEST_P(Exchange, ARingOfManyPieces) {
  std::vector<Piece> pieces;
  for (int32_t from = 0; from < size(); ++from) {
    for (size_t i = 0; i < 150; ++i) pieces.push_back({from, (from + 1) % size(), i, i, 1});
  }
  run([&](Communicator& comm) { exchange_and_check(comm, pieces, 1, 150, 150); });
}

// Pieces are posted, and room for them made, before their senders have come; on both sides of what
// goes with an offer, and of several slices. Each rank is late in turn.
TEST_P(Exchange, InStepsWithSomethingBetweenThem) {
  run([&](Communicator& comm) {
    const int32_t next = (comm.rank() + 1) % size(), last = (comm.rank() + size() - 1) % size();
    const size_t most = size_t{900} << 10;
    auto source = window_of(comm, most * sizeof(float));
    auto target = window_of(comm, most * sizeof(float));
    fill(*source, comm.rank());
    uint32_t tag = 0;
    for (const size_t count : {size_t{1}, size_t{512}, size_t{513}, size_t{5000}, most}) {
      const Transfer send = {next, source.get(), elements(0, count)};
      const Transfer receive = {last, target.get(), elements(0, count)};
      if (static_cast<int32_t>(tag) % size() == comm.rank()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
      EXPECT_STATUS_OK(comm.post({&send, 1}, {&receive, 1}, tag));
      EXPECT_STATUS_OK(comm.collect({&receive, 1}, tag));
      for (size_t i = 0; i < count; ++i) ASSERT_EQ(floats(*target)[i], value_of(last, i)) << i;
      EXPECT_STATUS_OK(comm.settle({&send, 1}, tag++));
    }
  });
}

TEST_P(Exchange, NothingAtAll) {
  run([](Communicator& comm) { EXPECT_STATUS_OK(comm.exchange({}, {}, 0)); });
}

RADDLE_ON_WORLDS(Exchange, 2, 3, 5);

}  // namespace
}  // namespace raddle::comm::test
