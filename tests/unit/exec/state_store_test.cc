// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/state_store.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/device/cpu/worker_pool.h"
#include "runtime/exec/open_device.h"
#include "runtime/graph/autodiff.h"
#include "runtime/graph/builder.h"
#include "tests/support/small_graphs.h"

namespace raddle::exec {
namespace {

using graph::Init;

device::Device& cpu() {
  static const std::unique_ptr<device::Device> device = open_device({.threads = 2}).value();
  return *device;
}

// One parameter "table" and something that uses it.
StateStore store_of(int64_t rows, int64_t cols, Init init) {
  graph::Builder b;
  const auto ids = b.input("tokens", DType::kI32, {1});
  const auto table = b.parameter("table", {rows, cols}, init);
  b.op(graph::OpKind::kEmbedding, {table, ids});
  return StateStore::create(b.finish().value(), {.optimizer = true}, cpu()).value();
}

TEST(StateStore, BlocksStartAtDifferentPlacesInAPage) {
  StateStore store = store_of(300, 64, Init::normal(1));
  std::vector<uintptr_t> in_page;
  for (const Role role : {Role::kMaster, Role::kGradient, Role::kMoment1, Role::kMoment2}) {
    const auto address = reinterpret_cast<uintptr_t>(store.values(0, role).data());
    EXPECT_EQ(address % device::kBufferAlignment, 0u);
    in_page.push_back(address % 4096);
  }
  std::sort(in_page.begin(), in_page.end());
  EXPECT_EQ(std::adjacent_find(in_page.begin(), in_page.end()), in_page.end());
}

// A frozen parameter takes memory once; its neighbours keep values, gradients and moments of their
// own.
TEST(StateStore, FrozenParametersHaveValuesOnly) {
  const graph::Graph forward = test::small_graph();
  graph::AutodiffOptions options;
  options.frozen.assign(forward.parameters().size(), 0);
  const StateStore all =
      StateStore::create(graph::differentiate(forward, options).value(), {.optimizer = true}, cpu())
          .value();
  options.frozen[0] = options.frozen[2] = 1;
  StateStore store =
      StateStore::create(graph::differentiate(forward, options).value(), {.optimizer = true}, cpu())
          .value();
  const auto booked = [&](int32_t p) {
    return (all.values(p, Role::kMaster).size_bytes() + 63) / 64 * 64;
  };
  EXPECT_EQ(all.bytes() - store.bytes(), 3 * (booked(0) + booked(2)));
  const auto count = static_cast<int32_t>(forward.parameters().size());
  for (const Role role : {Role::kMaster, Role::kGradient, Role::kMoment1, Role::kMoment2}) {
    for (int32_t p = 0; p < count; ++p) {
      const bool frozen = p == 0 || p == 2;
      ASSERT_EQ(store.has(p, role), role == Role::kMaster || !frozen);
      if (store.has(p, role)) std::ranges::fill(store.values(p, role), static_cast<float>(p));
    }
    for (int32_t p = 0; p < count; ++p) {
      if (!store.has(p, role)) continue;
      const auto values = store.values(p, role);
      EXPECT_EQ(std::ranges::count(values, static_cast<float>(p)), std::ssize(values));
    }
  }
  EXPECT_EQ(store.slices(0.1f).size(), forward.parameters().size() - 2);
}

TEST(Initialize, IsTheSameForAnyThreadsAndClearsTheRest) {
  device::WorkerPool one(1), three(3);
  StateStore a = store_of(4099, 33, Init::normal(0.02)), b = store_of(4099, 33, Init::normal(0.02));
  for (const Role role : {Role::kGradient, Role::kMoment1, Role::kMoment2}) {
    std::ranges::fill(b.values(0, role), 7.0f);
  }
  ASSERT_TRUE(initialize(a, 5, one).is_ok());
  ASSERT_TRUE(initialize(b, 5, three).is_ok());
  EXPECT_TRUE(std::ranges::equal(a.values(0, Role::kMaster), b.values(0, Role::kMaster)));
  for (const Role role : {Role::kGradient, Role::kMoment1, Role::kMoment2}) {
    EXPECT_EQ(std::ranges::count(b.values(0, role), 0.0f), 4099 * 33);
  }
}

// A wide table starts as copies of the narrow one, also where the last copy is cut.
TEST(Initialize, APeriodicRowRepeatsTheNarrowOne) {
  constexpr int64_t kRows = 6001, kNarrow = 7, kWide = 17;  // pieces end inside rows
  device::WorkerPool pool(2);
  StateStore narrow = store_of(kRows, kNarrow, Init::normal(1));
  StateStore wide = store_of(kRows, kWide, Init::normal(1, kNarrow));
  ASSERT_TRUE(initialize(narrow, 9, pool).is_ok());
  ASSERT_TRUE(initialize(wide, 9, pool).is_ok());
  const auto base = narrow.values(0, Role::kMaster), copies = wide.values(0, Role::kMaster);
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t col = 0; col < kWide; ++col) {
      ASSERT_EQ(copies[static_cast<size_t>(row * kWide + col)],
                base[static_cast<size_t>(row * kNarrow + col % kNarrow)])
          << row << ", " << col;
    }
  }
}

}  // namespace
}  // namespace raddle::exec
