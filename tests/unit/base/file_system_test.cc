// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>

#include "tests/support/faulty_file_system.h"
#include "tests/support/temp_dir.h"

namespace raddle {
namespace {

using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Status write_plainly(const std::string& path, std::string_view text) {
  RADDLE_ASSIGN_OR_RETURN(const auto file, posix_file_system().create(path));
  RADDLE_RETURN_IF_ERROR(file->append(text.data(), text.size()));
  RADDLE_RETURN_IF_ERROR(file->sync());
  return file->close();
}

TEST(FileSystem, WritesAppendsAndReads) {
  TempDir dir;
  FileSystem& fs = posix_file_system();
  auto file = fs.create(dir / "a");
  ASSERT_TRUE(file.is_ok());
  const std::string zeros("x\0y\n", 4);
  ASSERT_TRUE((*file)->append(zeros.data(), 4).is_ok());
  ASSERT_TRUE((*file)->append("", 0).is_ok());
  ASSERT_TRUE((*file)->append("end", 3).is_ok());
  ASSERT_TRUE((*file)->sync().is_ok());
  ASSERT_TRUE((*file)->close().is_ok());
  EXPECT_TRUE((*file)->close().is_ok()) << "closing twice is harmless";
  EXPECT_EQ(*fs.read_all(dir / "a"), zeros + "end");
  EXPECT_EQ(*fs.file_bytes(dir / "a"), 7u);
  ASSERT_TRUE(write_plainly(dir / "a", "short").is_ok());
  EXPECT_EQ(*fs.read_all(dir / "a"), "short") << "create() begins anew";
}

TEST(FileSystem, ListsNamesInOrder) {
  TempDir dir;
  FileSystem& fs = posix_file_system();
  for (const char* name : {"b", "a", ".hidden", "B"}) {
    ASSERT_TRUE(write_plainly(dir / name, "").is_ok());
  }
  ASSERT_TRUE(fs.create_directories(dir / "d/e/f").is_ok());
  EXPECT_TRUE(fs.create_directories(dir / "d/e/f").is_ok()) << "it may be there";
  EXPECT_THAT(*fs.list(dir.path()), ElementsAre(".hidden", "B", "a", "b", "d"));
  EXPECT_THAT(*fs.list(dir / "d/e/f"), IsEmpty());
}

TEST(FileSystem, RenamesReplacesAndRemoves) {
  TempDir dir;
  FileSystem& fs = posix_file_system();
  ASSERT_TRUE(write_plainly(dir / "old", "old").is_ok());
  ASSERT_TRUE(write_plainly(dir / "new", "new").is_ok());
  ASSERT_TRUE(fs.rename(dir / "new", dir / "old").is_ok());
  EXPECT_EQ(*fs.read_all(dir / "old"), "new");
  EXPECT_FALSE(*fs.exists(dir / "new"));
  ASSERT_TRUE(fs.create_directories(dir / "d/e").is_ok());
  ASSERT_TRUE(write_plainly(dir / "d/e/f", "x").is_ok());
  EXPECT_TRUE(fs.sync_directory(dir / "d").is_ok());
  ASSERT_TRUE(fs.remove_all(dir / "d").is_ok());
  EXPECT_FALSE(*fs.exists(dir / "d"));
  EXPECT_TRUE(fs.remove_all(dir / "d").is_ok()) << "nothing there is fine";
}

TEST(FileSystem, RefusalsHaveACodeAndNameThePath) {
  TempDir dir;
  FileSystem& fs = posix_file_system();
  const std::string none = dir / "none";
  const auto expect_not_found = [&](const Status& status) {
    EXPECT_EQ(status.code(), Code::kNotFound) << status.to_string();
    EXPECT_THAT(status.message(), HasSubstr(none));
  };
  expect_not_found(fs.read_all(none).status());
  expect_not_found(fs.file_bytes(none).status());
  expect_not_found(fs.list(none).status());
  expect_not_found(fs.rename(none, dir / "b"));
  expect_not_found(fs.sync_directory(none));
  expect_not_found(fs.free_bytes(none).status());
  expect_not_found(fs.create(none + "/below").status());
  expect_not_found(fs.open(none).status());
  EXPECT_EQ(fs.create(dir.path()).status().code(), Code::kIo) << "a directory is no file";
  EXPECT_THAT(fs.read_all(dir.path()).status().message(), HasSubstr("it is a directory"));
  ASSERT_TRUE(write_plainly(dir / "file", "x").is_ok());
  EXPECT_EQ(fs.create_directories(dir / "file/below").code(), Code::kIo);
}

TEST(FileSystem, AFullDiskIsResourceExhausted) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  auto file = posix_file_system().create("/dev/full");
  ASSERT_TRUE(file.is_ok()) << file.status().to_string();
  const Status status = (*file)->append("x", 1);
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("/dev/full"));
  EXPECT_THAT(status.message(), HasSubstr("free space"));
}

