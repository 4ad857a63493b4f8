// SPDX-License-Identifier: Apache-2.0
// One writer at a time, among all processes and all sessions of one process. The operating system
// holds the lock, so it ends with its holder however that ends; the file says who it is, for the
// message of whoever comes second, and goes when the lock is given back.
//
//   RADDLE_ASSIGN_OR_RETURN(FileLock lock, fs.lock(run + "/writer.lock"));
#pragma once

#include <optional>
#include <string>

#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"

namespace raddle {

class FileSystem;

class FileLock {
 public:
  // UNAVAILABLE names the holder: process, host, since when. A file system without locks gives a
  // warning in the log and a lock that keeps nobody away. A child made by fork() has no part in it.
  // Whether somebody holds it now; asking disturbs nobody. False where nobody can tell.
  static bool is_held(const std::string& path);

  // Takes the lock of a file whose holder is dead, and with it whatever the lock stands for; the
  // file goes with the lock. None where it is held, is somebody else's or no file, or where nobody
  // can tell.
  static std::optional<FileLock> adopt(const std::string& path);

  // `call` takes the lock of an open file, or sets errno; another one than the default is for
  // tests.
  using Call = int (*)(int fd);
  static StatusOr<FileLock> acquire(const std::string& path);
  static StatusOr<FileLock> acquire(const std::string& path, Call call);
  // Whether its file still has its name: not where it was removed by hand, or its directory was
  // moved or removed. True where there are no locks.
  bool is_current() const;
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  FileLock(std::string path, int fd);
  static StatusOr<FileLock> try_once(const std::string& path, Call call, bool* again);
  std::string path_;
  int fd_ = -1;
  int pid_ = 0;  // of the process that took it
};

// Takes the lock of a file that this process has just made and writes to, for as long as any
// descriptor of it is open. False: whoever looks for what the dead left was quicker, and it is
// gone. True where there are no locks: nobody takes it for left there.
bool lock_own_file(int fd);

// Tries until the lock is free. CANCELLED when `stop`, which may be null, is set meanwhile.
StatusOr<FileLock> wait_for_lock(FileSystem& fs, const std::string& path, const StopToken* stop);

}  // namespace raddle
