// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/file_lock.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/file_system.h"
#include "runtime/base/log.h"

namespace raddle {
namespace {

// A child made by fork() shares the locks that its parent holds, and would go on holding them after
// the parent's death. So it closes them at once; the mutex keeps a fork from coming in between.
struct HeldLocks {
  std::mutex mutex;
  std::vector<int> fds;

  static HeldLocks& get() {
    static auto* const kHeld = [] {
      auto* held = new HeldLocks;  // never destroyed: locks may outlive static destructors
      pthread_atfork([] { get().mutex.lock(); }, [] { get().mutex.unlock(); },
                     [] {
                       for (const int fd : get().fds) ::close(fd);
                       get().fds.clear();
                       get().mutex.unlock();
                     });
      return held;
    }();
    return *kHeld;
  }
};

std::string host_name() {
  std::array<char, 256> name = {};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "an unknown host";
}

// Best effort: on a full disk the lock holds all the same, only without a name.
void write_holder(int fd) {
  const std::string text =
      fmt::format("process {} on {} since {}\n", ::getpid(), host_name(), utc_now_text());
  if (::ftruncate(fd, 0) != 0) return;
  [[maybe_unused]] const ssize_t written = ::pwrite(fd, text.data(), text.size(), 0);
}

Status held_by_another(int fd, const std::string& path) {
  std::array<char, 512> text = {};
  const ssize_t bytes = ::pread(fd, text.data(), text.size() - 1, 0);
  std::string holder(text.data(), bytes > 0 ? static_cast<size_t>(bytes) : 0);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  if (holder.empty()) holder = "a process that has not said its name yet";
  return unavailable("{} is in use by {}; wait until it has ended, or stop it",
                     parent_directory(path), holder);
}

bool is_busy(int error) { return error == EAGAIN || error == EACCES; }
bool has_no_locks(int error) {
  return error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP || error == EINVAL;
}

// Of the open file, not of the process: two sessions of one process keep each other away too, and
// closing another descriptor of the file gives nothing back.
struct flock whole_file(short type) {
  struct flock range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  return range;
}

int take_lock(int fd) {
  struct flock range = whole_file(F_WRLCK);
  return ::fcntl(fd, F_OFD_SETLK, &range);
}

// Whether `path` still names the file that was locked: its last holder removed it when it was done.
bool names(int fd, const std::string& path) {
  struct stat mine, named;
  return ::fstat(fd, &mine) == 0 && ::stat(path.c_str(), &named) == 0 &&
         mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

}  // namespace

FileLock::FileLock(std::string path, int fd)
    : path_(std::move(path)), fd_(fd), pid_(static_cast<int>(::getpid())) {}

StatusOr<FileLock> FileLock::try_once(const std::string& path, Call call, bool* again) {
  HeldLocks& held = HeldLocks::get();
  std::lock_guard guard(held.mutex);
  *again = false;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  if (fd < 0) return errno_status("create the lock", path, errno);
  struct stat found;
  if (::fstat(fd, &found) == 0 && !S_ISREG(found.st_mode)) {
    ::close(fd);
    return failed_precondition("cannot take the lock {}: it is a device or a pipe; remove it",
                               path);
  }
  if (call(fd) != 0) {
    const int error = errno;
    Status status = is_busy(error) ? held_by_another(fd, path) : errno_status("lock", path, error);
    ::close(fd);
    *again = error == EINTR;
    if (!has_no_locks(error)) return status;
    log_warning("{}: this file system has no locks, so nothing keeps a second writer away",
                status.message());
    return FileLock(path, -1);
  }
  if (!names(fd, path)) {
    ::close(fd);
    *again = true;
    return unavailable("{} was removed by its last holder", path);
  }
  write_holder(fd);
  held.fds.push_back(fd);
  return FileLock(path, fd);
}

StatusOr<FileLock> FileLock::acquire(const std::string& path) { return acquire(path, &take_lock); }

std::optional<FileLock> FileLock::adopt(const std::string& path) {
  HeldLocks& held = HeldLocks::get();
  std::lock_guard guard(held.mutex);
  // Neither through a link nor into another user's file: anybody may put one into a directory for
  // temporary files.
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return std::nullopt;
  struct stat found;
  const bool mine = ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode) &&
                    found.st_uid == ::geteuid() && found.st_nlink == 1;
  if (!mine || take_lock(fd) != 0 || !names(fd, path)) {
    ::close(fd);
    return std::nullopt;
  }
  held.fds.push_back(fd);
  return FileLock(path, fd);
}

bool FileLock::is_held(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  struct flock range = whole_file(F_WRLCK);
  const bool held = ::fcntl(fd, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
  ::close(fd);
  return held;
}

StatusOr<FileLock> FileLock::acquire(const std::string& path, Call call) {
  while (true) {
    bool again = false;
    auto lock = try_once(path, call, &again);
    if (!again) return lock;
  }
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), pid_(other.pid_) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(fd_, other.fd_);
  std::swap(pid_, other.pid_);
  return *this;
}

bool FileLock::is_current() const { return fd_ < 0 || names(fd_, path_); }

FileLock::~FileLock() {
  if (fd_ < 0 || pid_ != static_cast<int>(::getpid())) return;
  HeldLocks& held = HeldLocks::get();
  std::lock_guard guard(held.mutex);
  std::erase(held.fds, fd_);
  // While it is held nobody else may remove the file, so this is the right one if it is current.
  if (is_current()) ::unlink(path_.c_str());
  ::close(fd_);
}

bool lock_own_file(int fd) { return take_lock(fd) == 0 || !is_busy(errno); }

StatusOr<FileLock> wait_for_lock(FileSystem& fs, const std::string& path, const StopToken* stop) {
  for (bool said = false;; said = true) {
    auto lock = fs.lock(path);
    if (lock.is_ok() || lock.status().code() != Code::kUnavailable) return lock;
    if (!said) log_info("waiting: {}", lock.status().message());
    if (stop != nullptr && stop->is_set()) {
      return cancelled("stopped while waiting: {}", lock.status().message());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace raddle
