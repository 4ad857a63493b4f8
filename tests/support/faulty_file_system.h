// SPDX-License-Identifier: Apache-2.0
// A FileSystem over the real one that fails on demand: a disk of limited size, calls that err, or a
// crash at a given call, after which nothing more happens. A crash may be that of the process (what
// was written stays) or of the machine (what was not synced is torn or undone). Every call counts,
// from 0: looks at names, opens, each read, each append, sync, close, rename, lock, removal. Syncs
// are noted and not done, which saves most of a test's time.
//
//   FaultyFileSystem fs;
//   fs.fail_at = 7;
//   fs.fail_errno = ENOSPC;
//   const UseFileSystem use(fs);  // also for what the library opens by itself
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/file_lock.h"
#include "runtime/base/file_system.h"

namespace raddle::test {

class FaultyFileSystem : public FileSystem {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  int64_t fail_at = kNever;     // this operation fails ...
  int64_t fail_count = 1;       // ... and so do those that follow it, this many in all
  int fail_errno = EIO;         // as the operating system would with this
  int64_t crash_at = kNever;    // this one happens in part, later ones not at all
  int64_t disk_bytes = kNever;  // room for appended bytes
  int64_t reported_free = kNever;

  int64_t operations() const { return operations_; }
  const std::vector<std::string>& history() const { return history_; }  // what they were

  StatusOr<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    return create_by(path, &FileSystem::create);
  }
  StatusOr<std::unique_ptr<WritableFile>> create_new(const std::string& path) override {
    return create_by(path, &FileSystem::create_new);
  }
  Status rename(const std::string& from, const std::string& to) override {
    RADDLE_RETURN_IF_ERROR(next("rename", from));
    RADDLE_RETURN_IF_ERROR(real_.rename(from, to));
    note_move(from, to);
    return Status::ok();
  }
  Status rename_new(const std::string& from, const std::string& to) override {
    RADDLE_RETURN_IF_ERROR(next("rename", from));
    RADDLE_RETURN_IF_ERROR(real_.rename_new(from, to));
    note_move(from, to);
    return Status::ok();
  }
  Status sync_directory(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("sync directory", path));
    std::erase_if(entries_, [&](const Entry& e) { return parent_directory(e.path) == path; });
    return Status::ok();
  }
  Status create_directories(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("create directory", path));
    if (!std::filesystem::exists(path)) entries_.push_back({path, ""});
    return real_.create_directories(path);
  }
  Status create_directory(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("create directory", path));
    RADDLE_RETURN_IF_ERROR(real_.create_directory(path));
    entries_.push_back({path, ""});
    return Status::ok();
  }
  Status remove_all(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("remove", path));
    return real_.remove_all(path);
  }
  StatusOr<std::vector<std::string>> list(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("list", path));
    return real_.list(path);
  }
  StatusOr<FileInfo> info(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("look at", path));
    return real_.info(path);
  }
  StatusOr<uint64_t> free_bytes(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("statvfs", path));
    return static_cast<uint64_t>(reported_free);
  }
  StatusOr<std::unique_ptr<ReadableFile>> open(const std::string& path) override;
  StatusOr<std::string> read_all(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("read", path));
    return real_.read_all(path);
  }
  StatusOr<FileLock> lock(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("lock", path));
    return real_.lock(path);
  }

  // What a power cut leaves: files that were not synced lose their second half. Names that were not
  // synced may have reached the disk or not: with `names`, they go back to what they were.
  void lose_unsynced(bool names) {
    std::error_code ignored;
    for (const auto& [path, unsynced] : unsynced_) {
      if (!unsynced || !std::filesystem::exists(path)) continue;
      std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2, ignored);
    }
    if (!names) return;
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
      if (entry->was.empty()) {
        std::filesystem::remove_all(entry->path, ignored);
      } else {
        std::filesystem::rename(entry->path, entry->was, ignored);
      }
    }
  }

 private:
  friend class FaultyFile;
  friend class FaultyReadableFile;
  struct Entry {
    std::string path, was;  // `was` is empty for a name that is new
  };

  using Create = StatusOr<std::unique_ptr<WritableFile>> (FileSystem::*)(const std::string&);
  StatusOr<std::unique_ptr<WritableFile>> create_by(const std::string& path, Create make);

  void note_move(const std::string& from, const std::string& to) {
    entries_.push_back({to, from});
    std::map<std::string, bool> moved;
    for (const auto& [path, unsynced] : unsynced_) {
      const bool below = path == from || path.starts_with(from + "/");
      moved[below ? to + path.substr(from.size()) : path] = unsynced;
    }
    unsynced_ = std::move(moved);
  }

  // Counts an operation; an error when it should fail or the crash has come.
  Status next(const char* what, const std::string& path) {
    const int64_t number = operations_++;
    history_.push_back(fmt::format("{} {}", what, path));
    if (number >= crash_at) return io_error("the machine is down ({})", what);
    if (number < fail_at || number - fail_at >= fail_count) return Status::ok();
    return errno_status(what, path, fail_errno).with_context("injected");
  }

  FileSystem& real_ = posix_file_system();
  int64_t operations_ = 0;
  std::vector<std::string> history_;
  std::map<std::string, bool> unsynced_;  // files written: whether bytes are not synced yet
  std::vector<Entry> entries_;            // names that a directory sync has not fixed yet
};

