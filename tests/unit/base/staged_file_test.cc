// SPDX-License-Identifier: Apache-2.0
// Files that appear when they are whole, and small ones with their checksum beside them.
#include "runtime/base/staged_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/base/sealed_file.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/temp_dir.h"

namespace raddle {
namespace {

using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Status write_new(FileSystem& fs, const std::string& path, std::string_view text) {
  RADDLE_ASSIGN_OR_RETURN(StagedFile staged, StagedFile::create(fs, path, Existing::kKeep));
  RADDLE_RETURN_IF_ERROR(staged.file().append(text.data(), text.size()));
  return staged.publish();
}

TEST(StagedFile, KeepsWhateverHasTheNameAlready) {
  TempDir dir;
  FileSystem& fs = posix_file_system();
  ASSERT_TRUE(write_new(fs, dir / "a", "first").is_ok());
  const Status again = write_new(fs, dir / "a", "second");
  EXPECT_EQ(again.code(), Code::kAlreadyExists);
  EXPECT_THAT(again.message(), HasSubstr(dir / "a"));
  EXPECT_EQ(test::read_file(dir / "a"), "first");
  EXPECT_THAT(write_new(fs, dir.path(), "x").message(), HasSubstr("is a directory"));
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(write_new(fs, dir / "pipe", "x").message(), HasSubstr("a device or a pipe"));
  EXPECT_THAT(write_new(fs, "/dev/null", "x").message(), HasSubstr("a device or a pipe"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  std::filesystem::create_symlink(dir / "nowhere", dir / "link");
  EXPECT_FALSE(write_new(fs, dir / "link", "x").is_ok())
      << "a link that leads nowhere is there too";
  EXPECT_THAT(*fs.list(dir.path()), ElementsAre("a", "link", "pipe"));
}

TEST(StagedFile, KeepsWhatComesWhileItIsWritten) {
  TempDir dir;
  FileSystem& fs = posix_file_system();
  {
    auto staged = StagedFile::create(fs, dir / "a", Existing::kKeep);
    ASSERT_TRUE(staged.is_ok());
    test::write_file(dir / "a", "somebody else's");
    EXPECT_EQ(staged->publish().code(), Code::kAlreadyExists);
  }
  EXPECT_EQ(test::read_file(dir / "a"), "somebody else's");
  EXPECT_THAT(*fs.list(dir.path()), ElementsAre("a"));
}

TEST(StagedFile, TouchesNothingBesideItsName) {
  TempDir dir;
  for (const char* suffix : {".tmp", ".spill", ".saving", ".raddle-partial"}) {
    test::write_file(dir / ("a" + std::string(suffix)), "mine");
  }
  ASSERT_TRUE(write_new(posix_file_system(), dir / "a", "text").is_ok());
  ASSERT_TRUE(write_file_atomically(posix_file_system(), dir / "a", "text").is_ok());
  EXPECT_EQ(posix_file_system().list(dir.path())->size(), 5u);
  EXPECT_EQ(test::read_file(dir / "a.tmp"), "mine");
}

// In a process that is killed on the way.
void begin_and_die(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    auto staged = StagedFile::create(posix_file_system(), path, Existing::kKeep);
    kill(getpid(), SIGKILL);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
}

TEST(StagedFile, WhatAKilledWriterOfTheSameFileLeftGoes) {
  TempDir dir;
  FileSystem& fs = posix_file_system();
  begin_and_die(dir / "a");
  begin_and_die(dir / "ab");
  ASSERT_EQ(fs.list(dir.path())->size(), 2u);
  {
    auto living = StagedFile::create(fs, dir / "a", Existing::kKeep);
    ASSERT_TRUE(living.is_ok());
    EXPECT_EQ(fs.list(dir.path())->size(), 2u) << "the living one's, and that of ab";
    ASSERT_TRUE(write_new(fs, dir / "a", "text").is_ok());
    EXPECT_EQ(fs.list(dir.path())->size(), 3u) << "the living one's is not touched";
    // Closed, but not yet published: still in use.
    ASSERT_TRUE(living->file().close().is_ok());
    ASSERT_TRUE(remove_abandoned(fs, dir.path(), "a").is_ok());
    EXPECT_EQ(fs.list(dir.path())->size(), 2u);
  }
  EXPECT_THAT(*fs.list(dir.path()), ElementsAre("a"));
}

TEST(StagedFile, AnyFailureLeavesNoPart) {
  int64_t at = 0;
  for (bool done = false; !done; ++at) {
    TempDir dir;
    test::FaultyFileSystem fs;
    fs.fail_at = at;
    const Status status = write_new(fs, dir / "a", "text");
    done = fs.operations() <= at;
    // Looking for what others left may fail.
    const bool needless = !done && fs.history()[static_cast<size_t>(at)].starts_with("list");
    EXPECT_EQ(status.is_ok(), done || needless);
    const auto names = *posix_file_system().list(dir.path());
    const bool synced_last = fs.history().back().starts_with("sync directory");
    EXPECT_EQ(names.size(), done || needless || synced_last ? 1u : 0u) << fs.history().back();
  }
  EXPECT_GT(at, 6);
}

TEST(StagedFile, WhatAKilledWriterLeftGoesAndNothingElse) {
  TempDir dir;
  test::write_file(temporary_name(dir / "a"), "part");
  test::write_file(temporary_name(dir / "ab"), "of another file");
  test::write_file(dir / "a.tmp", "mine");
  ASSERT_TRUE(remove_stale(posix_file_system(), dir.path(), "a.").is_ok());
  EXPECT_EQ(posix_file_system().list(dir.path())->size(), 2u);
  EXPECT_EQ(test::read_file(dir / "a.tmp"), "mine");
}

TEST(SealedFile, AFlipAnywhereIsNoticed) {
  TempDir dir;
  FileSystem& fs = posix_file_system();
  const std::string text = "steps = 3\n";
  ASSERT_TRUE(write_sealed(fs, dir / "a", text).is_ok());
  EXPECT_EQ(*read_sealed(fs, dir / "a"), text);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    test::write_file(dir / "a", flipped);
    const Status status = read_sealed(fs, dir / "a").status();
    EXPECT_EQ(status.code(), Code::kDataLoss) << i;
    EXPECT_THAT(status.message(), HasSubstr("remove " + (dir / "a.xxh3")));
  }
  std::filesystem::remove(dir / "a.xxh3");
  EXPECT_TRUE(read_sealed(fs, dir / "a").is_ok()) << "a file of the user's has no checksum";
}

TEST(SealedFile, ACrashAnywhereGivesNoFalseAlarm) {
  int64_t at = 0;
  for (bool done = false; !done; ++at) {
    TempDir dir;
    ASSERT_TRUE(write_sealed(posix_file_system(), dir / "a", "old").is_ok());
    test::FaultyFileSystem fs;
    fs.crash_at = at;
    done = write_sealed(fs, dir / "a", "new").is_ok();
    const auto text = read_sealed(posix_file_system(), dir / "a");
    ASSERT_TRUE(text.is_ok()) << text.status().to_string();
    EXPECT_TRUE(*text == "new" || (*text == "old" && !done));
  }
}

}  // namespace
}  // namespace raddle
