// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/file_system.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "runtime/base/file_lock.h"
#include "runtime/base/staged_file.h"

namespace raddle {
namespace {

namespace stdfs = std::filesystem;

class PosixFile final : public WritableFile {
 public:
  // `lock_fd`: another one of the same file, which keeps its lock until this object goes, closed
  // or not; -1: none.
  PosixFile(int fd, std::string path, int lock_fd = -1)
      : fd_(fd), lock_fd_(lock_fd), path_(std::move(path)) {}
  ~PosixFile() override {
    if (fd_ >= 0) ::close(fd_);
    if (lock_fd_ >= 0) ::close(lock_fd_);
  }
  Status append(const void* data, size_t bytes) override {
    const char* next = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t written = ::write(fd_, next, bytes);
      if (written < 0) {
        if (errno == EINTR) continue;
        return errno_status("write", path_, errno);
      }
      next += written;
      bytes -= static_cast<size_t>(written);
    }
    return Status::ok();
  }
  Status rewrite(uint64_t offset, const void* data, size_t bytes) override {
    const char* next = static_cast<const char*>(data);
    while (bytes > 0) {
      const ssize_t written = ::pwrite(fd_, next, bytes, static_cast<off_t>(offset));
      if (written < 0) {
        if (errno == EINTR) continue;
        return errno_status("write", path_, errno);
      }
      next += written;
      offset += static_cast<uint64_t>(written);
      bytes -= static_cast<size_t>(written);
    }
    return Status::ok();
  }
  Status sync() override {
    return ::fsync(fd_) == 0 ? Status::ok() : errno_status("sync", path_, errno);
  }
  Status close() override {
    const int fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0 ? Status::ok() : errno_status("close", path_, errno);
  }

 private:
  int fd_, lock_fd_;
  std::string path_;
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(int fd, std::string path, uint64_t bytes)
      : fd_(fd), path_(std::move(path)), bytes_(bytes) {}
  ~PosixReadableFile() override { ::close(fd_); }
  const std::string& path() const override { return path_; }
  uint64_t bytes() const override { return bytes_; }
  Status read_at(uint64_t offset, void* out, size_t bytes) const override {
    char* next = static_cast<char*>(out);
    while (bytes > 0) {
      const ssize_t read = ::pread(fd_, next, bytes, static_cast<off_t>(offset));
      if (read < 0) {
        if (errno == EINTR) continue;
        return errno_status("read", path_, errno);
      }
      if (read == 0) {
        struct stat now;
        if (::fstat(fd_, &now) != 0) return errno_status("stat", path_, errno);
        return data_loss(
            "{}: the file ends at byte {}, but had {} bytes when it was opened: it was cut while "
            "it was in use; make it again or bring it back",
            path_, now.st_size, bytes_);
      }
      next += read;
      offset += static_cast<uint64_t>(read);
      bytes -= static_cast<size_t>(read);
    }
    return Status::ok();
  }

 private:
  int fd_;
  std::string path_;
  uint64_t bytes_;
};

FileInfo info_of(const struct stat& from) {
  FileInfo info;
  info.kind = S_ISREG(from.st_mode)   ? FileInfo::Kind::kFile
              : S_ISDIR(from.st_mode) ? FileInfo::Kind::kDirectory
                                      : FileInfo::Kind::kOther;
  info.bytes = static_cast<uint64_t>(from.st_size);
  info.modified_ns = int64_t{from.st_mtim.tv_sec} * 1'000'000'000 + from.st_mtim.tv_nsec;
  info.device = from.st_dev;
  info.inode = from.st_ino;
  return info;
}

std::string_view name_of_kind(mode_t mode) {
  return S_ISDIR(mode)    ? "a directory"
         : S_ISFIFO(mode) ? "a pipe"
         : S_ISSOCK(mode) ? "a socket"
                          : "a device";
}

// O_NONBLOCK opens a pipe that nobody writes to as well, to be looked at.
StatusOr<int> open_to_read(const std::string& path, struct stat* found) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const int failed = errno;
  // A socket cannot be opened.
  const bool looked = (fd < 0 ? ::stat(path.c_str(), found) : ::fstat(fd, found)) == 0;
  if (fd >= 0 && looked) return fd;
  if (fd < 0 && !(looked && S_ISSOCK(found->st_mode))) return errno_status("open", path, failed);
  if (fd < 0) return invalid_argument("cannot read {}: it is a socket, expected a file", path);
  const int error = errno;
  ::close(fd);
  return errno_status("stat", path, error);
}

