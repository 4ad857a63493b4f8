// SPDX-License-Identifier: Apache-2.0
// A checkpoint's files into a directory of the attempt's own, the manifest last, then one rename.
#include "checkpoint/parts.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "checkpoint/leftovers.h"
#include "checkpoint/merge_parts.h"
#include "checkpoint/safetensors_set.h"

namespace raddle::checkpoint {
namespace {

// Fails early, with figures, instead of after minutes of writing. The disk may still fill up.
Status check_free_space(FileSystem& fs, const std::string& root,
                        std::span<const LogicalTensor> tensors) {
  uint64_t needed = 0;
  for (const LogicalTensor& tensor : tensors) {
    RADDLE_ASSIGN_OR_RETURN(const uint64_t bytes, tensor_bytes(tensor.dtype, tensor.shape));
    needed += bytes;
  }
  RADDLE_ASSIGN_OR_RETURN(const uint64_t free, fs.free_bytes(root));
  if (free >= needed) return Status::ok();
  return resource_exhausted("the disk of {} has {} bytes free, {} are needed; free {} bytes", root,
                            free, needed, needed - free);
}

Status check_arguments(int64_t step, int64_t writers, std::span<const LogicalTensor> tensors) {
  if (step < 0) return invalid_argument("a checkpoint's step should be at least 0, got {}", step);
  if (writers < 1 || writers > kMaxWriters) {
    return invalid_argument("a checkpoint has 1 to {} writers, got {}", kMaxWriters, writers);
  }
  const auto fault = find_name_fault({tensors.begin(), tensors.end()});
  return fault ? invalid_argument("{}", *fault) : Status::ok();
}

// A writer's slices as tensors of its files, and of which logical tensors they are.
struct Part {
  std::vector<TensorView> stored;
  std::vector<ManifestSlice> slices;  // without checksums
  std::vector<LogicalTensor> tensors;
};

StatusOr<Part> plan_part(std::span<const SliceView> slices) {
  Part part;
  std::map<std::string_view, size_t> index;
  for (const SliceView& slice : slices) {
    RADDLE_RETURN_IF_ERROR(check_range(slice.tensor, slice.range));
    if (slice.range.count() == 0 && slice.tensor.shape.elements() > 0) continue;
    const auto [found, fresh] = index.emplace(slice.tensor.name, part.tensors.size());
    if (fresh) part.tensors.push_back(slice.tensor);
    const LogicalTensor& first = part.tensors[found->second];
    if (slice.tensor != first) {
      return invalid_argument("tensor \"{}\" is given as {} and as {}", first.name,
                              describe(first.dtype, first.shape),
                              describe(slice.tensor.dtype, slice.tensor.shape));
    }
    part.stored.push_back({stored_name(slice.tensor, slice.range), slice.tensor.dtype,
                           stored_shape(slice.tensor, slice.range), slice.data});
    part.slices.push_back({found->second, slice.range, 0});
  }
  if (const auto fault = find_name_fault(part.tensors)) return invalid_argument("{}", *fault);
  return part;
}

// One rename, or two when a checkpoint of this step is there (steps are written again after a
// resume from an earlier one). A crash between the two leaves the old one under a name that list()
// knows.
Status replace_target(FileSystem& fs, const Attempt& attempt) {
  const std::string root = parent_directory(attempt.target);
  const std::string name = attempt.target.substr(attempt.target.find_last_of('/') + 1);
  const std::string replaced = root + "/" + replaced_name(name);
  RADDLE_ASSIGN_OR_RETURN(const bool replace, fs.exists(attempt.target));
  if (replace) RADDLE_RETURN_IF_ERROR(fs.rename(attempt.target, replaced));
  const Status status = fs.rename(attempt.directory, attempt.target);
  if (!status.is_ok()) {
    // If this fails too, the next write or list() finds it under its other name.
    if (replace) [[maybe_unused]]
      const Status ignored = fs.rename(replaced, attempt.target);
    return status;
  }
  RADDLE_RETURN_IF_ERROR(fs.sync_directory(root));
  // The new checkpoint is in place; a leftover is removed by the next write.
  if (replace) [[maybe_unused]]
    const Status ignored = fs.remove_all(replaced);
  return Status::ok();
}

Status publish(FileSystem& fs, const Attempt& attempt) {
  if (attempt.replaces) return replace_target(fs, attempt);
  RADDLE_RETURN_IF_ERROR(fs.rename_new(attempt.directory, attempt.target));
  return fs.sync_directory(parent_directory(attempt.target));
}

// A record may come from a machine whose files are not, or not yet, to be seen here.
Status check_files_there(FileSystem& fs, const Attempt& attempt, const Manifest& manifest) {
  for (const ManifestFile& file : manifest.files) {
    const std::string path = attempt.directory + "/" + file.name;
    RADDLE_ASSIGN_OR_RETURN(const uint64_t bytes, fs.file_bytes(path));
    if (bytes != file.bytes) {
      return failed_precondition(
          "{}: its writer's record says {} bytes, found {}; do all writers see one file system?",
          path, file.bytes, bytes);
    }
  }
  return Status::ok();
}

// A writer that tried twice may have left files that its record does not name; tools that take
// every file of a directory must not meet them.
Status remove_others(FileSystem& fs, const Attempt& attempt, const Manifest& manifest) {
  std::set<std::string_view> wanted;
  for (const ManifestFile& file : manifest.files) wanted.insert(file.name);
  RADDLE_ASSIGN_OR_RETURN(const auto names, fs.list(attempt.directory));
  for (const std::string& name : names) {
    if (!name.ends_with(".safetensors") || wanted.contains(name)) continue;
    RADDLE_RETURN_IF_ERROR(fs.remove_all(attempt.directory + "/" + name));
  }
  return Status::ok();
}

}  // namespace

std::string Attempt::name() const { return directory.substr(directory.find_last_of('/') + 1); }

StatusOr<Attempt> begin_write(FileSystem& fs, const std::string& root, int64_t step,
                              int64_t writers, std::span<const LogicalTensor> tensors,
                              const WriteOptions& options) {
  RADDLE_RETURN_IF_ERROR(check_arguments(step, writers, tensors));
  if (options.make_root) RADDLE_RETURN_IF_ERROR(create_directories_durably(fs, root));
  RADDLE_RETURN_IF_ERROR(remove_leftovers(fs, root));
  RADDLE_RETURN_IF_ERROR(check_free_space(fs, root, tensors));
  const std::string name = step_directory_name(step);
  const Attempt attempt{root + "/" + name, temporary_name(root + "/" + writing_name(name)), step,
                        writers, true};
  RADDLE_RETURN_IF_ERROR(fs.create_directory(attempt.directory));
  return attempt;
}

StatusOr<Attempt> begin_write_to(FileSystem& fs, const std::string& path, int64_t step,
                                 int64_t writers, std::span<const LogicalTensor> tensors) {
  RADDLE_RETURN_IF_ERROR(check_arguments(step, writers, tensors));
  std::string target = path;
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(target));
  if (there) return already_exists("there is something at {} already; name another place", target);
  const std::string parent = parent_directory(target);
  RADDLE_RETURN_IF_ERROR(create_directories_durably(fs, parent));
  RADDLE_RETURN_IF_ERROR(check_free_space(fs, parent, tensors));
  const Attempt attempt{target, temporary_name(target), step, writers, false};
  RADDLE_RETURN_IF_ERROR(fs.create_directory(attempt.directory));
  return attempt;
}

