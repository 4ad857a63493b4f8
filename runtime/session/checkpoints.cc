// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/checkpoints.h"

#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.h"
#include "runtime/base/file_lock.h"
#include "runtime/base/file_system.h"
#include "runtime/session/run_directory.h"

namespace raddle::session {

StatusOr<std::vector<CheckpointSummary>> list_checkpoints(const std::string& directory) {
  RADDLE_ASSIGN_OR_RETURN(const bool there, file_system().exists(directory));
  if (!there) return not_found("{} does not exist", directory);
  const std::string inner = directory + "/checkpoints";
  RADDLE_ASSIGN_OR_RETURN(const bool is_run, file_system().exists(inner));
  const std::string root = is_run ? inner : directory;
  const checkpoint::Claim claim = checkpoint::Claim::share(root);
  // What a live session is writing is no half-written checkpoint yet.
  const bool live = FileLock::is_held(writer_lock_path(parent_directory(root)));
  RADDLE_ASSIGN_OR_RETURN(const auto found, checkpoint::list(root));
  std::vector<CheckpointSummary> list;
  for (const checkpoint::CheckpointInfo& info : found) {
    if (live && checkpoint::is_being_written(info.path)) continue;
    list.push_back(
        {info.path, info.step, static_cast<int64_t>(info.bytes), info.valid, info.reason});
  }
  return list;
}

StatusOr<std::string> verify_checkpoint(const std::string& path) {
  const checkpoint::Claim claim = share_checkpoints(path);
  RADDLE_ASSIGN_OR_RETURN(const std::string resolved, resolve_checkpoint(path));
  checkpoint::Report report;
  RADDLE_RETURN_IF_ERROR(checkpoint::verify(resolved, &report));
  const nlohmann::ordered_json json = {{"path", resolved},
                                       {"step", report.step},
                                       {"files", report.files},
                                       {"tensors", report.tensors},
                                       {"bytes", report.bytes}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace raddle::session