StatusOr<std::string> read_to_end(int fd, const std::string& path) {
  std::string text;
  constexpr size_t kChunk = size_t{1} << 18;
  while (true) {
    const size_t had = text.size();
    text.resize(had + kChunk);
    const ssize_t read = ::read(fd, text.data() + had, kChunk);
    text.resize(had + static_cast<size_t>(std::max<ssize_t>(read, 0)));
    if (read == 0) return text;
    if (read < 0 && errno != EINTR) return errno_status("read", path, errno);
  }
}

class PosixFileSystem final : public FileSystem {
 public:
  StatusOr<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return errno_status("create", path, errno);
    return std::unique_ptr<WritableFile>(std::make_unique<PosixFile>(fd, path));
  }
  StatusOr<std::unique_ptr<WritableFile>> create_new(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return errno_status("create", path, errno);
    auto file = std::make_unique<PosixFile>(fd, path, ::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (lock_own_file(fd)) return std::unique_ptr<WritableFile>(std::move(file));
    return unavailable("{} was taken for what a dead process left and removed; try again", path);
  }
  Status rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? Status::ok()
                                                   : errno_status("rename", from, errno);
  }
  Status rename_new(const std::string& from, const std::string& to) override {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
      return Status::ok();
    }
    if (errno != EINVAL && errno != ENOSYS) return errno_status("rename to", to, errno);
    // This file system cannot do both at once.
    RADDLE_ASSIGN_OR_RETURN(const bool there, exists(to));
    if (there) return errno_status("rename to", to, EEXIST);
    return rename(from, to);
  }
  Status sync_directory(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno_status("open directory", path, errno);
    const int result = ::fsync(fd);
    const int error = errno;
    ::close(fd);
    return result == 0 ? Status::ok() : errno_status("sync directory", path, error);
  }
  Status create_directories(const std::string& path) override {
    std::error_code error;
    stdfs::create_directories(path, error);
    return error ? errno_status("create directory", path, error.value()) : Status::ok();
  }
  Status create_directory(const std::string& path) override {
    return ::mkdir(path.c_str(), 0777) == 0 ? Status::ok()
                                            : errno_status("create directory", path, errno);
  }
  Status remove_all(const std::string& path) override {
    std::error_code error;
    stdfs::remove_all(path, error);
    return error ? errno_status("remove", path, error.value()) : Status::ok();
  }
  StatusOr<std::vector<std::string>> list(const std::string& path) override {
    std::error_code error;
    std::vector<std::string> names;
    for (stdfs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      names.push_back(it->path().filename().string());
    }
    if (error) return errno_status("list", path, error.value());
    std::sort(names.begin(), names.end());
    return names;
  }
  StatusOr<FileInfo> info(const std::string& path) override {
    struct stat found;
    if (::stat(path.c_str(), &found) == 0) return info_of(found);
    if (errno == ENOENT || errno == ENOTDIR) return FileInfo();
    return errno_status("look at", path, errno);
  }
  StatusOr<uint64_t> free_bytes(const std::string& path) override {
    struct statvfs info;
    if (::statvfs(path.c_str(), &info) != 0) return errno_status("statvfs", path, errno);
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }
  StatusOr<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    struct stat found;
    RADDLE_ASSIGN_OR_RETURN(const int fd, open_to_read(path, &found));
    std::unique_ptr<ReadableFile> file(
        new PosixReadableFile(fd, path, static_cast<uint64_t>(found.st_size)));
    if (S_ISREG(found.st_mode)) return file;
    return invalid_argument("cannot read {} by position: it is {}, not a regular file", path,
                            name_of_kind(found.st_mode));
  }
  StatusOr<std::string> read_all(const std::string& path) override {
    struct stat found;
    RADDLE_ASSIGN_OR_RETURN(const int fd, open_to_read(path, &found));
    // What a pipe or a device gives need never come, nor end.
    auto text =
        S_ISREG(found.st_mode)
            ? read_to_end(fd, path)
            : StatusOr<std::string>(invalid_argument("cannot read {}: it is {}, expected a file",
                                                     path, name_of_kind(found.st_mode)));
    ::close(fd);
    return text;
  }
  StatusOr<FileLock> lock(const std::string& path) override { return FileLock::acquire(path); }
};

