// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/retention.h"

#include <algorithm>
#include <filesystem>

#include "checkpoint/claim.h"
#include "checkpoint/leftovers.h"
#include "runtime/base/log.h"

namespace raddle::checkpoint {
namespace {

// list() looks at sizes only. Before older checkpoints go, the one that they are given up for is
// read in full; while it proves damaged, the next takes its place.
void check_newest(std::vector<CheckpointInfo>& oldest_first) {
  for (auto info = oldest_first.rbegin(); info != oldest_first.rend(); ++info) {
    if (!info->valid) continue;
    const Status status = verify(info->path, nullptr);
    if (status.is_ok()) return;
    info->valid = false;
    info->reason = status.message();
    info->code = status.code();
    log_warning("keeping older checkpoints, because that of step {} is damaged: {}", info->step,
                info->reason);
  }
}

}  // namespace

std::vector<std::string> retention(std::span<const CheckpointInfo> checkpoints,
                                   const RetentionPolicy& policy) {
  std::vector<int64_t> valid;  // steps, newest first
  for (const CheckpointInfo& info : checkpoints) {
    if (info.valid) valid.push_back(info.step);
  }
  if (policy.keep_last <= 0 || valid.empty()) return {};
  std::sort(valid.rbegin(), valid.rend());
  const size_t kept = std::min(valid.size(), static_cast<size_t>(policy.keep_last));
  const int64_t oldest_kept = valid[kept - 1];
  std::vector<const CheckpointInfo*> doomed;
  for (const CheckpointInfo& info : checkpoints) {
    const bool milestone =
        info.valid && policy.keep_every > 0 && info.step % policy.keep_every == 0;
    // One that cannot be read just now may be good: it neither counts nor goes.
    if (!info.valid && info.code != Code::kDataLoss) continue;
    const bool old = info.valid ? info.step < oldest_kept : info.step < valid.front();
    if (old && !milestone) doomed.push_back(&info);
  }
  std::stable_sort(doomed.begin(), doomed.end(),
                   [](const auto* a, const auto* b) { return a->step < b->step; });
  std::vector<std::string> paths;
  for (const CheckpointInfo* info : doomed) paths.push_back(info->path);
  return paths;
}

StatusOr<std::vector<std::string>> apply_retention(FileSystem& fs, const std::string& root,
                                                   const RetentionPolicy& policy) {
  const auto claim = Claim::own(root);
  if (!claim.has_value()) return std::vector<std::string>();
  RADDLE_ASSIGN_OR_RETURN(auto all, list(root));
  if (retention(all, policy).empty()) return std::vector<std::string>();
  check_newest(all);
  std::vector<std::string> deleted;
  for (const std::string& path : retention(all, policy)) {
    const std::string name = std::filesystem::path(path).filename().string();
    std::string doomed = path;
    if (parse_step_directory_name(name)) {
      doomed = root + "/" + deleting_name(name);
      RADDLE_RETURN_IF_ERROR(fs.remove_all(doomed));
      RADDLE_RETURN_IF_ERROR(fs.rename(path, doomed));
    }
    RADDLE_RETURN_IF_ERROR(fs.remove_all(doomed));
    deleted.push_back(path);
  }
  return deleted;
}

}  // namespace raddle::checkpoint