class FaultyFile final : public WritableFile {
 public:
  FaultyFile(FaultyFileSystem* fs, std::string path, std::unique_ptr<WritableFile> real)
      : fs_(fs), path_(std::move(path)), real_(std::move(real)) {}

  Status append(const void* data, size_t bytes) override {
    const bool torn = fs_->operations_ == fs_->crash_at;
    const Status status = fs_->next("write", path_);
    if (torn) RADDLE_RETURN_IF_ERROR(real_->append(data, bytes / 2));
    RADDLE_RETURN_IF_ERROR(status);
    fs_->unsynced_[path_] = true;
    const auto fits =
        static_cast<size_t>(std::min<uint64_t>(bytes, static_cast<uint64_t>(fs_->disk_bytes)));
    RADDLE_RETURN_IF_ERROR(real_->append(data, fits));
    fs_->disk_bytes -= static_cast<int64_t>(fits);
    if (fits < bytes) return resource_exhausted("cannot write {}: injected full disk", path_);
    return Status::ok();
  }
  Status rewrite(uint64_t offset, const void* data, size_t bytes) override {
    RADDLE_RETURN_IF_ERROR(fs_->next("write", path_));
    fs_->unsynced_[path_] = true;
    return real_->rewrite(offset, data, bytes);
  }
  Status sync() override {
    RADDLE_RETURN_IF_ERROR(fs_->next("sync", path_));
    fs_->unsynced_[path_] = false;
    return Status::ok();
  }
  Status close() override {
    RADDLE_RETURN_IF_ERROR(fs_->next("close", path_));
    return real_->close();
  }

 private:
  FaultyFileSystem* fs_;
  std::string path_;
  std::unique_ptr<WritableFile> real_;
};

class FaultyReadableFile final : public ReadableFile {
 public:
  FaultyReadableFile(FaultyFileSystem* fs, std::unique_ptr<ReadableFile> real)
      : fs_(fs), real_(std::move(real)) {}
  const std::string& path() const override { return real_->path(); }
  uint64_t bytes() const override { return real_->bytes(); }
  Status read_at(uint64_t offset, void* out, size_t bytes) const override {
    RADDLE_RETURN_IF_ERROR(fs_->next("read", path()));
    return real_->read_at(offset, out, bytes);
  }

 private:
  FaultyFileSystem* fs_;
  std::unique_ptr<ReadableFile> real_;
};

inline StatusOr<std::unique_ptr<WritableFile>> FaultyFileSystem::create_by(const std::string& path,
                                                                           Create make) {
  RADDLE_RETURN_IF_ERROR(next("create", path));
  if (!std::filesystem::exists(path)) entries_.push_back({path, ""});
  RADDLE_ASSIGN_OR_RETURN(auto real, (real_.*make)(path));
  unsynced_[path] = true;
  return std::unique_ptr<WritableFile>(std::make_unique<FaultyFile>(this, path, std::move(real)));
}

inline StatusOr<std::unique_ptr<ReadableFile>> FaultyFileSystem::open(const std::string& path) {
  RADDLE_RETURN_IF_ERROR(next("open", path));
  RADDLE_ASSIGN_OR_RETURN(auto real, real_.open(path));
  return std::unique_ptr<ReadableFile>(std::make_unique<FaultyReadableFile>(this, std::move(real)));
}

// Puts a file system in the place of the operating system's, for all of the library.
class UseFileSystem {
 public:
  explicit UseFileSystem(FileSystem& fs) { replace_file_system(&fs); }
  ~UseFileSystem() { replace_file_system(nullptr); }
  UseFileSystem(const UseFileSystem&) = delete;
  UseFileSystem& operator=(const UseFileSystem&) = delete;
};

}  // namespace raddle::test
