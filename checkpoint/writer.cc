// SPDX-License-Identifier: Apache-2.0
// write(): all files into a directory under a temporary name, the manifest last, then one rename.
#include "checkpoint/checkpoint.h"
#include "checkpoint/leftovers.h"
#include "checkpoint/safetensors_set.h"

namespace raddle::checkpoint {
namespace {

// Fails early, with figures, instead of after minutes of writing. The disk may still fill up.
Status check_free_space(FileSystem& fs, const std::string& root,
                        std::span<const TensorView> tensors) {
  uint64_t needed = 0;
  for (const TensorView& tensor : tensors) {
    RADDLE_ASSIGN_OR_RETURN(const uint64_t bytes, tensor_bytes(tensor.dtype, tensor.shape));
    needed += bytes;
  }
  RADDLE_ASSIGN_OR_RETURN(const uint64_t free, fs.free_bytes(root));
  if (free >= needed) return Status::ok();
  return resource_exhausted("the disk of {} has {} bytes free, {} are needed; free {} bytes", root,
                            free, needed, needed - free);
}

ManifestFile describe_file(const std::string& name, const WrittenFile& written,
                           std::span<const TensorView> tensors) {
  ManifestFile file{name, written.bytes, written.checksum, {}};
  for (size_t i = 0; i < tensors.size(); ++i) {
    file.tensors.push_back(
        {tensors[i].name, tensors[i].dtype, tensors[i].shape, written.tensor_checksums[i]});
  }
  return file;
}

Status write_contents(FileSystem& fs, const std::string& directory, int64_t step,
                      std::span<const TensorView> tensors, const nlohmann::json& state,
                      const WriteOptions& options) {
  Manifest manifest;
  manifest.step = step;
  manifest.state = state;
  RADDLE_ASSIGN_OR_RETURN(const auto ends, split_into_shards(tensors, options.max_shard_bytes));
  size_t begin = 0;
  for (size_t shard = 0; shard < ends.size(); ++shard) {
    const std::string name = shard_file_name("shard", shard, ends.size());
    const auto part = tensors.subspan(begin, ends[shard] - begin);
    // Step and name are in the file itself, so that one put in another's place is recognised.
    const Metadata metadata = {{"raddle.step", std::to_string(step)}, {"raddle.file", name}};
    RADDLE_ASSIGN_OR_RETURN(const WrittenFile written,
                            write_safetensors(fs, directory + "/" + name, part, metadata));
    manifest.files.push_back(describe_file(name, written, part));
    begin = ends[shard];
  }
  RADDLE_ASSIGN_OR_RETURN(const std::string text, encode_manifest(manifest));
  // A manifest that could not be read back would be found out only when it is needed.
  RADDLE_RETURN_IF_ERROR(parse_manifest(text, "the new manifest").status());
  RADDLE_RETURN_IF_ERROR(fs.sync_directory(directory));
  return write_file_atomically(fs, directory + "/" + kManifestFile, text);
}

// One rename, or two when a checkpoint of this step is there (steps are written again after a
// resume from an earlier one). A crash between the two leaves the old one under a name that list()
// knows.
Status publish(FileSystem& fs, const std::string& root, const std::string& name) {
  const std::string written = root + "/" + writing_name(name);
  const std::string target = root + "/" + name;
  const std::string replaced = root + "/" + replaced_name(name);
  RADDLE_ASSIGN_OR_RETURN(const bool replace, fs.exists(target));
  if (replace) RADDLE_RETURN_IF_ERROR(fs.rename(target, replaced));
  const Status status = fs.rename(written, target);
  if (!status.is_ok()) {
    // If this fails too, the next write or list() finds it under its other name.
    if (replace) [[maybe_unused]]
      const Status ignored = fs.rename(replaced, target);
    return status;
  }
  RADDLE_RETURN_IF_ERROR(fs.sync_directory(root));
  // The new checkpoint is in place; a leftover is removed by the next write.
  if (replace) [[maybe_unused]]
    const Status ignored = fs.remove_all(replaced);
  return Status::ok();
}

}  // namespace

Status write(FileSystem& fs, const std::string& root, int64_t step,
             std::span<const TensorView> tensors, const nlohmann::json& state,
             const WriteOptions& options) {
  if (step < 0) return invalid_argument("a checkpoint's step should be at least 0, got {}", step);
  const std::string name = step_directory_name(step);
  const std::string temporary = root + "/" + writing_name(name);
  const auto attempt = [&]() -> Status {
    if (options.make_root) RADDLE_RETURN_IF_ERROR(create_directories_durably(fs, root));
    RADDLE_RETURN_IF_ERROR(remove_leftovers(fs, root));
    RADDLE_RETURN_IF_ERROR(check_free_space(fs, root, tensors));
    RADDLE_RETURN_IF_ERROR(fs.create_directory(temporary));
    RADDLE_RETURN_IF_ERROR(write_contents(fs, temporary, step, tensors, state, options));
    return publish(fs, root, name);
  };
  Status status = attempt();
  if (status.is_ok()) return status;
  // The first failure is the one to report; what cannot be removed now, the next write removes.
  [[maybe_unused]] const Status ignored = fs.remove_all(temporary);
  return std::move(status).with_context(
      fmt::format("the checkpoint of step {} was not written (earlier ones are untouched)", step));
}

Status write_to(FileSystem& fs, const std::string& path, int64_t step,
                std::span<const TensorView> tensors, const nlohmann::json& state,
                const WriteOptions& options) {
  if (step < 0) return invalid_argument("a checkpoint's step should be at least 0, got {}", step);
  std::string target = path;
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(target));
  if (there) return already_exists("there is something at {} already; name another place", target);
  const std::string parent = parent_directory(target), temporary = temporary_name(target);
  const auto attempt = [&]() -> Status {
    RADDLE_RETURN_IF_ERROR(create_directories_durably(fs, parent));
    RADDLE_RETURN_IF_ERROR(check_free_space(fs, parent, tensors));
    RADDLE_RETURN_IF_ERROR(fs.create_directories(temporary));
    RADDLE_RETURN_IF_ERROR(write_contents(fs, temporary, step, tensors, state, options));
    RADDLE_RETURN_IF_ERROR(fs.rename_new(temporary, target));
    return fs.sync_directory(parent);
  };
  Status status = attempt();
  if (status.is_ok()) return status;
  // The first failure is the one to report; a leftover is only untidy.
  [[maybe_unused]] const Status ignored = fs.remove_all(temporary);
  return std::move(status).with_context(fmt::format("the checkpoint {} was not written", target));
}

}  // namespace raddle::checkpoint
