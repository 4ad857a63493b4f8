// SPDX-License-Identifier: Apache-2.0
// What every transport must do: each collective against what one rank would work out by itself.
#include <gmock/gmock.h>

#include <cstring>

#include "tests/cts/comm/values.h"
#include "tests/cts/comm/worlds.h"

namespace raddle::comm::test {
namespace {

class Collectives : public OnWorlds {};

TEST_P(Collectives, AllReduceSumsInTheOrderOfTheGroup) {
  run([&](Communicator& comm) {
    auto window = window_of(comm, 40'002 * sizeof(float));
    std::vector<int32_t> group = all_of(comm.size());
    std::swap(group.front(), group.back());
    for (const size_t count : {size_t{0}, size_t{1}, size_t{15}, size_t{1000}, size_t{40'000}}) {
      fill(*window, comm.rank());
      EXPECT_STATUS_OK(comm.all_reduce(group, Element::kF32, *window, elements(1, 1 + count)));
      for (size_t i = 0; i < 40'002; ++i) {
        const bool is_inside = i >= 1 && i <= count;
        ASSERT_EQ(floats(*window)[i], is_inside ? sum_of(group, i) : value_of(comm.rank(), i)) << i;
      }
    }
  });
}

TEST_P(Collectives, Bf16IsRoundedOnce) {
  constexpr size_t kCount = 20'001;
  run([&](Communicator& comm) {
    auto window = window_of(comm, kCount * 2);
    std::vector<int32_t> group = all_of(comm.size());
    std::reverse(group.begin(), group.end());
    fill_bf16(*window, comm.rank());
    EXPECT_STATUS_OK(comm.all_reduce(group, Element::kBF16, *window, {0, kCount * 2}));
    for (size_t i = 0; i < kCount; ++i) ASSERT_EQ(halves(*window)[i], bf16_sum_of(group, i)) << i;
  });
}

// Parts of other sizes, one of them empty, with room between them.
std::vector<Range> uneven_parts(int32_t size) {
  std::vector<Range> parts;
  size_t at = 3;
  for (int32_t rank = 0; rank < size; ++rank) {
    const size_t count = rank == 1 ? 0 : 1000 * (static_cast<size_t>(rank) + 1) + 1;
    parts.push_back(elements(at, at + count));
    at += count + 2;
  }
  return parts;
}

TEST_P(Collectives, UnevenPartsAreScatteredAndGathered) {
  constexpr size_t kCount = 30'000;
  run([&](Communicator& comm) {
    auto window = window_of(comm, kCount * sizeof(float));
    const std::vector<int32_t> group = all_of(comm.size());
    const std::vector<Range> parts = uneven_parts(comm.size());
    fill(*window, comm.rank());
    EXPECT_STATUS_OK(comm.reduce_scatter(group, Element::kF32, *window, parts));
    const Range own = parts[static_cast<size_t>(comm.rank())];
    for (size_t i = 0; i < kCount; ++i) {
      const bool is_own = i * 4 >= own.begin && i * 4 < own.end;
      ASSERT_EQ(floats(*window)[i], is_own ? sum_of(group, i) : value_of(comm.rank(), i)) << i;
    }
    EXPECT_STATUS_OK(comm.all_gather(group, *window, parts));
    for (size_t i = 0; i < kCount; ++i) {
      const bool is_summed = std::any_of(parts.begin(), parts.end(), [&](Range part) {
        return i * 4 >= part.begin && i * 4 < part.end;
      });
      ASSERT_EQ(floats(*window)[i], is_summed ? sum_of(group, i) : value_of(comm.rank(), i)) << i;
    }
  });
}

TEST_P(Collectives, AllToAllTransposes) {
  run([&](Communicator& comm) {
    const auto n = static_cast<size_t>(comm.size());
    auto source = window_of(comm, 64 * n * sizeof(float));
    auto target = window_of(comm, 64 * n * sizeof(float));
    const std::vector<int32_t> group = all_of(comm.size());
    fill(*source, comm.rank());
    // From a to b go (a + 2 b) % 5 elements, none among them.
    const auto count = [](size_t from, size_t to) { return (from + 2 * to) % 5; };
    std::vector<Range> send, receive;
    const auto own = static_cast<size_t>(comm.rank());
    for (size_t i = 0; i < n; ++i) {
      send.push_back(elements(64 * i, 64 * i + count(own, i)));
      receive.push_back(elements(64 * i + 7, 64 * i + 7 + count(i, own)));
    }
    EXPECT_STATUS_OK(comm.all_to_all(group, *source, send, *target, receive));
    for (size_t i = 0; i < n; ++i) {
      for (size_t k = 0; k < 64; ++k) {
        const bool is_sent = k >= 7 && k < 7 + count(i, own);
        const float expected = is_sent ? value_of(group[i], 64 * own + k - 7) : 0.0F;
        ASSERT_EQ(floats(*target)[64 * i + k], expected) << i << " " << k;
      }
    }
  });
}

TEST_P(Collectives, EachRankBroadcasts) {
  run([&](Communicator& comm) {
    auto window = window_of(comm, 3000 * sizeof(float));
    const std::vector<int32_t> group = all_of(comm.size());
    for (const int32_t root : group) {
      fill(*window, comm.rank());
      EXPECT_STATUS_OK(comm.broadcast(group, root, *window, elements(5, 2905)));
      for (size_t i = 0; i < 3000; ++i) {
        ASSERT_EQ(floats(*window)[i], value_of(i >= 5 && i < 2905 ? root : comm.rank(), i)) << i;
      }
    }
    EXPECT_STATUS_OK(comm.broadcast(group, 0, *window, {}));
  });
}

TEST_P(Collectives, GatherTakesFromAnyMemory) {
  run([&](Communicator& comm) {
    EXPECT_STATUS_OK(comm.reserve(24));
    EXPECT_STATUS_OK(comm.reserve(8));  // which makes no window
    std::vector<int32_t> group = all_of(comm.size());
    std::rotate(group.begin(), group.begin() + 1, group.end());
    for (const size_t bytes : {size_t{0}, size_t{1}, size_t{8}, size_t{24}}) {
      std::vector<std::byte> mine(bytes, static_cast<std::byte>(comm.rank() + 1));
      std::vector<std::byte> everybodys(bytes * group.size());
      EXPECT_STATUS_OK(comm.gather(group, mine, everybodys));
      for (size_t i = 0; i < everybodys.size(); ++i) {
        ASSERT_EQ(everybodys[i], static_cast<std::byte>(group[i / bytes] + 1)) << i;
      }
    }
  });
}

TEST_P(Collectives, WindowsAreZeroedAndApart) {
  run([&](Communicator& comm) {
    std::vector<std::unique_ptr<Window>> windows;
    for (size_t k = 0; k < 5; ++k) {
      windows.push_back(window_of(comm, (k + 1) * 1000));
      ASSERT_EQ(windows.back()->number(), k);
      for (size_t i = 0; i < windows[k]->bytes(); ++i) {
        ASSERT_EQ(windows[k]->address()[i], std::byte{0});
      }
      std::memset(windows[k]->address(), static_cast<int>(16 * k) + comm.rank(), (k + 1) * 1000);
    }
    const std::vector<int32_t> group = all_of(comm.size());
    for (size_t k = 5; k-- > 0;) {
      const int32_t root = comm.size() - 1;
      EXPECT_STATUS_OK(comm.broadcast(group, root, *windows[k], {0, (k + 1) * 1000}));
      for (size_t i = 0; i < windows[k]->bytes(); ++i) {
        ASSERT_EQ(windows[k]->address()[i],
                  static_cast<std::byte>(16 * k + static_cast<size_t>(root)));
      }
    }
  });
}

TEST_P(Collectives, TwoRunsGiveTheSameBits) {
  std::vector<std::vector<float>> results(static_cast<size_t>(size()));
  for (int turn = 0; turn < 3; ++turn) {
    run([&](Communicator& comm) {
      auto window = window_of(comm, 20'000 * sizeof(float));
      fill(*window, comm.rank());
      EXPECT_STATUS_OK(comm.all_reduce(comm.world(), Element::kF32, *window, {0, window->bytes()}));
      std::vector<float>& result = results[static_cast<size_t>(comm.rank())];
      const std::vector<float> seen(floats(*window), floats(*window) + 20'000);
      if (turn == 0) result = seen;
      EXPECT_EQ(std::memcmp(result.data(), seen.data(), window->bytes()), 0);
    });
  }
  for (const auto& result : results) {
    EXPECT_EQ(std::memcmp(result.data(), results[0].data(), 20'000 * sizeof(float)), 0);
  }
}

RADDLE_ON_WORLDS(Collectives, 1, 2, 3, 5);

}  // namespace
}  // namespace raddle::comm::test
