// SPDX-License-Identifier: Apache-2.0
#include "runtime/runs/checkpoints.h"

#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.h"
#include "runtime/base/file_lock.h"
#include "runtime/base/file_system.h"
#include "runtime/base/json.h"
#include "runtime/runs/run_directory.h"

namespace raddle::runs {

namespace {

std::vector<CheckpointSummary> summaries(const std::vector<checkpoint::CheckpointInfo>& found) {
  std::vector<CheckpointSummary> list;
  for (const checkpoint::CheckpointInfo& info : found) {
    list.push_back({info.path, info.step, static_cast<int64_t>(info.bytes), info.valid, info.reason,
                    info.half_written, "", true});
  }
  return list;
}

}  // namespace

StatusOr<std::vector<CheckpointSummary>> list_checkpoints(const std::string& directory) {
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(directory));
  if (!there) return not_found("{} does not exist", directory);
  const auto kind = kind_of(directory);
  if (!kind.is_ok() || *kind != PathKind::kRun) {
    RADDLE_ASSIGN_OR_RETURN(const auto found, checkpoint::list(directory));
    return summaries(found);
  }
  const checkpoint::Claim claim = share_checkpoints(directory);
  // What a live session is writing is no half-written checkpoint yet.
  const bool live = FileLock::is_held(writer_lock_path(directory));
  RADDLE_ASSIGN_OR_RETURN(const Lineage lineage, read_lineage(fs, directory));
  RADDLE_ASSIGN_OR_RETURN(std::vector<Place> places, places_set_aside(fs, directory));
  places.push_back("");
  std::vector<CheckpointSummary> list;
  for (const Place& place : places) {
    RADDLE_ASSIGN_OR_RETURN(const auto found, checkpoints_at(fs, directory, lineage, place));
    for (CheckpointSummary summary : summaries(found)) {
      if (live && place.empty() && checkpoint::is_being_written(summary.path)) continue;
      const std::string& branch = place.empty() ? lineage.in_force().name : place;
      summary.branch = branch_of_step(lineage, branch, summary.step);
      summary.in_force = place.empty();
      list.push_back(std::move(summary));
    }
  }
  return list;
}

StatusOr<std::string> verify_checkpoint(const std::string& path, StopToken* stop) {
  std::string resolved;
  checkpoint::Report report;
  const auto verify = [&]() -> StatusOr<bool> {
    const checkpoint::Claim claim = share_checkpoints(path);
    RADDLE_ASSIGN_OR_RETURN(resolved, resolve_checkpoint(path, stop));
    RADDLE_RETURN_IF_ERROR(checkpoint::verify(resolved, &report, stop));
    return true;
  };
  RADDLE_RETURN_IF_ERROR(read_again_while_live(path, verify).status());
  const nlohmann::ordered_json json = {{"path", resolved},
                                       {"step", report.step},
                                       {"files", report.files},
                                       {"tensors", report.tensors},
                                       {"bytes", report.bytes}};
  return json_text(json, 2);
}

}  // namespace raddle::runs
