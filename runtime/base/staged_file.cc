// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/staged_file.h"

#include "runtime/base/file_lock.h"

namespace raddle {

Status check_free_name(FileSystem& fs, const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const FileInfo info, fs.info(path));
  switch (info.kind) {
    case FileInfo::Kind::kNone:
      return Status::ok();
    case FileInfo::Kind::kFile:
      return already_exists(
          "{} is there already and is not replaced; name another file, or remove "
          "it first",
          path);
    case FileInfo::Kind::kDirectory:
      return already_exists("{} is a directory; name a file that is not there yet", path);
    case FileInfo::Kind::kOther:
      break;
  }
  return already_exists("{} is a device or a pipe; name a file that is not there yet", path);
}

Status remove_stale(FileSystem& fs, const std::string& directory, std::string_view prefix) {
  RADDLE_ASSIGN_OR_RETURN(const auto names, fs.list(directory));
  for (const std::string& name : names) {
    if (!name.starts_with(prefix) || !name.ends_with(kTemporarySuffix)) continue;
    RADDLE_RETURN_IF_ERROR(fs.remove_all(directory + "/" + name));
  }
  return Status::ok();
}

Status remove_abandoned(FileSystem& fs, const std::string& directory, std::string_view prefix,
                        std::string_view suffix) {
  RADDLE_ASSIGN_OR_RETURN(const auto names, fs.list(directory));
  for (const std::string& name : names) {
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
    // The file goes with the lock.
    static_cast<void>(FileLock::adopt(directory + "/" + name));
  }
  return Status::ok();
}

StatusOr<StagedFile> StagedFile::create(FileSystem& fs, const std::string& path,
                                        Existing existing) {
  if (existing == Existing::kKeep) {
    RADDLE_RETURN_IF_ERROR(check_free_name(fs, path));
    // Nobody needs that to be done who may write here and not list.
    const std::string name = path.substr(path.find_last_of('/') + 1) + ".";
    static_cast<void>(remove_abandoned(fs, parent_directory(path), name).is_ok());
  }
  // Of another process that looks for what the dead left, one may lose the race once.
  constexpr int kAttempts = 3;
  for (int attempt = 1;; ++attempt) {
    StagedFile staged(fs, path, existing);
    auto file = fs.create_new(staged.temporary_);
    if (file.status().code() == Code::kUnavailable && attempt < kAttempts) continue;
    RADDLE_ASSIGN_OR_RETURN(staged.file_, std::move(file));
    return staged;
  }
}

StagedFile::~StagedFile() {
  // An error is on its way already; a leftover is only untidy.
  if (file_ != nullptr) static_cast<void>(fs_.remove_all(temporary_).is_ok());
}

Status StagedFile::publish() {
  RADDLE_RETURN_IF_ERROR(file_->sync());
  RADDLE_RETURN_IF_ERROR(file_->close());
  RADDLE_RETURN_IF_ERROR(existing_ == Existing::kReplace ? fs_.rename(temporary_, path_)
                                                         : fs_.rename_new(temporary_, path_));
  file_ = nullptr;
  return fs_.sync_directory(parent_directory(path_));
}

}  // namespace raddle