std::atomic<FileSystem*> replacement{nullptr};

}  // namespace

FileSystem& posix_file_system() {
  static auto* const kInstance = new PosixFileSystem;  // exit() must not destroy it
  return *kInstance;
}

FileSystem& file_system() {
  FileSystem* other = replacement.load();
  return other != nullptr ? *other : posix_file_system();
}

void replace_file_system(FileSystem* fs) { replacement.store(fs); }

StatusOr<bool> FileSystem::has_file(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const FileInfo found, info(path));
  if (found.kind == FileInfo::Kind::kNone) return false;
  if (found.kind == FileInfo::Kind::kFile) return true;
  return failed_precondition(
      "{} is a {}, expected a file; put it elsewhere", path,
      found.kind == FileInfo::Kind::kDirectory ? "directory" : "device or a pipe");
}

StatusOr<bool> FileSystem::exists(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const FileInfo found, info(path));
  return found.kind != FileInfo::Kind::kNone;
}

StatusOr<uint64_t> FileSystem::file_bytes(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const FileInfo found, info(path));
  if (found.kind == FileInfo::Kind::kNone) return errno_status("stat", path, ENOENT);
  return found.bytes;
}

Status errno_status(const char* operation, const std::string& path, int error) {
  std::string message = fmt::format("cannot {} {}: {}", operation, path, std::strerror(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return Status(Code::kResourceExhausted, message + "; free space on that disk");
    case EFBIG:
      return Status(Code::kResourceExhausted, message + "; raise the limit on files (ulimit -f)");
    case EMFILE:
    case ENFILE:
      return Status(Code::kResourceExhausted, message + "; raise the limit (ulimit -n)");
    case ENOENT:
      return Status(Code::kNotFound, std::move(message));
    case EEXIST:
    case ENOTEMPTY:
      return Status(Code::kAlreadyExists, std::move(message));
    default:
      return Status(Code::kIo, std::move(message));
  }
}

std::string parent_directory(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  const size_t slash = path.find_last_of('/', end);
  if (slash == std::string::npos) return ".";
  const size_t last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

Status create_directories_durably(FileSystem& fs, const std::string& path) {
  std::vector<std::string> missing;
  for (std::string at = path;; at = parent_directory(at)) {
    RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(at));
    if (there) break;
    missing.push_back(at);
  }
  RADDLE_RETURN_IF_ERROR(fs.create_directories(path));
  for (auto made = missing.rbegin(); made != missing.rend(); ++made) {
    RADDLE_RETURN_IF_ERROR(fs.sync_directory(parent_directory(*made)));
  }
  return Status::ok();
}

std::string temporary_name(const std::string& path) {
  uint64_t random = 0;
  if (::getrandom(&random, sizeof(random), 0) != sizeof(random)) {
    random = static_cast<uint64_t>(::getpid());
  }
  return fmt::format("{}.{:016x}{}", path, random, kTemporarySuffix);
}

Status write_file_atomically(FileSystem& fs, const std::string& path, std::string_view text) {
  RADDLE_ASSIGN_OR_RETURN(StagedFile staged, StagedFile::create(fs, path, Existing::kReplace));
  RADDLE_RETURN_IF_ERROR(staged.file().append(text.data(), text.size()));
  return staged.publish();
}

}  // namespace raddle
