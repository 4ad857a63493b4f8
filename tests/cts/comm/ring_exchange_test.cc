// SPDX-License-Identifier: Apache-2.0
// Keys that go around, and gradients that come back, between any number of ranks: each hop has what
// it should have, whoever is late, whatever the transport.
#include "runtime/exec/ring_exchange.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "runtime/base/random.h"
#include "tests/cts/comm/values.h"
#include "tests/cts/comm/worlds.h"

namespace raddle::exec {
namespace {

using comm::test::value_of;
using comm::test::world_kinds;
using comm::test::world_name;

constexpr int64_t kRowFloats = 24;

// What part `by` finds of the gradients of part `of`.
float gradient_of(int32_t by, int32_t of, int64_t i) {
  return value_of(100 + by * 10 + of, static_cast<size_t>(i));
}

class RingOnWorlds : public comm::test::OnWorlds {
 protected:
  // All ranks, or those of a list, with one rank late in each hop.
  static void turn(comm::Communicator& communicator, RingExchange& ring,
                   const SpreadSequence& sequence, RandomStream& late) {
    ring.begin(sequence, kRowFloats);
    const SequencePart own = ring.own();
    const int64_t own_floats = own.rows() * kRowFloats;
    for (int64_t i = 0; i < own_floats; ++i) {
      ring.own_keys()[i] = value_of(sequence.part, static_cast<size_t>(i));
    }
    ASSERT_TRUE(ring.ask_for_keys(1).is_ok());
    for (int32_t hop = 1; hop < ring.degree(); ++hop) {
      const auto keys = ring.keys(hop);
      ASSERT_TRUE(keys.is_ok()) << keys.status().to_string();
      const auto room = ring.gradients(hop);
      ASSERT_TRUE(room.is_ok()) << room.status().to_string();
      ASSERT_TRUE(ring.ask_for_keys(hop + 1).is_ok());
      if (late.below(4) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      const SequencePart other = ring.of_hop(hop);
      for (int64_t i = 0; i < other.rows() * kRowFloats; ++i) {
        ASSERT_EQ((*keys)[i], value_of(other.number, static_cast<size_t>(i))) << "hop " << hop;
        ASSERT_EQ((*room)[i], 0.0F);
        (*room)[i] = gradient_of(sequence.part, other.number, i);
      }
      if (hop > 1) expect_returned(ring, hop - 1, own_floats);
      ASSERT_TRUE(ring.give_gradients(hop).is_ok());
    }
    expect_returned(ring, ring.degree() - 1, own_floats);
    ASSERT_TRUE(ring.end().is_ok()) << communicator.rank();
  }

  static void expect_returned(RingExchange& ring, int32_t hop, int64_t floats) {
    const auto returned = ring.returned(hop);
    ASSERT_TRUE(returned.is_ok()) << returned.status().to_string();
    const int32_t own = ring.own().number, by = (own + hop) % ring.degree();
    for (int64_t i = 0; i < floats; ++i) {
      ASSERT_EQ((*returned)[i], gradient_of(by, own, i)) << "hop " << hop;
    }
  }
};

// Sequences of fewer tokens than chunks, of short letters, of some on either side of what goes with
// a letter, and of several slices; of all ranks, and of all but one in another order.
TEST_P(RingOnWorlds, EachHopHasItsKeysAndEachOwnerItsGradients) {
  const int32_t ranks = size();
  run([&](comm::Communicator& communicator) {
    const int64_t most = 26'000;
    auto ring = RingExchange::create(communicator, most, kRowFloats);
    ASSERT_TRUE(ring.is_ok()) << ring.status().to_string();
    RandomStream late(static_cast<uint64_t>(communicator.rank()), 1);
    for (const int64_t tokens :
         {int64_t{1}, int64_t{ranks}, int64_t{20} * ranks, int64_t{21} * ranks + 7,
          int64_t{21} * ranks + 1, int64_t{600} * ranks, most}) {
      for (const bool all : {true, false}) {
        SpreadSequence sequence;
        sequence.tokens = tokens;
        for (int32_t i = 0; i < ranks; ++i) sequence.ranks.push_back((i * (ranks - 1)) % ranks);
        if (ranks == 2) sequence.ranks = {1, 0};
        if (!all) sequence.ranks.pop_back();
        const auto own =
            std::find(sequence.ranks.begin(), sequence.ranks.end(), communicator.rank());
        if (sequence.ranks.size() < 2 || own == sequence.ranks.end()) continue;
        sequence.part = static_cast<int32_t>(own - sequence.ranks.begin());
        turn(communicator, **ring, sequence, late);
        if (HasFatalFailure()) return communicator.leave(internal_error("failed"));
      }
    }
  });
}

RADDLE_ON_WORLDS(RingOnWorlds, 2, 3, 4, 5, 6, 7);

}  // namespace
}  // namespace raddle::exec