StatusOr<PartRecord> write_part(FileSystem& fs, const Attempt& attempt, int64_t writer,
                                std::span<const SliceView> slices, const WriteOptions& options) {
  if (writer < 0 || writer >= attempt.writers) {
    return invalid_argument("writer {} should be 0 to {}, as the attempt {} says", writer,
                            attempt.writers - 1, attempt.name());
  }
  RADDLE_ASSIGN_OR_RETURN(Part part, plan_part(slices));
  PartRecord record{attempt.name(), attempt.step, writer, std::move(part.tensors), {}};
  // A writer of several with nothing to write needs no file to say so.
  if (part.stored.empty() && attempt.writers > 1) return record;
  RADDLE_ASSIGN_OR_RETURN(const auto ends, split_into_shards(part.stored, options.max_shard_bytes));
  size_t begin = 0;
  for (size_t shard = 0; shard < ends.size(); ++shard) {
    const std::string name = part_file_name(writer, attempt.writers, shard, ends.size());
    const auto stored = std::span(part.stored).subspan(begin, ends[shard] - begin);
    // Step and name are in the file itself, so that one put in another's place is recognised.
    const Metadata metadata = {{"raddle.step", std::to_string(attempt.step)},
                               {"raddle.file", name}};
    RADDLE_ASSIGN_OR_RETURN(
        const WrittenFile written,
        write_safetensors(fs, attempt.directory + "/" + name, stored, metadata, options.stop));
    ManifestFile file{name, written.bytes, written.checksum, {}};
    for (size_t i = 0; i < stored.size(); ++i) {
      file.slices.push_back(part.slices[begin + i]);
      file.slices.back().checksum = written.tensor_checksums[i];
    }
    record.files.push_back(std::move(file));
    begin = ends[shard];
  }
  return record;
}

Status commit(FileSystem& fs, const Attempt& attempt, std::span<const LogicalTensor> tensors,
              std::span<const PartRecord> records, const nlohmann::json& state) {
  RADDLE_RETURN_IF_ERROR(check_arguments(attempt.step, attempt.writers, tensors));
  RADDLE_ASSIGN_OR_RETURN(Manifest manifest, merge_parts(attempt, tensors, records));
  manifest.state = std::make_shared<const nlohmann::json>(state);
  RADDLE_RETURN_IF_ERROR(check_files_there(fs, attempt, manifest));
  RADDLE_RETURN_IF_ERROR(remove_others(fs, attempt, manifest));
  RADDLE_ASSIGN_OR_RETURN(const std::string text, encode_manifest(manifest));
  // A manifest that could not be read back would be found out only when it is needed.
  RADDLE_RETURN_IF_ERROR(parse_manifest(text, "the new manifest").status());
  RADDLE_RETURN_IF_ERROR(fs.sync_directory(attempt.directory));
  RADDLE_RETURN_IF_ERROR(write_file_atomically(fs, attempt.directory + "/" + kManifestFile, text));
  return publish(fs, attempt);
}

void abandon(FileSystem& fs, const Attempt& attempt) {
  [[maybe_unused]] const Status ignored = fs.remove_all(attempt.directory);
}

}  // namespace raddle::checkpoint
