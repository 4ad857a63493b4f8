// SPDX-License-Identifier: Apache-2.0
// What ranks save of the state that they share is read by any number of others, bit for bit.
#include <gtest/gtest.h>

#include "checkpoint/parts.h"
#include "runtime/base/bf16.h"
#include "runtime/session/weights.h"
#include "tests/support/shared_state.h"
#include "tests/support/temp_dir.h"

namespace raddle::session {
namespace {

using exec::Role;
using test::SharedState;

constexpr Role kSaved[] = {Role::kMaster, Role::kMoment1, Role::kMoment2};
constexpr int64_t kStep = 3;

// Every rank its part, and one of them the whole.
Status save(SharedState& state, const std::string& root) {
  FileSystem& fs = posix_file_system();
  const auto tensors = checkpoint_tensors(state.store(0));
  RADDLE_ASSIGN_OR_RETURN(
      const checkpoint::Attempt attempt,
      checkpoint::begin_write(fs, root, kStep, static_cast<int64_t>(state.ranks()), tensors));
  std::vector<checkpoint::PartRecord> records;
  for (size_t rank = 0; rank < state.ranks(); ++rank) {
    exec::HostTensors host(state.store(rank));
    RADDLE_ASSIGN_OR_RETURN(const auto slices, checkpoint_slices(host, state.store(rank)));
    RADDLE_ASSIGN_OR_RETURN(
        checkpoint::PartRecord record,
        checkpoint::write_part(fs, attempt, static_cast<int64_t>(rank), slices));
    records.push_back(std::move(record));
  }
  return checkpoint::commit(fs, attempt, tensors, records, {});
}

// Fills what is here with numbers that no state has.
void spoil(SharedState& state) {
  for (size_t rank = 0; rank < state.ranks(); ++rank) {
    exec::StateStore& store = state.store(rank);
    for (const Role role : kSaved) {
      for (int32_t p = 0; p < state.parameters(); ++p) {
        if (store.has(p, role)) std::ranges::fill(store.values(p, role), -77.0f);
      }
    }
  }
}

void expect_same(SharedState& actual, SharedState& expected) {
  for (const Role role : kSaved) {
    for (int32_t p = 0; p < expected.parameters(); ++p) {
      if (!expected.store(0).has(p, role)) continue;
      const std::vector<float> a = actual.whole(p, role), b = expected.whole(p, role);
      ASSERT_EQ(a.size(), b.size());
      ASSERT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0)
          << plan::role_name(role) << " of parameter " << p;
    }
  }
}

// Weights that all ranks have are the same on each.
void expect_masters_alike(SharedState& state) {
  for (int32_t p = 0; p < state.parameters(); ++p) {
    const auto first = state.store(0).values(p, Role::kMaster);
    for (size_t rank = 1; rank < state.ranks(); ++rank) {
      EXPECT_TRUE(std::ranges::equal(state.store(rank).values(p, Role::kMaster), first));
    }
  }
}

TEST(SharedCheckpoint, IsReadByAnyNumberOfRanks) {
  SharedState expected(1);
  for (int t = 1; t <= 2; ++t) expected.update(t);
  for (const int64_t writers : {3, 1, 2}) {
    const test::TempDir root;
    SharedState written(writers, {.shard_gradients = writers == 2});
    for (int t = 1; t <= 2; ++t) written.update(t);
    const Status saved = save(written, root.path());
    ASSERT_TRUE(saved.is_ok()) << saved.to_string();
    for (const int64_t readers : {2, 1, 3}) {
      SharedState read(readers, {.compute_copies = readers == 2});
      spoil(read);
      for (size_t rank = 0; rank < read.ranks(); ++rank) {
        const Status status = read_checkpoint(checkpoint::checkpoint_path(root.path(), kStep), {},
                                              read.store(rank), nullptr);
        ASSERT_TRUE(status.is_ok()) << status.to_string();
      }
      expect_same(read, expected);
      expect_masters_alike(read);
      // And they go on as one.
      if (writers != 3) continue;
      SharedState going_on(1);
      for (int t = 1; t <= 3; ++t) going_on.update(t);
      read.update(3);
      expect_same(read, going_on);
    }
  }
}

// A rank writes its elements and no others: all together are no more than one state.
TEST(SharedCheckpoint, EveryElementIsWrittenOnce) {
  SharedState one(1), three(3);
  const auto elements = [](SharedState& state) {
    int64_t count = 0;
    for (size_t rank = 0; rank < state.ranks(); ++rank) {
      exec::HostTensors host(state.store(rank));
      for (const auto& slice : checkpoint_slices(host, state.store(rank)).value()) {
        count += slice.range.count();
      }
    }
    return count;
  };
  constexpr int64_t kTrained = 410900, kFrozen = 80700;
  EXPECT_EQ(elements(one), 3 * kTrained + kFrozen);
  EXPECT_EQ(elements(three), 3 * kTrained + kFrozen);
}

// Copies in BF16 are no tensors of a checkpoint; whoever reads one has those of its masters.
TEST(SharedCheckpoint, CopiesAreNotSavedAndFollowWhatIsRead) {
  const test::TempDir root;
  SharedState written(1, {.compute_copies = true}), plain(1);
  EXPECT_EQ(checkpoint_tensors(written.store(0)), checkpoint_tensors(plain.store(0)));
  written.update(1);
  ASSERT_TRUE(save(written, root.path()).is_ok());
  SharedState read(2, {.compute_copies = true});
  spoil(read);
  exec::StateStore& store = read.store(1);
  ASSERT_TRUE(
      read_checkpoint(checkpoint::checkpoint_path(root.path(), kStep), {}, store, nullptr).is_ok());
  for (int32_t p = 0; p < read.parameters(); ++p) {
    const auto masters = std::as_const(store).values(p, Role::kMaster);
    const auto* copy = reinterpret_cast<const uint16_t*>(store.address(p, Role::kCompute));
    for (size_t i = 0; i < masters.size(); ++i) ASSERT_EQ(copy[i], f32_to_bf16(masters[i]));
  }
}

}  // namespace
}  // namespace raddle::session
