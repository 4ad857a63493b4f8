// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "runtime/base/random.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/checkpoint/sample.h"

namespace raddle::checkpoint {
namespace {

using test::ExpectLog;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<CheckpointInfo> infos(const std::vector<std::pair<int64_t, bool>>& entries) {
  std::vector<CheckpointInfo> all;
  for (const auto& [step, valid] : entries) {
    all.push_back({fmt::format("s{}", step), step, valid, valid ? "" : "damaged", 1});
  }
  return all;
}

TEST(Retention, KeepsTheLastAndTheMilestones) {
  const auto all = infos({{10, true}, {20, true}, {30, true}, {40, true}, {50, true}});
  EXPECT_THAT(retention(all, {2, 0}), ElementsAre("s10", "s20", "s30"));
  EXPECT_THAT(retention(all, {2, 20}), ElementsAre("s10", "s30"));
  EXPECT_THAT(retention(all, {9, 0}), IsEmpty());
  EXPECT_THAT(retention(all, {0, 20}), IsEmpty());
}

TEST(Retention, DamagedOnesDoNotCountAndGoWhenOld) {
  const auto all = infos({{10, true}, {20, true}, {30, false}, {40, true}, {50, false}});
  EXPECT_THAT(retention(all, {1, 0}), ElementsAre("s10", "s20", "s30"));
  EXPECT_THAT(retention(all, {2, 30}), ElementsAre("s10", "s30"));
  EXPECT_THAT(retention(infos({{10, false}, {20, false}}), {1, 0}), IsEmpty());
}

TEST(Retention, OneThatCannotBeReadNowStays) {
  auto all = infos({{10, false}, {20, false}, {30, true}, {40, true}});
  all[0].code = Code::kIo;
  EXPECT_THAT(retention(all, {1, 0}), ElementsAre("s20", "s30"));
  all[3].valid = false;
  all[3].code = Code::kIo;
  EXPECT_THAT(retention(all, {1, 0}), ElementsAre("s20"));
}

TEST(Retention, PropertiesHoldForAnyList) {
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    RandomStream random(1, seed);
    std::set<int64_t> steps;
    for (uint64_t n = random.below(12); n > 0; --n) {
      steps.insert(static_cast<int64_t>(random.below(40)));
    }
    std::vector<std::pair<int64_t, bool>> entries;
    for (int64_t step : steps) entries.push_back({step, random.below(3) != 0});
    const auto all = infos(entries);
    const RetentionPolicy policy{static_cast<int64_t>(random.below(4)),
                                 static_cast<int64_t>(random.below(3) * 5)};
    const auto doomed = retention(all, policy);
    const std::set<std::string> gone(doomed.begin(), doomed.end());
    EXPECT_EQ(gone.size(), doomed.size());
    std::vector<CheckpointInfo> rest;
    int64_t newest_valid = -1, valid_kept = 0, valid = 0;
    for (const CheckpointInfo& info : all) {
      const bool kept = !gone.contains(info.path);
      if (kept) rest.push_back(info);
      if (info.valid) {
        ++valid;
        valid_kept += kept ? 1 : 0;
        newest_valid = std::max(newest_valid, info.step);
        const bool milestone = policy.keep_every > 0 && info.step % policy.keep_every == 0;
        EXPECT_TRUE(kept || !milestone);
      }
    }
    for (const CheckpointInfo& info : all) {
      EXPECT_TRUE(info.step < newest_valid || !gone.contains(info.path)) << "seed " << seed;
    }
    EXPECT_GE(valid_kept, std::min(valid, std::max<int64_t>(policy.keep_last, 1)));
    EXPECT_THAT(retention(rest, policy), IsEmpty()) << "not settled after one pass";
  }
}

std::vector<std::string> names(const std::string& root) { return *posix_file_system().list(root); }

TEST(ApplyRetention, DeletesWhatIsDecidedAndNothingElse) {
  TempDir root;
  for (int64_t step : {10, 20, 30}) {
    ASSERT_TRUE(write_sample(posix_file_system(), root.path(), step).is_ok());
  }
  test::write_file(root / "notes.txt", "mine");
  const auto deleted = apply_retention(posix_file_system(), root.path(), {2, 0});
  ASSERT_TRUE(deleted.is_ok());
  EXPECT_THAT(*deleted, ElementsAre(root / "step-00000010"));
  EXPECT_THAT(names(root.path()), ElementsAre("notes.txt", "step-00000020", "step-00000030"));
}

TEST(ApplyRetention, ReadsTheNewestBeforeItGivesUpOthersForIt) {
  TempDir root;
  for (int64_t step : {10, 20, 30}) {
    ASSERT_TRUE(write_sample(posix_file_system(), root.path(), step).is_ok());
  }
  const std::string file = root / ("step-00000030/" + std::string(kSecondFile));
  std::string bytes = test::read_file(file);
  bytes.back() ^= 1;  // the size stays, so that only reading shows it
  test::write_file(file, bytes);
  ExpectLog expect("that of step 30 is damaged");
  ASSERT_TRUE(apply_retention(posix_file_system(), root.path(), {1, 0}).is_ok());
  EXPECT_THAT(names(root.path()), ElementsAre("step-00000020", "step-00000030"));
}

TEST(ApplyRetention, ACrashLeavesNoCheckpointInPieces) {
  for (int64_t at = 0; at < 4; ++at) {
    TempDir root;
    for (int64_t step : {10, 20}) {
      ASSERT_TRUE(write_sample(posix_file_system(), root.path(), step).is_ok());
    }
    test::FaultyFileSystem fs;
    fs.crash_at = at;
    EXPECT_EQ(apply_retention(fs, root.path(), {1, 0}).is_ok(), at >= 3);
    const auto left = list(root.path());
    for (const CheckpointInfo& info : *left) EXPECT_TRUE(info.valid) << info.reason;
    ASSERT_TRUE(write_sample(posix_file_system(), root.path(), 30).is_ok());
    for (const std::string& name : names(root.path())) EXPECT_NE(name.front(), '.') << name;
  }
}

}  // namespace
}  // namespace raddle::checkpoint
