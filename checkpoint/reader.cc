// SPDX-License-Identifier: Apache-2.0
// list(), verify() and latest_valid().
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "checkpoint/checkpoint.h"
#include "checkpoint/damage.h"
#include "checkpoint/leftovers.h"
#include "runtime/base/log.h"

namespace raddle::checkpoint {
CheckpointInfo look_at(const std::string& path, int64_t step) {
  CheckpointInfo info{path, step, false, "", 0};
  const auto fail = [&](const Status& status) {
    info.reason = status.message();
    // What is not there, or something else, is lost; what cannot be read may be there.
    const bool is_damage =
        status.code() == Code::kNotFound || status.code() == Code::kInvalidArgument;
    info.code = is_damage ? Code::kDataLoss : status.code();
    return info;
  };
  const auto manifest = read_manifest(path);
  if (!manifest.is_ok()) return fail(manifest.status());
  info.bytes = manifest->bytes();
  for (const ManifestFile& file : manifest->files) {
    const auto bytes = file_system().file_bytes(path + "/" + file.name);
    if (!bytes.is_ok()) return fail(bytes.status());
    if (bytes.value() != file.bytes) {
      return fail(data_loss("{}/{}: expected {} bytes, found {}", path, file.name, file.bytes,
                            bytes.value()));
    }
  }
  info.valid = true;
  return info;
}

StatusOr<std::vector<CheckpointInfo>> list(const std::string& root) {
  FileSystem& fs = file_system();
  std::vector<CheckpointInfo> all;
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(root));
  if (!there) return all;
  RADDLE_ASSIGN_OR_RETURN(const auto names, fs.list(root));
  for (const std::string& name : names) {
    const std::string path = root + "/" + name;
    if (const auto step = parse_step_directory_name(name)) {
      CheckpointInfo info = look_at(path, *step);
      // A run that trains on may have deleted it since the directory was listed.
      const bool is_gone = fs.file_bytes(path).status().code() == Code::kNotFound;
      if (info.valid || !is_gone) all.push_back(std::move(info));
    } else if (const auto leftover = parse_leftover(name)) {
      const int64_t of_step = *parse_step_directory_name(leftover->step_name);
      RADDLE_ASSIGN_OR_RETURN(const bool replaced, fs.exists(root + "/" + leftover->step_name));
      if (leftover->kind == LeftoverKind::kWriting) {
        all.push_back({path, of_step, false,
                       path + " is half-written: the process ended, or is still writing it", 0,
                       Code::kDataLoss, true});
      } else if (leftover->kind == LeftoverKind::kReplaced && !replaced) {
        all.push_back(look_at(path, of_step));
      }
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const CheckpointInfo& a, const CheckpointInfo& b) {
    return a.step < b.step;
  });
  return all;
}

bool is_being_written(const std::string& path) {
  const auto leftover = parse_leftover(path.substr(path.find_last_of('/') + 1));
  return leftover.has_value() && leftover->kind == LeftoverKind::kWriting;
}

Status verify(const std::string& path, Report* report, StopToken* stop) {
  Report local;
  Report& out = report == nullptr ? local : *report;
  out = Report();
  auto manifest = read_manifest(path);
  if (!manifest.is_ok()) {
    out.problems.push_back({kManifestFile, "", manifest.status().message()});
    return std::move(manifest).status();
  }
  out.step = manifest->step;
  out.bytes = manifest->bytes();
  out.tensors = manifest->tensors.size();
  begin_work(stop, static_cast<int64_t>(out.bytes));
  for (const ManifestFile& file : manifest->files) {
    ++out.files;
    auto problems = check_file(path, *manifest, file, stop);
    RADDLE_RETURN_IF_ERROR(check_stop(stop, "reading " + path));
    if (problems.empty()) {
      const auto source = SafetensorsFile::open(path + "/" + file.name);
      const Status contents =
          source.is_ok() ? check_contents(*source, *manifest, file) : source.status();
      if (!contents.is_ok())
        problems.push_back({file.name, "", contents.message(), contents.code()});
    }
    std::move(problems.begin(), problems.end(), std::back_inserter(out.problems));
  }
  return out.problems.empty() ? Status::ok() : damage_status(out.problems);
}

StatusOr<CheckpointInfo> newest_valid(std::span<const CheckpointInfo> oldest_first,
                                      const std::string& where, StopToken* stop) {
  std::vector<std::string> reasons;
  Code code = Code::kDataLoss;
  int64_t finished = 0;
  const auto newest_first = std::vector(oldest_first.rbegin(), oldest_first.rend());
  for (CheckpointInfo info : newest_first) {
    if (info.valid) {
      const Status status = verify(info.path, nullptr, stop);
      if (status.code() == Code::kCancelled) return status;
      if (status.is_ok()) {
        for (const std::string& reason : reasons) log_warning("skipping {}", reason);
        return info;
      }
      info.reason = status.message();
      info.code = status.code();
    }
    finished += info.half_written ? 0 : 1;
    if (code == Code::kDataLoss) code = info.code;
    reasons.push_back(fmt::format("the checkpoint of step {}: {}", info.step, info.reason));
  }
  if (finished == 0) return not_found("there is no checkpoint in {}", where);
  return Status(code, fmt::format("none of the {} checkpoints in {} can be read: {}", finished,
                                  where, fmt::join(reasons, "; ")));
}

StatusOr<CheckpointInfo> latest_valid(const std::string& root) {
  RADDLE_ASSIGN_OR_RETURN(const auto all, list(root));
  return newest_valid(all, root);
}

}  // namespace raddle::checkpoint