TEST(FileSystem, KnowsTheFreeSpace) {
  TempDir dir;
  const auto free = posix_file_system().free_bytes(dir.path());
  ASSERT_TRUE(free.is_ok());
  EXPECT_GT(free.value(), 0u);
}

TEST(WriteFileAtomically, ReplacesAndLeavesNothingBeside) {
  TempDir dir;
  ASSERT_TRUE(write_file_atomically(posix_file_system(), dir / "a", "one").is_ok());
  ASSERT_TRUE(write_file_atomically(posix_file_system(), dir / "a", "two").is_ok());
  EXPECT_EQ(test::read_file(dir / "a"), "two");
  EXPECT_THAT(*posix_file_system().list(dir.path()), ElementsAre("a"));
}

TEST(WriteFileAtomically, ACrashAnywhereLeavesTheOldOrTheNew) {
  for (const bool lose_names : {false, true}) {
    int64_t at = 0;
    for (bool done = false; !done; ++at) {
      SCOPED_TRACE(testing::Message() << "crash at operation " << at);
      TempDir dir;
      ASSERT_TRUE(write_plainly(dir / "a", "old text").is_ok());
      test::FaultyFileSystem fs;
      fs.crash_at = at;
      const Status status = write_file_atomically(fs, dir / "a", "the new text");
      done = fs.operations() <= at;
      EXPECT_EQ(status.is_ok(), done);
      // The driver undoes a rename, but does not bring back what the rename replaced.
      if (done || !lose_names) {
        fs.lose_unsynced(lose_names);
        const std::string found = test::read_file(dir / "a");
        EXPECT_TRUE(found == "the new text" || (found == "old text" && !done)) << found;
      }
    }
    EXPECT_EQ(at, 7) << "create, append, sync, close, rename, sync_directory, and none";
  }
}

TEST(ReadableFile, ReadsByPosition) {
  TempDir dir;
  ASSERT_TRUE(write_plainly(dir / "a", "some bytes").is_ok());
  auto file = posix_file_system().open(dir / "a");
  ASSERT_TRUE(file.is_ok()) << file.status().to_string();
  EXPECT_EQ((*file)->bytes(), 10u);
  EXPECT_EQ((*file)->path(), dir / "a");
  std::filesystem::remove(dir / "a");
  std::string text(5, ' ');
  ASSERT_TRUE((*file)->read_at(5, text.data(), 5).is_ok()) << "the file outlives the name";
  EXPECT_EQ(text, "bytes");
  EXPECT_THAT(posix_file_system().open(dir.path()).status().message(),
              HasSubstr("not a regular file"));
}

TEST(ReadableFile, ACutIsAnErrorThatNamesBothSizes) {
  TempDir dir;
  ASSERT_TRUE(write_plainly(dir / "a", "some bytes").is_ok());
  const auto file = posix_file_system().open(dir / "a").value();
  std::filesystem::resize_file(dir / "a", 3);
  std::string text(2, ' ');
  const Status status = file->read_at(8, text.data(), 2);
  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("ends at byte 3, but had 10 bytes"));
}

// Opening one waits for somebody to write to it, for ever.
TEST(FileSystem, APipeThatNobodyWritesToIsRefusedAtOnce) {
  const test::TempDir dir;
  const std::string path = dir / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const Status status = file_system().open(path).status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_NE(status.message().find("not a regular file"), std::string::npos) << status.message();
}

// /dev/zero never ends.
TEST(FileSystem, OnlyARegularFileIsReadWhole) {
  const test::TempDir dir;
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  std::filesystem::create_directory(dir / "directory");
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string socket_path = dir / "socket";
  ASSERT_LT(socket_path.size(), sizeof(address.sun_path));
  socket_path.copy(address.sun_path, socket_path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  std::filesystem::create_symlink(dir / "pipe", dir / "link");
  const std::pair<std::string, const char*> kinds[] = {
      {dir / "pipe", "a pipe"},  {dir / "link", "a pipe"},  {dir / "directory", "a directory"},
      {socket_path, "a socket"}, {"/dev/zero", "a device"}, {"/dev/null", "a device"}};
  for (const auto& [path, kind] : kinds) {
    for (const Status& status :
         {posix_file_system().read_all(path).status(), posix_file_system().open(path).status()}) {
      EXPECT_EQ(status.code(), Code::kInvalidArgument) << path;
      EXPECT_THAT(status.message(), HasSubstr(path));
      EXPECT_THAT(status.message(), HasSubstr(kind)) << path;
    }
  }
  ::close(fd);
}

}  // namespace
}  // namespace raddle
