// SPDX-License-Identifier: Apache-2.0
// The disk behind an interface, so that tests can fill it, tear writes and fail any single call.
// Everything that the library reads or writes goes through it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace raddle {

// A file being written. Data is durable only after sync(); dropped unsynced on destruction.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status append(const void* data, size_t bytes) = 0;
  // Over bytes that were appended before; what is appended next still goes to the end.
  virtual Status rewrite(uint64_t offset, const void* data, size_t bytes) = 0;
  virtual Status sync() = 0;   // fsync
  virtual Status close() = 0;  // reports errors that the destructor would lose
};

// A file being read, by position: from several threads if need be. Unlike with a map, a file that
// is cut or a disk that fails while it is in use is a Status.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  virtual const std::string& path() const = 0;
  virtual uint64_t bytes() const = 0;  // when it was opened
  // All of these bytes. DATA_LOSS where the file ends before: it was cut after it was opened.
  virtual Status read_at(uint64_t offset, void* out, size_t bytes) const = 0;
};

struct FileInfo {
  enum class Kind { kNone, kFile, kDirectory, kOther };
  Kind kind = Kind::kNone;  // kNone: nothing has that name
  uint64_t bytes = 0;
  int64_t modified_ns = 0;  // since the epoch
  uint64_t device = 0, inode = 0;
};

class FileLock;

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual StatusOr<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;
  // ALREADY_EXISTS where create() would empty what is there. The file is locked until the object
  // goes: whoever finds it unlocked may take it for what a dead process left (remove_abandoned()).
  virtual StatusOr<std::unique_ptr<WritableFile>> create_new(const std::string& path) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // atomic
  // ALREADY_EXISTS where rename() would replace what is there.
  virtual Status rename_new(const std::string& from, const std::string& to) = 0;
  virtual Status sync_directory(const std::string& path) = 0;
  virtual Status create_directories(const std::string& path) = 0;
  virtual Status create_directory(const std::string& path) = 0;  // NOT_FOUND without its parent
  virtual Status remove_all(const std::string& path) = 0;
  virtual StatusOr<std::vector<std::string>> list(const std::string& path) = 0;  // names, sorted
  // What a name leads to, links followed. An error is that nobody can tell, never that it is not
  // there.
  virtual StatusOr<FileInfo> info(const std::string& path) = 0;
  virtual StatusOr<uint64_t> free_bytes(const std::string& path) = 0;
  virtual StatusOr<std::unique_ptr<ReadableFile>> open(const std::string& path) = 0;
  // INVALID_ARGUMENT for all but a regular file: what a pipe or a device gives need never end.
  virtual StatusOr<std::string> read_all(const std::string& path) = 0;
  virtual StatusOr<FileLock> lock(const std::string& path) = 0;  // FileLock::acquire()

  StatusOr<bool> exists(const std::string& path);
  // The same for a file that is read whole: a pipe would never end, so it is an error.
  StatusOr<bool> has_file(const std::string& path);
  StatusOr<uint64_t> file_bytes(const std::string& path);  // NOT_FOUND when it is not there
};

// The operating system's. A full disk or table of open files is RESOURCE_EXHAUSTED; other refusals
// are IO or NOT_FOUND.
FileSystem& posix_file_system();

// The one that the library uses: the operating system's, unless a test put another in its place.
FileSystem& file_system();
void replace_file_system(FileSystem* fs);  // null: the operating system's again

// What the operating system refused, with the code that fits and what to do.
Status errno_status(const char* operation, const std::string& path, int error);

// The directory that holds `path`, as a path: "." for a plain name, trailing slashes aside.
std::string parent_directory(const std::string& path);

// create_directories(), with every name on the way durable.
Status create_directories_durably(FileSystem& fs, const std::string& path);

// A name beside `path` that no other writer has, not even one on another machine.
std::string temporary_name(const std::string& path);
inline constexpr std::string_view kTemporarySuffix = ".raddle-tmp";  // how all of them end

// Writes `text` to `path` by way of a temporary file of its own, fsync and rename: a reader sees
// the old file or the new one, never a part. Nothing else beside `path` is touched.
Status write_file_atomically(FileSystem& fs, const std::string& path, std::string_view text);

}  // namespace raddle
