// SPDX-License-Identifier: Apache-2.0
// Checkpoints on disk as a user names and sees them: by a run directory or by a checkpoint's own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"

namespace raddle::runs {

struct CheckpointSummary {
  std::string path;
  int64_t step = 0, bytes = 0;
  bool good = false;    // manifest and file sizes; contents are verify_checkpoint()'s business
  std::string problem;  // why it is not good
  bool half_written = false;
  std::string branch;    // of the run that trained it; "": it is not in a run
  bool in_force = true;  // else it was set aside
};

// Of a run directory, or of a directory of checkpoints: what was set aside, then the branch in
// force, each oldest first. NOT_FOUND if there is no such directory.
StatusOr<std::vector<CheckpointSummary>> list_checkpoints(const std::string& directory);

// Reads every byte of a checkpoint, or of the newest one of a run directory. DATA_LOSS names file
// and tensor of the first problem. Returns a JSON object with what the checkpoint holds.
// CANCELLED when `stop` is set.
StatusOr<std::string> verify_checkpoint(const std::string& path, StopToken* stop = nullptr);

}  // namespace raddle::runs
