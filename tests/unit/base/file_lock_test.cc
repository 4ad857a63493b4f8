// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "runtime/base/file_system.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle {
namespace {

using test::TempDir;
using ::testing::HasSubstr;

TEST(FileLock, ASecondOneIsToldWhoHoldsIt) {
  TempDir dir;
  auto first = FileLock::acquire(dir / "a.lock");
  ASSERT_TRUE(first.is_ok()) << first.status().to_string();
  const Status second = FileLock::acquire(dir / "a.lock").status();
  EXPECT_EQ(second.code(), Code::kUnavailable);
  EXPECT_THAT(second.message(), HasSubstr(fmt::format("process {} on ", ::getpid())));
  EXPECT_THAT(second.message(), HasSubstr(" since 20"));
  EXPECT_THAT(second.message(), HasSubstr(dir.path()));
}

TEST(FileLock, AskingWhetherItIsHeldDisturbsNobody) {
  TempDir dir;
  EXPECT_FALSE(FileLock::is_held(dir / "a.lock"));
  {
    const auto lock = FileLock::acquire(dir / "a.lock");
    EXPECT_TRUE(FileLock::is_held(dir / "a.lock"));
    EXPECT_FALSE(FileLock::acquire(dir / "a.lock").is_ok()) << "asking gave the lock back";
  }
  EXPECT_FALSE(FileLock::is_held(dir / "a.lock"));
}

TEST(FileLock, GivenBackItIsFreeAndItsFileIsGone) {
  TempDir dir;
  {
    auto first = FileLock::acquire(dir / "a.lock");
    ASSERT_TRUE(first.is_ok());
    const FileLock moved = std::move(first).value();
    EXPECT_FALSE(FileLock::acquire(dir / "a.lock").is_ok());
  }
  EXPECT_TRUE(posix_file_system().list(dir.path())->empty());
  EXPECT_TRUE(FileLock::acquire(dir / "a.lock").is_ok());
}

// Runs `body` in a child process that holds `path`, and returns once it does.
pid_t holder(const std::string& path, void (*body)()) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FileLock::acquire(path);
    const char word = lock.is_ok() ? 'y' : 'n';
    if (write(ends[1], &word, 1) == 1) body();
    _exit(0);
  }
  char word = 0;
  EXPECT_EQ(read(ends[0], &word, 1), 1);
  EXPECT_EQ(word, 'y');
  close(ends[0]);
  close(ends[1]);
  return child;
}

void kill_and_reap(pid_t child) {
  EXPECT_EQ(kill(child, SIGKILL), 0);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

void wait_for_ever() {
  while (true) pause();
}

TEST(FileLock, EndsWithAHolderThatIsKilled) {
  TempDir dir;
  const pid_t child = holder(dir / "a.lock", &wait_for_ever);
  const Status held = FileLock::acquire(dir / "a.lock").status();
  EXPECT_THAT(held.message(), HasSubstr(fmt::format("process {} on ", child)));
  kill_and_reap(child);
  EXPECT_TRUE(FileLock::acquire(dir / "a.lock").is_ok());
}

TEST(FileLock, WhatTheDeadHeldIsAdoptedAndNothingElse) {
  TempDir dir;
  EXPECT_FALSE(FileLock::adopt(dir / "a.lock").has_value());
  const pid_t child = holder(dir / "a.lock", &wait_for_ever);
  EXPECT_FALSE(FileLock::adopt(dir / "a.lock").has_value()) << "its holder lives";
  kill_and_reap(child);
  {
    const auto mine = FileLock::adopt(dir / "a.lock");
    ASSERT_TRUE(mine.has_value());
    EXPECT_FALSE(FileLock::adopt(dir / "a.lock").has_value());
    EXPECT_FALSE(FileLock::acquire(dir / "a.lock").is_ok());
  }
  EXPECT_TRUE(posix_file_system().list(dir.path())->empty()) << "it goes with the lock";
  // Nor is anything written or removed through a link, or a second name.
  test::write_file(dir / "precious", "text");
  std::filesystem::create_symlink(dir / "precious", dir / "link");
  std::filesystem::create_hard_link(dir / "precious", dir / "name");
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  for (const char* name : {"link", "name", "pipe", "."}) {
    EXPECT_FALSE(FileLock::adopt(dir / name).has_value()) << name;
  }
  EXPECT_EQ(test::read_file(dir / "precious"), "text");
  EXPECT_EQ(posix_file_system().list(dir.path())->size(), 4u);
}

TEST(FileLock, APipeInItsPlaceIsHeldByNobody) {
  TempDir dir;
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(FileLock::is_held(dir / "pipe"));
}

TEST(FileLock, AForkedChildHasNoPartInIt) {
  TempDir dir;
  std::optional<FileLock> mine = FileLock::acquire(dir / "a.lock").value();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    mine.reset();  // what a child destroys is not its parent's
    const char word = FileLock::acquire(dir / "a.lock").is_ok() ? 'y' : 'n';
    if (write(ends[1], &word, 1) == 1) wait_for_ever();
    _exit(0);
  }
  char word = 0;
  ASSERT_EQ(read(ends[0], &word, 1), 1);
  EXPECT_EQ(word, 'n') << "the parent holds it still";
  mine.reset();
  EXPECT_TRUE(FileLock::acquire(dir / "a.lock").is_ok()) << "the child holds it on";
  kill_and_reap(child);
}

TEST(FileLock, WaitingEndsWhenItIsFreeOrOnRequest) {
  TempDir dir;
  const pid_t child = holder(dir / "a.lock", [] { usleep(100'000); });
  EXPECT_TRUE(wait_for_lock(posix_file_system(), dir / "a.lock", nullptr).is_ok());
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  const auto mine = FileLock::acquire(dir / "a.lock");
  StopToken stop;
  stop.cancel();
  const Status status = wait_for_lock(posix_file_system(), dir / "a.lock", &stop).status();
  EXPECT_EQ(status.code(), Code::kCancelled);
}

TEST(FileLock, AFileSystemThatRefusesIsNotAFreeLock) {
  test::FaultyFileSystem fs;
  fs.fail_at = 0;
  TempDir dir;
  EXPECT_EQ(fs.lock(dir / "a.lock").status().code(), Code::kIo);
  EXPECT_FALSE(FileLock::acquire(dir / "none/a.lock").is_ok());
}

TEST(FileLock, AFileSystemWithoutLocksIsSaidAloud) {
  TempDir dir;
  const test::ExpectLog expect("this file system has no locks");
  const auto lock = FileLock::acquire(dir / "a.lock", [](int) {
    errno = ENOLCK;
    return -1;
  });
  EXPECT_TRUE(lock.is_ok()) << lock.status().to_string();
}

}  // namespace
}  // namespace raddle
