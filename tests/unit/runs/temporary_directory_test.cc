// SPDX-License-Identifier: Apache-2.0
#include "runtime/runs/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "runtime/base/file_system.h"
#include "tests/support/temp_dir.h"

namespace raddle::runs {
namespace {

using ::testing::UnorderedElementsAre;

class TemporaryDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(setenv("TMPDIR", base_.path().c_str(), 1), 0); }
  void TearDown() override { unsetenv("TMPDIR"); }
  std::vector<std::string> names() const { return *posix_file_system().list(base_.path()); }
  // In a process that is killed while it has one with a file in it.
  void make_and_die() const {
    const pid_t child = fork();
    if (child == 0) {
      const auto made = TemporaryDirectory::create();
      if (made.is_ok()) test::write_file(made->path() + "/tokens", "half a shard");
      kill(getpid(), SIGKILL);
    }
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
  }
  static std::string name_of(const TemporaryDirectory& made) {
    return std::filesystem::path(made.path()).filename();
  }
  const test::TempDir base_;
};

TEST_F(TemporaryDirectoryTest, GoesWithTheObject) {
  {
    TemporaryDirectory first = TemporaryDirectory::create().value();
    test::write_file(first.path() + "/tokens", "a shard");
    const TemporaryDirectory moved = std::move(first);
    EXPECT_EQ(names().size(), 1u);
  }
  EXPECT_TRUE(names().empty());
}

TEST_F(TemporaryDirectoryTest, ThatOfTheDeadGoesWithTheNextOneAndThatOfTheLivingStays) {
  const TemporaryDirectory living = TemporaryDirectory::create().value();
  make_and_die();
  make_and_die();
  EXPECT_EQ(names().size(), 2u) << "the second one removed the first one's";
  const TemporaryDirectory mine = TemporaryDirectory::create().value();
  EXPECT_THAT(names(), UnorderedElementsAre(name_of(living), name_of(mine)));
}

// Whatever has such a name in a place that all may write to.
TEST_F(TemporaryDirectoryTest, NothingElseIsTouched) {
  std::filesystem::create_directory(base_ / "raddle-abcdef");  // without a lock
  test::write_file(base_ / "raddle-aaaaaa", "a file");
  std::filesystem::create_directory(base_ / "raddle-work");
  std::filesystem::create_directory(base_ / "elsewhere");
  test::write_file(base_ / "elsewhere/owner.lock", "text");
  std::filesystem::create_symlink(base_ / "elsewhere", base_ / "raddle-bbbbbb");
  std::filesystem::create_directory(base_ / "raddle-cccccc");  // that others may write to
  ASSERT_EQ(chmod((base_ / "raddle-cccccc").c_str(), 0777), 0);
  test::write_file(base_ / "raddle-cccccc/owner.lock", "text");
  const auto before = names();
  { const TemporaryDirectory mine = TemporaryDirectory::create().value(); }
  EXPECT_EQ(names(), before);
  EXPECT_EQ(test::read_file(base_ / "elsewhere/owner.lock"), "text");
}

}  // namespace
}  // namespace raddle::runs
