// SPDX-License-Identifier: Apache-2.0
// Which checkpoints to keep. Deciding is a pure function of the list; deleting is separate.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace raddle::checkpoint {

struct RetentionPolicy {
  int64_t keep_last = 0;   // the newest valid ones; 0 keeps all
  int64_t keep_every = 0;  // besides, those whose step is a multiple of it; 0: none
};

// The paths to delete, oldest first. The newest valid checkpoint is never among them, nor anything
// newer than it: what is damaged or half-written there is for somebody to look at, or being
// written. Nor is one that could not be read just now.
std::vector<std::string> retention(std::span<const CheckpointInfo> checkpoints,
                                   const RetentionPolicy& policy);

// Lists `root`, decides, and deletes. Each directory is renamed before it is emptied, so that a
// crash leaves no checkpoint that looks whole with files missing. Returns what was deleted: nothing
// while somebody reads there (claim.h); it goes another time.
StatusOr<std::vector<std::string>> apply_retention(FileSystem& fs, const std::string& root,
                                                   const RetentionPolicy& policy);

}  // namespace raddle::checkpoint
