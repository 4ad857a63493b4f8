// SPDX-License-Identifier: Apache-2.0
// What goes between ranks is counted, and is what the closed forms say; and no collective
// allocates.
#include "tests/cts/comm/values.h"
#include "tests/cts/comm/worlds.h"
#include "tests/support/allocation_hook.h"

namespace raddle::comm::test {
namespace {

class Counts : public OnWorlds {};

void expect_traffic(const Communicator& comm, int32_t peer, Kind kind, int64_t messages,
                    size_t bytes_out, size_t bytes_in) {
  const Traffic& seen = comm.traffic(peer, kind);
  EXPECT_EQ(seen.messages, messages) << kind_name(kind) << " with " << peer;
  EXPECT_EQ(seen.bytes_out, static_cast<int64_t>(bytes_out)) << kind_name(kind);
  EXPECT_EQ(seen.bytes_in, static_cast<int64_t>(bytes_in)) << kind_name(kind);
}

TEST_P(Counts, AreTheClosedForms) {
  run([](Communicator& comm) {
    const auto n = static_cast<size_t>(comm.size());
    const auto own = static_cast<size_t>(comm.rank());
    auto window = window_of(comm, 6400 * n);
    EXPECT_STATUS_OK(comm.reserve(24));
    EXPECT_EQ(comm.peers_used(), 0);
    std::vector<Range> parts;  // 64, 128, .. bytes, the second empty
    for (size_t k = 0; k < n; ++k)
      parts.push_back({640 * k, 640 * k + (k == 1 ? 0 : 64 * (k + 1))});
    EXPECT_STATUS_OK(comm.reduce_scatter(comm.world(), Element::kF32, *window, parts));
    EXPECT_STATUS_OK(comm.all_gather(comm.world(), *window, parts));
    EXPECT_STATUS_OK(comm.all_reduce(comm.world(), Element::kBF16, *window, {0, 6400 * n}));
    EXPECT_STATUS_OK(comm.broadcast(comm.world(), 0, *window, {0, 100}));
    EXPECT_STATUS_OK(comm.barrier(comm.world()));
    const std::vector<std::byte> mine(24);
    std::vector<std::byte> everybodys(24 * n);
    EXPECT_STATUS_OK(comm.gather(comm.world(), mine, everybodys));
    std::vector<Transfer> out, in;
    for (int32_t peer = 0; peer < comm.size(); ++peer) {
      if (peer == comm.rank()) continue;
      for (size_t i = 0; i < 3; ++i) {
        out.push_back({peer, window.get(), {0, 10 * (own + 1)}});
        in.push_back({peer, window.get(), {3200, 3200 + 10 * (static_cast<size_t>(peer) + 1)}});
      }
    }
    EXPECT_STATUS_OK(comm.exchange(out, in, 0));
    for (int32_t peer = 0; peer < comm.size(); ++peer) {
      if (peer == comm.rank()) continue;
      const auto p = static_cast<size_t>(peer);
      const size_t theirs = parts[p].bytes(), ours = parts[own].bytes();
      expect_traffic(comm, peer, Kind::kReduceScatter, theirs > 0 ? 1 : 0, theirs, ours);
      expect_traffic(comm, peer, Kind::kAllGather, ours > 0 ? 1 : 0, ours, theirs);
      // A ring's bytes: (n - 1) / n of the whole in each half, summed over the peers.
      expect_traffic(comm, peer, Kind::kAllReduce, 2, 2 * 6400, 2 * 6400);
      expect_traffic(comm, peer, Kind::kBroadcast, own == 0 ? 1 : 0, own == 0 ? 100 : 0,
                     p == 0 ? 100 : 0);
      expect_traffic(comm, peer, Kind::kBarrier, 1, 0, 0);
      expect_traffic(comm, peer, Kind::kGather, 1, 24, 24);
      expect_traffic(comm, peer, Kind::kExchange, 3, 30 * (own + 1), 30 * (p + 1));
      expect_traffic(comm, peer, Kind::kAllToAll, 0, 0, 0);
    }
    EXPECT_EQ(comm.peers_used(), comm.size() - 1);
  });
}

TEST_P(Counts, OnlyPeersOfTheGroupAreUsed) {
  run([](Communicator& comm) {
    if (comm.rank() > 1) return;
    EXPECT_STATUS_OK(comm.barrier(std::vector<int32_t>{0, 1}));
    EXPECT_EQ(comm.peers_used(), 1);
  });
}

TEST_P(Counts, NoCollectiveAllocates) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  if (has_far()) GTEST_SKIP() << "UCX takes a few bytes for each transfer and gives them back";
  std::unique_ptr<raddle::test::AllocationScope> scope;
  run([&](Communicator& comm) {
    const auto n = static_cast<size_t>(comm.size());
    auto window = window_of(comm, 64'000 * n), other = window_of(comm, 64'000 * n);
    EXPECT_STATUS_OK(comm.reserve(8));
    std::vector<Range> parts;
    for (size_t k = 0; k < n; ++k) parts.push_back({64'000 * k, 64'000 * (k + 1)});
    std::vector<Transfer> out, in;
    for (int32_t peer = 0; peer < comm.size(); ++peer) {
      if (peer == comm.rank()) continue;
      for (int i = 0; i < 70; ++i) out.push_back({peer, window.get(), {0, 100}});
      for (int i = 0; i < 70; ++i) in.push_back({peer, other.get(), {0, 100}});
    }
    std::vector<std::byte> mine(8), everybodys(8 * n);
    EXPECT_STATUS_OK(comm.barrier(comm.world()));
    if (comm.rank() == 0) {
      scope = std::make_unique<raddle::test::AllocationScope>(
          raddle::test::AllocationScope::Threads::kAll);
    }
    bool is_ok = comm.barrier(comm.world()).is_ok();
    for (const Element element : {Element::kF32, Element::kBF16}) {
      is_ok &= comm.all_reduce(comm.world(), element, *window, {0, 64'000 * n}).is_ok();
      is_ok &= comm.reduce_scatter(comm.world(), element, *window, parts).is_ok();
    }
    is_ok &= comm.all_gather(comm.world(), *window, parts).is_ok();
    is_ok &= comm.all_to_all(comm.world(), *window, parts, *other, parts).is_ok();
    is_ok &= comm.broadcast(comm.world(), 0, *window, {0, 64'000}).is_ok();
    is_ok &= comm.exchange(out, in, 3).is_ok();
    is_ok &= comm.gather(comm.world(), mine, everybodys).is_ok();
    is_ok &= comm.barrier(comm.world()).is_ok();
    if (comm.rank() == 0) {
      const raddle::test::AllocationCount count = scope->end();
      EXPECT_EQ(count.total(), 0) << count.describe();
    }
    EXPECT_STATUS_OK(comm.barrier(comm.world()));
    EXPECT_TRUE(is_ok);
  });
}

RADDLE_ON_WORLDS(Counts, 2, 3);

}  // namespace
}  // namespace raddle::comm::test
