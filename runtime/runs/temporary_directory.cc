// SPDX-License-Identifier: Apache-2.0
#include "runtime/runs/temporary_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "runtime/base/file_system.h"

namespace raddle::runs {
namespace {

constexpr std::string_view kPrefix = "raddle-", kPlaces = "XXXXXX";
constexpr const char* kLock = "/owner.lock";

// Whether mkdtemp() made it for this user. In a place that all may write to, others' directories
// and links under such a name are not to be touched.
bool is_own_directory(const std::string& path) {
  struct stat found;
  return ::lstat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
         found.st_uid == ::geteuid() && (found.st_mode & 077) == 0;
}

// Removes those whose owner is dead. Best effort: the system cleans its temporary files too.
void remove_dead(const std::string& base) {
  FileSystem& fs = file_system();
  const auto names = fs.list(base);
  if (!names.is_ok()) return;
  for (const std::string& name : *names) {
    const std::string path = base + "/" + name;
    const bool named = name.starts_with(kPrefix) && name.size() == kPrefix.size() + kPlaces.size();
    if (!named || !is_own_directory(path)) continue;
    // Held until all is gone, so that nobody takes it for theirs meanwhile.
    const auto lock = FileLock::adopt(path + kLock);
    if (lock.has_value()) static_cast<void>(fs.remove_all(path).is_ok());
  }
}

}  // namespace

StatusOr<TemporaryDirectory> TemporaryDirectory::create() {
  std::error_code error;
  const std::filesystem::path base = std::filesystem::temp_directory_path(error);
  if (error) return io_error("there is no directory for temporary files: {}", error.message());
  remove_dead(base.string());
  // Another process may take a new one for left before its lock is taken.
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    std::string path = (base / (std::string(kPrefix) + std::string(kPlaces))).string();
    if (mkdtemp(path.data()) == nullptr) {
      return errno_status("create the temporary directory", path, errno);
    }
    auto lock = file_system().lock(path + kLock);
    if (lock.is_ok()) return TemporaryDirectory(std::move(path), std::move(lock).value());
    static_cast<void>(file_system().remove_all(path).is_ok());
    if (attempt == kAttempts) return std::move(lock).status();
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  // Nothing to be done about a failure here; the next one that is made tries again.
  if (!path_.empty()) static_cast<void>(file_system().remove_all(path_).is_ok());
}

}  // namespace raddle::runs
