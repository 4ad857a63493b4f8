// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/checkpoints.h"

#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.h"
#include "runtime/base/file_system.h"
#include "runtime/session/run_directory.h"

namespace raddle::session {

StatusOr<std::vector<CheckpointSummary>> list_checkpoints(const std::string& directory) {
  if (!posix_file_system().exists(directory)) return not_found("{} does not exist", directory);
  const std::string inner = directory + "/checkpoints";
  RADDLE_ASSIGN_OR_RETURN(const auto found,
                          checkpoint::list(posix_file_system().exists(inner) ? inner : directory));
  std::vector<CheckpointSummary> list;
  for (const checkpoint::CheckpointInfo& info : found) {
    list.push_back(
        {info.path, info.step, static_cast<int64_t>(info.bytes), info.valid, info.reason});
  }
  return list;
}

StatusOr<std::string> verify_checkpoint(const std::string& path) {
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
