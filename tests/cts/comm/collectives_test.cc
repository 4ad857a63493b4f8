// SPDX-License-Identifier: Apache-2.0
// What every transport must do: each collective against what one rank would work out by itself.
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "tests/cts/comm/worlds.h"

namespace raddle::comm::test {
namespace {

// Small integers have exact sums; these have not, so their order shows.
float value_of(int32_t rank, size_t i) {
  return std::sin(static_cast<float>(i) * 0.37F + static_cast<float>(rank) * 1.7F) *
         std::exp(static_cast<float>(rank % 3));
}
float* floats(const Window& window) { return reinterpret_cast<float*>(window.address()); }
void fill(const Window& window, int32_t rank) {
  for (size_t i = 0; i < window.bytes() / sizeof(float); ++i) floats(window)[i] = value_of(rank, i);
}
float sum_of(const std::vector<int32_t>& group, size_t i) {
  float sum = value_of(group.front(), i);
  for (size_t k = 1; k < group.size(); ++k) sum += value_of(group[k], i);
  return sum;
}
std::vector<int32_t> all(int32_t size) {
  std::vector<int32_t> ranks(static_cast<size_t>(size));
  std::iota(ranks.begin(), ranks.end(), 0);
  return ranks;
}
std::unique_ptr<Window> window_of(Communicator& comm, size_t count) {
  auto window = comm.make_window(count * sizeof(float));
  EXPECT_TRUE(window.is_ok()) << window.status().to_string();
  return std::move(*window);
}

class Collectives : public testing::TestWithParam<std::tuple<WorldKind, int32_t>> {
 protected:
  void run(const Body& body) const {
    const auto& [kind, size] = GetParam();
    run_ranks(kind.make(size), body);
  }
  int32_t size() const { return std::get<1>(GetParam()); }
};

TEST_P(Collectives, AllReduceSumsInTheOrderOfTheGroup) {
  for (const size_t count : {size_t{1}, size_t{15}, size_t{1000}, size_t{40'000}}) {
    run([&](Communicator& comm) {
      auto window = window_of(comm, count);
      std::vector<int32_t> group = all(comm.size());
      std::swap(group.front(), group.back());
      fill(*window, comm.rank());
      const Status status =
          comm.all_reduce(group, Element::kF32, *window, {0, count * sizeof(float)});
      ASSERT_TRUE(status.is_ok()) << status.to_string();
      for (size_t i = 0; i < count; ++i) ASSERT_EQ(floats(*window)[i], sum_of(group, i)) << i;
    });
  }
}

TEST_P(Collectives, UnevenPartsAreScatteredAndGathered) {
  constexpr size_t kCount = 30'000;
  run([&](Communicator& comm) {
    auto window = window_of(comm, kCount);
    const std::vector<int32_t> group = all(comm.size());
    std::vector<Range> parts;
    size_t at = 3;
    for (int32_t rank = 0; rank < comm.size(); ++rank) {
      const size_t count = rank == 1 ? 0 : 1000 * (static_cast<size_t>(rank) + 1) + 1;
      parts.push_back({at * sizeof(float), (at + count) * sizeof(float)});
      at += count + 2;
    }
    fill(*window, comm.rank());
    ASSERT_TRUE(comm.reduce_scatter(group, Element::kF32, *window, parts).is_ok());
    for (int32_t rank = 0; rank < comm.size(); ++rank) {
      const Range part = parts[static_cast<size_t>(rank)];
      for (size_t i = part.begin / 4; i < part.end / 4; ++i) {
        const float expected = rank == comm.rank() ? sum_of(group, i) : value_of(comm.rank(), i);
        ASSERT_EQ(floats(*window)[i], expected) << rank << " " << i;
      }
    }
    ASSERT_TRUE(comm.all_gather(group, *window, parts).is_ok());
    for (const Range part : parts) {
      for (size_t i = part.begin / 4; i < part.end / 4; ++i) {
        ASSERT_EQ(floats(*window)[i], sum_of(group, i)) << i;
      }
    }
    EXPECT_EQ(floats(*window)[0], value_of(comm.rank(), 0));
  });
}

INSTANTIATE_TEST_SUITE_P(Worlds, Collectives,
                         testing::Combine(testing::ValuesIn(world_kinds()),
                                          testing::Values(1, 2, 3, 5)),
                         [](const auto& which) {
                           return std::string(std::get<0>(which.param).name) + "_" +
                                  std::to_string(std::get<1>(which.param));
                         });

}  // namespace
}  // namespace raddle::comm::test
