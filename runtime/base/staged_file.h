// SPDX-License-Identifier: Apache-2.0
// A file that appears under its name when it is whole and synced; until then it lies beside it
// under a name that is its own, which goes if publish() is not reached.
//
// One rule for files that a user names for a result: what has that name already is kept, whatever
// it is, and the call is refused before the work begins.
#pragma once

#include <memory>
#include <string>

#include "runtime/base/file_system.h"

namespace raddle {

enum class Existing { kKeep, kReplace };

// ALREADY_EXISTS when something has the name: for those who want to know before long work.
Status check_free_name(FileSystem& fs, const std::string& path);

// Removes what killed writers of files whose names begin with `prefix` left in `directory`. Only
// while nobody else writes them.
Status remove_stale(FileSystem& fs, const std::string& directory, std::string_view prefix);

// The same while others may write them: of those whose writer is dead, and with another `suffix` of
// locks whose holder is. An error only where the directory cannot be listed.
Status remove_abandoned(FileSystem& fs, const std::string& directory, std::string_view prefix,
                        std::string_view suffix = kTemporarySuffix);

class StagedFile {
 public:
  // kKeep: check_free_name(), and publish() replaces nothing that came meanwhile either. What
  // killed writers of the same file left beside it goes.
  static StatusOr<StagedFile> create(FileSystem& fs, const std::string& path, Existing existing);
  StagedFile(StagedFile&& other) noexcept = default;
  StagedFile& operator=(StagedFile&&) = delete;
  ~StagedFile();

  WritableFile& file() { return *file_; }
  Status publish();

 private:
  StagedFile(FileSystem& fs, std::string path, Existing existing)
      : fs_(fs), path_(std::move(path)), temporary_(temporary_name(path_)), existing_(existing) {}
  FileSystem& fs_;
  std::string path_, temporary_;
  Existing existing_;
  std::unique_ptr<WritableFile> file_;  // null: published, or moved from
};

}  // namespace raddle
