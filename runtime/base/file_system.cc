// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/file_system.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

namespace raddle {
namespace {

namespace stdfs = std::filesystem;

Status errno_status(const char* operation, const std::string& path, int error) {
  std::string message = fmt::format("cannot {} {}: {}", operation, path, std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) {
    return Status(Code::kResourceExhausted, message + "; free space on that disk");
  }
  if (error == ENOENT) return Status(Code::kNotFound, std::move(message));
  return Status(Code::kIo, std::move(message));
}

class PosixFile final : public WritableFile {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixFile() override {
    if (fd_ >= 0) ::close(fd_);
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
  Status sync() override {
    return ::fsync(fd_) == 0 ? Status::ok() : errno_status("sync", path_, errno);
  }
  Status close() override {
    const int fd = std::exchange(fd_, -1);
    return fd < 0 || ::close(fd) == 0 ? Status::ok() : errno_status("close", path_, errno);
  }

 private:
  int fd_;
  std::string path_;
};

class PosixFileSystem final : public FileSystem {
 public:
  StatusOr<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return errno_status("create", path, errno);
    return std::unique_ptr<WritableFile>(std::make_unique<PosixFile>(fd, path));
  }
  Status rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? Status::ok()
                                                   : errno_status("rename", from, errno);
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
  bool exists(const std::string& path) override {
    std::error_code error;
    return stdfs::exists(path, error);
  }
  StatusOr<uint64_t> file_bytes(const std::string& path) override {
    struct stat info;
    if (::stat(path.c_str(), &info) != 0) return errno_status("stat", path, errno);
    return static_cast<uint64_t>(info.st_size);
  }
  StatusOr<uint64_t> free_bytes(const std::string& path) override {
    struct statvfs info;
    if (::statvfs(path.c_str(), &info) != 0) return errno_status("statvfs", path, errno);
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }
  StatusOr<std::string> read_all(const std::string& path) override {
    std::error_code error;
    if (stdfs::is_directory(path, error)) {
      return invalid_argument("cannot read {}: it is a directory, expected a file", path);
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) return errno_status("open", path, errno);
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (in.bad()) return io_error("cannot read {}: the read failed part-way", path);
    return text;
  }
};

}  // namespace

FileSystem& posix_file_system() {
  static auto* const kInstance = new PosixFileSystem;  // exit() must not destroy it
  return *kInstance;
}

Status write_file_atomically(FileSystem& fs, const std::string& path, std::string_view text) {
  const std::string temporary = path + ".tmp";
  RADDLE_ASSIGN_OR_RETURN(auto file, fs.create(temporary));
  RADDLE_RETURN_IF_ERROR(file->append(text.data(), text.size()));
  RADDLE_RETURN_IF_ERROR(file->sync());
  RADDLE_RETURN_IF_ERROR(file->close());
  RADDLE_RETURN_IF_ERROR(fs.rename(temporary, path));
  const std::string parent = stdfs::path(path).parent_path().string();
  return fs.sync_directory(parent.empty() ? "." : parent);
}

StatusOr<MappedFile> MappedFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno_status("open", path, errno);
  struct stat info;
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd);
    return invalid_argument("cannot map {}: it is not a regular file", path);
  }
  MappedFile file;
  file.path_ = path;
  file.bytes_ = static_cast<size_t>(info.st_size);
  if (file.bytes_ > 0) {
    void* address = ::mmap(nullptr, file.bytes_, PROT_READ, MAP_PRIVATE, fd, 0);
    const int error = errno;
    ::close(fd);
    if (address == MAP_FAILED) return errno_status("map", path, error);
    file.data_ = static_cast<const std::byte*>(address);
  } else {
    ::close(fd);
  }
  return file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), bytes_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      path_(std::move(other.path_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(path_, other.path_);
  return *this;
}

}  // namespace raddle
