// SPDX-License-Identifier: Apache-2.0
// list(), verify(), read() and latest_valid().
#include <algorithm>
#include <cstring>
#include <map>

#include "checkpoint/checkpoint.h"
#include "checkpoint/damage.h"
#include "checkpoint/leftovers.h"
#include "checkpoint/safetensors.h"
#include "runtime/base/log.h"

namespace raddle::checkpoint {
namespace {

CheckpointInfo inspect(const std::string& path, int64_t step) {
  CheckpointInfo info{path, step, false, "", 0};
  const auto manifest = read_manifest(path);
  if (!manifest.is_ok()) {
    info.reason = manifest.status().message();
    return info;
  }
  info.bytes = manifest->bytes();
  for (const ManifestFile& file : manifest->files) {
    const auto bytes = file_system().file_bytes(path + "/" + file.name);
    if (!bytes.is_ok()) {
      info.reason = bytes.status().message();
      return info;
    }
    if (bytes.value() != file.bytes) {
      info.reason = fmt::format("{}/{}: expected {} bytes, found {}", path, file.name, file.bytes,
                                bytes.value());
      return info;
    }
  }
  info.valid = true;
  return info;
}

using Destinations = std::map<std::string_view, const MutableTensor*>;

Status check_tensor(const ManifestTensor& tensor, const Destinations& wanted,
                    const std::string& path) {
  const auto found = wanted.find(tensor.name);
  if (found == wanted.end()) {
    return invalid_argument(
        "{}: holds tensor \"{}\" ({}), which is not wanted here; is it a checkpoint of the same "
        "model and recipe?",
        path, tensor.name, describe(tensor.dtype, tensor.shape));
  }
  const MutableTensor& destination = *found->second;
  if (destination.dtype != tensor.dtype || destination.shape != tensor.shape) {
    return invalid_argument(
        "{}: tensor \"{}\" is {}, expected {}; is it a checkpoint of the same model and recipe?",
        path, tensor.name, describe(tensor.dtype, tensor.shape),
        describe(destination.dtype, destination.shape));
  }
  return Status::ok();
}

// The destinations by name, once it is certain that they are exactly what the checkpoint holds.
StatusOr<Destinations> match(const std::string& path, const Manifest& manifest,
                             std::span<const MutableTensor> destinations,
                             const ReadOptions& options) {
  Destinations wanted;
  for (const MutableTensor& tensor : destinations) {
    if (!tensor.name.starts_with(options.prefix) || !wanted.emplace(tensor.name, &tensor).second) {
      return invalid_argument("\"{}\" is asked for twice, or does not begin with \"{}\"",
                              tensor.name, options.prefix);
    }
  }
  Destinations missing = wanted;
  for (const ManifestFile& file : manifest.files) {
    for (const ManifestTensor& tensor : file.tensors) {
      if (!tensor.name.starts_with(options.prefix)) continue;
      RADDLE_RETURN_IF_ERROR(check_tensor(tensor, wanted, path));
      missing.erase(tensor.name);
    }
  }
  if (missing.empty()) return wanted;
  const MutableTensor& first = *missing.begin()->second;
  return invalid_argument(
      "{}: lacks tensor \"{}\" ({}) and {} others that are wanted; is it a checkpoint of the same "
      "model and recipe?",
      path, first.name, describe(first.dtype, first.shape), missing.size() - 1);
}

bool holds_any(const ManifestFile& file, const Destinations& wanted) {
  return std::any_of(file.tensors.begin(), file.tensors.end(),
                     [&](const ManifestTensor& t) { return wanted.contains(t.name); });
}

Status copy_file(const std::string& path, const ManifestFile& file, const Destinations& wanted) {
  RADDLE_ASSIGN_OR_RETURN(const auto source, SafetensorsFile::open(path + "/" + file.name));
  for (const ManifestTensor& tensor : file.tensors) {
    const auto found = wanted.find(tensor.name);
    if (found == wanted.end()) continue;
    RADDLE_ASSIGN_OR_RETURN(const uint64_t bytes, tensor_bytes(tensor.dtype, tensor.shape));
    RADDLE_RETURN_IF_ERROR(source.read_into(tensor.name, tensor.dtype, found->second->data, bytes));
  }
  return Status::ok();
}

// A file may have the checksum that the manifest gives and yet not hold the tensors that it lists,
// if both were made to; nothing may be copied until that is excluded too.
Status check_contents(const std::string& path, const ManifestFile& file) {
  RADDLE_ASSIGN_OR_RETURN(const auto source, SafetensorsFile::open(path + "/" + file.name));
  for (const ManifestTensor& tensor : file.tensors) {
    RADDLE_ASSIGN_OR_RETURN(const StoredTensor view, source.find(tensor.name));
    if (view.dtype != tensor.dtype || view.shape != tensor.shape) {
      return data_loss("{}: tensor \"{}\" is {}, but the manifest says {}", source.path(),
                       tensor.name, describe(view.dtype, view.shape),
                       describe(tensor.dtype, tensor.shape));
    }
  }
  return Status::ok();
}

}  // namespace

StatusOr<std::vector<CheckpointInfo>> list(const std::string& root) {
  FileSystem& fs = file_system();
  std::vector<CheckpointInfo> all;
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(root));
  if (!there) return all;
  RADDLE_ASSIGN_OR_RETURN(const auto names, fs.list(root));
  for (const std::string& name : names) {
    const std::string path = root + "/" + name;
    if (const auto step = parse_step_directory_name(name)) {
      all.push_back(inspect(path, *step));
    } else if (const auto leftover = parse_leftover(name)) {
      const int64_t of_step = *parse_step_directory_name(leftover->step_name);
      RADDLE_ASSIGN_OR_RETURN(const bool replaced, fs.exists(root + "/" + leftover->step_name));
      if (leftover->kind == LeftoverKind::kWriting) {
        all.push_back({path, of_step, false,
                       path + " is half-written: the process ended, or is still writing it", 0});
      } else if (leftover->kind == LeftoverKind::kReplaced && !replaced) {
        all.push_back(inspect(path, of_step));
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

Status verify(const std::string& path, Report* report) {
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
  for (const ManifestFile& file : manifest->files) {
    ++out.files;
    out.tensors += file.tensors.size();
    auto problems = check_file(path, *manifest, file);
    if (problems.empty()) {
      const Status contents = check_contents(path, file);
      if (!contents.is_ok()) problems.push_back({file.name, "", contents.message()});
    }
    std::move(problems.begin(), problems.end(), std::back_inserter(out.problems));
  }
  return out.problems.empty() ? Status::ok() : damage_status(out.problems);
}

StatusOr<Manifest> read(const std::string& path, std::span<const MutableTensor> destinations,
                        const ReadOptions& options) {
  RADDLE_ASSIGN_OR_RETURN(Manifest manifest, read_manifest(path));
  RADDLE_ASSIGN_OR_RETURN(const Destinations wanted, match(path, manifest, destinations, options));
  for (const ManifestFile& file : manifest.files) {
    if (!holds_any(file, wanted)) continue;
    const auto problems = check_file(path, manifest, file);
    if (!problems.empty()) return damage_status(problems);
    RADDLE_RETURN_IF_ERROR(check_contents(path, file));
  }
  for (const ManifestFile& file : manifest.files) {
    if (holds_any(file, wanted)) RADDLE_RETURN_IF_ERROR(copy_file(path, file, wanted));
  }
  return manifest;
}

StatusOr<CheckpointInfo> latest_valid(const std::string& root) {
  RADDLE_ASSIGN_OR_RETURN(const auto all, list(root));
  for (auto info = all.rbegin(); info != all.rend(); ++info) {
    std::string reason = info->reason;
    if (info->valid) {
      const Status status = verify(info->path, nullptr);
      if (status.is_ok()) return *info;
      reason = status.message();
    }
    log_warning("skipping the checkpoint of step {}: {}", info->step, reason);
  }
  return not_found("there is no {}checkpoint in {}", all.empty() ? "" : "undamaged ", root);
}

}  // namespace raddle::checkpoint
