// SPDX-License-Identifier: Apache-2.0
// A FileSystem over the real one that fails on demand: a disk of limited size, an operation that
// errs once, or a crash at a given operation, after which nothing more happens. A crash may be that
// of the process (what was written stays) or of the machine (what was not synced is torn or
// undone). Operations are counted from 0: create, each append, sync, close, rename, directory
// calls, removal.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/file_system.h"

namespace raddle::test {

class FaultyFileSystem final : public FileSystem {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  int64_t fail_at = kNever;     // this operation gives IO, once
  int64_t crash_at = kNever;    // this one happens in part, later ones not at all
  int64_t disk_bytes = kNever;  // room for appended bytes
  int64_t reported_free = kNever;

  int64_t operations() const { return operations_; }

  StatusOr<std::unique_ptr<WritableFile>> create(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override {
    RADDLE_RETURN_IF_ERROR(next("rename"));
    RADDLE_RETURN_IF_ERROR(real_.rename(from, to));
    entries_.push_back({to, from});
    std::map<std::string, bool> moved;
    for (const auto& [path, unsynced] : unsynced_) {
      const bool below = path == from || path.starts_with(from + "/");
      moved[below ? to + path.substr(from.size()) : path] = unsynced;
    }
    unsynced_ = std::move(moved);
    return Status::ok();
  }
  Status sync_directory(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("sync_directory"));
    std::erase_if(entries_, [&](const Entry& e) {
      return std::filesystem::path(e.path).parent_path() == std::filesystem::path(path);
    });
    return real_.sync_directory(path);
  }
  Status create_directories(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("create_directories"));
    if (!real_.exists(path)) entries_.push_back({path, ""});
    return real_.create_directories(path);
  }
  Status remove_all(const std::string& path) override {
    RADDLE_RETURN_IF_ERROR(next("remove_all"));
    return real_.remove_all(path);
  }
  StatusOr<std::vector<std::string>> list(const std::string& path) override {
    return real_.list(path);
  }
  bool exists(const std::string& path) override { return real_.exists(path); }
  StatusOr<uint64_t> file_bytes(const std::string& path) override { return real_.file_bytes(path); }
  StatusOr<uint64_t> free_bytes(const std::string&) override {
    return static_cast<uint64_t>(reported_free);
  }
  StatusOr<std::string> read_all(const std::string& path) override { return real_.read_all(path); }

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
  struct Entry {
    std::string path, was;  // `was` is empty for a name that is new
  };

  // Counts an operation; an error when it should fail or the crash has come.
  Status next(const char* what) {
    const int64_t number = operations_++;
    if (number >= crash_at) return io_error("the machine is down ({})", what);
    if (number == fail_at) return io_error("injected failure of {}", what);
    return Status::ok();
  }

  FileSystem& real_ = posix_file_system();
  int64_t operations_ = 0;
  std::map<std::string, bool> unsynced_;  // files written: whether bytes are not synced yet
  std::vector<Entry> entries_;            // names that a directory sync has not fixed yet
};

class FaultyFile final : public WritableFile {
 public:
  FaultyFile(FaultyFileSystem* fs, std::string path, std::unique_ptr<WritableFile> real)
      : fs_(fs), path_(std::move(path)), real_(std::move(real)) {}

  Status append(const void* data, size_t bytes) override {
    const bool torn = fs_->operations_ == fs_->crash_at;
    const Status status = fs_->next("append");
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
  Status sync() override {
    RADDLE_RETURN_IF_ERROR(fs_->next("sync"));
    fs_->unsynced_[path_] = false;
    return real_->sync();
  }
  Status close() override {
    RADDLE_RETURN_IF_ERROR(fs_->next("close"));
    return real_->close();
  }

 private:
  FaultyFileSystem* fs_;
  std::string path_;
  std::unique_ptr<WritableFile> real_;
};

inline StatusOr<std::unique_ptr<WritableFile>> FaultyFileSystem::create(const std::string& path) {
  RADDLE_RETURN_IF_ERROR(next("create"));
  if (!real_.exists(path)) entries_.push_back({path, ""});
  RADDLE_ASSIGN_OR_RETURN(auto real, real_.create(path));
  unsynced_[path] = true;
  return std::unique_ptr<WritableFile>(std::make_unique<FaultyFile>(this, path, std::move(real)));
}

}  // namespace raddle::test
