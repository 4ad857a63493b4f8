// SPDX-License-Identifier: Apache-2.0
// The disk behind an interface, so that tests can fill it, tear writes and flip bits. Everything
// that writes state goes through it; everything that only maps large read-only files uses
// MappedFile.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/status.h"

namespace raddle {

// A file being written. Data is durable only after sync(); dropped unsynced on destruction.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status append(const void* data, size_t bytes) = 0;
  virtual Status sync() = 0;   // fsync
  virtual Status close() = 0;  // reports errors that the destructor would lose
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual StatusOr<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // atomic
  virtual Status sync_directory(const std::string& path) = 0;
  virtual Status create_directories(const std::string& path) = 0;
  virtual Status remove_all(const std::string& path) = 0;
  virtual StatusOr<std::vector<std::string>> list(const std::string& path) = 0;  // names, sorted
  virtual bool exists(const std::string& path) = 0;
  virtual StatusOr<uint64_t> file_bytes(const std::string& path) = 0;
  virtual StatusOr<uint64_t> free_bytes(const std::string& path) = 0;
  virtual StatusOr<std::string> read_all(const std::string& path) = 0;
};

// The operating system's. A full disk is RESOURCE_EXHAUSTED; other refusals are IO or NOT_FOUND.
FileSystem& posix_file_system();

// Writes `text` to `path` by way of a temporary file, fsync and rename: a reader sees the old file
// or the new one, never a part.
Status write_file_atomically(FileSystem& fs, const std::string& path, std::string_view text);

// A read-only memory map of a whole file.
class MappedFile {
 public:
  static StatusOr<MappedFile> open(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  const std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  std::span<const std::byte> span() const { return {data_, bytes_}; }
  const std::string& path() const { return path_; }

 private:
  MappedFile() = default;
  const std::byte* data_ = nullptr;
  size_t bytes_ = 0;
  std::string path_;
};

}  // namespace raddle
