// SPDX-License-Identifier: Apache-2.0
// read() and read_slices(): any set of stored slices into any set of destinations.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "checkpoint/checkpoint.h"
#include "checkpoint/damage.h"
#include "checkpoint/safetensors.h"
#include "runtime/base/file_hash.h"
#include "runtime/base/hash.h"

namespace raddle::checkpoint {
namespace {

constexpr std::string_view kSameModel = "is it a checkpoint of the same model and recipe?";

// By the tensor's name, in the order of their ranges.
using Destinations = std::map<std::string_view, std::vector<const MutableSlice*>>;

// The destinations by name, once it is certain that each is within its tensor and no two of one
// tensor disagree or share elements.
StatusOr<Destinations> collect(std::span<const MutableSlice> destinations,
                               const ReadOptions& options) {
  Destinations wanted;
  for (const MutableSlice& slice : destinations) {
    const LogicalTensor& tensor = slice.tensor;
    RADDLE_RETURN_IF_ERROR(check_range(tensor, slice.range));
    if (!tensor.name.starts_with(options.prefix)) {
      return invalid_argument("\"{}\" is asked for, which does not begin with \"{}\"", tensor.name,
                              options.prefix);
    }
    if (slice.range.count() > 0 && slice.data == nullptr) {
      return invalid_argument("the destination of {} has no data", describe(tensor, slice.range));
    }
    wanted[tensor.name].push_back(&slice);
  }
  for (auto& [name, slices] : wanted) {
    std::stable_sort(slices.begin(), slices.end(),
                     [](const auto* a, const auto* b) { return a->range.begin < b->range.begin; });
    ElementRange before;
    for (const MutableSlice* slice : slices) {
      const LogicalTensor& first = slices.front()->tensor;
      if (slice->tensor != first) {
        return invalid_argument("tensor \"{}\" is asked for as {} and as {}", name,
                                describe(first.dtype, first.shape),
                                describe(slice->tensor.dtype, slice->tensor.shape));
      }
      if (slice->range.count() == 0) continue;
      if (slice->range.begin < before.end) {
        return invalid_argument("{} is asked for twice",
                                describe(first, common_range(before, slice->range)));
      }
      before = slice->range;
    }
  }
  return wanted;
}

Status check_tensor(const std::string& path, const LogicalTensor& held,
                    const LogicalTensor& wanted) {
  if (held == wanted) return Status::ok();
  return invalid_argument("{}: tensor \"{}\" is {}, expected {}; {}", path, held.name,
                          describe(held.dtype, held.shape), describe(wanted.dtype, wanted.shape),
                          kSameModel);
}

// Whether the checkpoint holds what is wanted, and nothing else unless the options say so.
Status match(const std::string& path, const Manifest& manifest, const Destinations& wanted,
             const ReadOptions& options) {
  std::set<std::string_view> missing;
  for (const auto& [name, slices] : wanted) missing.insert(name);
  const std::set<std::string_view> ignored(options.ignored.begin(), options.ignored.end());
  for (const LogicalTensor& tensor : manifest.tensors) {
    if (!tensor.name.starts_with(options.prefix) || ignored.contains(tensor.name)) continue;
    const auto found = wanted.find(tensor.name);
    if (found != wanted.end()) {
      RADDLE_RETURN_IF_ERROR(check_tensor(path, tensor, found->second.front()->tensor));
      missing.erase(tensor.name);
    } else if (options.all) {
      return invalid_argument("{}: holds tensor \"{}\" ({}), which is not wanted here; {}", path,
                              tensor.name, describe(tensor.dtype, tensor.shape), kSameModel);
    }
  }
  if (missing.empty()) return Status::ok();
  const LogicalTensor& first = wanted.find(*missing.begin())->second.front()->tensor;
  return invalid_argument("{}: lacks tensor \"{}\" ({}) and {} others that are wanted; {}", path,
                          first.name, describe(first.dtype, first.shape), missing.size() - 1,
                          kSameModel);
}

// The destinations that share elements with a stored slice.
std::vector<const MutableSlice*> takers(const Manifest& manifest, const ManifestSlice& stored,
                                        const Destinations& wanted) {
  std::vector<const MutableSlice*> found;
  const auto of_tensor = wanted.find(manifest.tensors[stored.tensor].name);
  if (of_tensor == wanted.end()) return found;
  std::copy_if(of_tensor->second.begin(), of_tensor->second.end(), std::back_inserter(found),
               [&](const MutableSlice* slice) {
                 return common_range(stored.range, slice->range).count() > 0;
               });
  return found;
}

bool holds_any(const Manifest& manifest, const ManifestFile& file, const Destinations& wanted) {
  return std::any_of(file.slices.begin(), file.slices.end(), [&](const ManifestSlice& slice) {
    return !takers(manifest, slice, wanted).empty();
  });
}

// What is hashed, and what is copied after that.
int64_t bytes_to_read(const Manifest& manifest, std::span<const ManifestFile* const> files,
                      const Destinations& wanted) {
  uint64_t bytes = 0;
  for (const ManifestFile* file : files) {
    for (const ManifestSlice& slice : file->slices) {
      const LogicalTensor& tensor = manifest.tensors[slice.tensor];
      const auto to = takers(manifest, slice, wanted);
      if (!to.empty()) bytes += slice_bytes(tensor, slice.range);
      for (const MutableSlice* taker : to) {
        bytes += slice_bytes(tensor, common_range(slice.range, taker->range));
      }
    }
  }
  return static_cast<int64_t>(bytes);
}

Status check_needed(const std::string& path, const Manifest& manifest, const ManifestFile& file,
                    const Destinations& wanted, StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const auto source, SafetensorsFile::open(path + "/" + file.name));
  RADDLE_RETURN_IF_ERROR(check_contents(source, manifest, file));
  for (const ManifestSlice& slice : file.slices) {
    if (takers(manifest, slice, wanted).empty()) continue;
    const LogicalTensor& tensor = manifest.tensors[slice.tensor];
    RADDLE_ASSIGN_OR_RETURN(const StoredTensor stored,
                            source.find(stored_name(tensor, slice.range)));
    RADDLE_ASSIGN_OR_RETURN(
        const uint64_t found,
        hash_range(*stored.file, stored.offset, slice_bytes(tensor, slice.range), stop));
    if (found != slice.checksum) {
      return data_loss("{}: {} is damaged: checksum {}, expected {}", source.path(),
                       describe(tensor, slice.range), hash_hex(found), hash_hex(slice.checksum));
    }
  }
  return Status::ok();
}

// What is needed of a file is checked; only when that fails is all of it read, to say what
// happened.
Status check_needed_or_explain(const std::string& path, const Manifest& manifest,
                               const ManifestFile& file, const Destinations& wanted,
                               StopToken* stop) {
  const Status status = check_needed(path, manifest, file, wanted, stop);
  if (status.is_ok() || status.code() == Code::kCancelled) return status;
  const auto problems = check_file(path, manifest, file, stop);
  return problems.empty() ? status : damage_status(problems);
}

constexpr uint64_t kCopyBytes = uint64_t{16} << 20;  // between looks at a stop

Status copy_range(const ReadableFile& file, uint64_t offset, std::byte* out, uint64_t bytes,
                  const ReadOptions& options) {
  for (uint64_t at = 0; at < bytes; at += kCopyBytes) {
    if (options.stops_half_way) {
      RADDLE_RETURN_IF_ERROR(check_stop(options.stop, "reading " + file.path()));
    }
    const uint64_t now = std::min(kCopyBytes, bytes - at);
    RADDLE_RETURN_IF_ERROR(file.read_at(offset + at, out + at, now));
    advance(options.stop, static_cast<int64_t>(now));
  }
  return Status::ok();
}

Status copy_file(const std::string& path, const Manifest& manifest, const ManifestFile& file,
                 const Destinations& wanted, const ReadOptions& options) {
  RADDLE_ASSIGN_OR_RETURN(const auto source, SafetensorsFile::open(path + "/" + file.name));
  for (const ManifestSlice& slice : file.slices) {
    const auto to = takers(manifest, slice, wanted);
    if (to.empty()) continue;
    const LogicalTensor& tensor = manifest.tensors[slice.tensor];
    RADDLE_ASSIGN_OR_RETURN(const StoredTensor stored,
                            source.find(stored_name(tensor, slice.range)));
    for (const MutableSlice* destination : to) {
      const ElementRange shared = common_range(slice.range, destination->range);
      const uint64_t skipped = slice_bytes(tensor, {slice.range.begin, shared.begin});
      auto* out = static_cast<std::byte*>(destination->data) +
                  slice_bytes(tensor, {destination->range.begin, shared.begin});
      RADDLE_RETURN_IF_ERROR(copy_range(*stored.file, stored.offset + skipped, out,
                                        slice_bytes(tensor, shared), options));
    }
  }
  return Status::ok();
}

}  // namespace

StatusOr<Manifest> read_slices(const std::string& path, std::span<const MutableSlice> destinations,
                               const ReadOptions& options) {
  RADDLE_ASSIGN_OR_RETURN(Manifest manifest, read_manifest(path));
  RADDLE_ASSIGN_OR_RETURN(const Destinations wanted, collect(destinations, options));
  RADDLE_RETURN_IF_ERROR(match(path, manifest, wanted, options));
  std::vector<const ManifestFile*> needed;
  for (const ManifestFile& file : manifest.files) {
    if (holds_any(manifest, file, wanted)) needed.push_back(&file);
  }
  begin_work(options.stop, bytes_to_read(manifest, needed, wanted));
  for (const ManifestFile* file : needed) {
    RADDLE_RETURN_IF_ERROR(check_needed_or_explain(path, manifest, *file, wanted, options.stop));
  }
  for (const ManifestFile* file : needed) {
    RADDLE_RETURN_IF_ERROR(copy_file(path, manifest, *file, wanted, options));
  }
  return manifest;
}

StatusOr<Manifest> read(const std::string& path, std::span<const MutableTensor> destinations,
                        const ReadOptions& options) {
  std::vector<MutableSlice> slices;
  for (const MutableTensor& tensor : destinations) {
    // Before its elements are counted.
    RADDLE_RETURN_IF_ERROR(tensor_bytes(tensor.dtype, tensor.shape).status());
    slices.push_back(
        {{tensor.name, tensor.dtype, tensor.shape}, whole_range(tensor.shape), tensor.data});
  }
  return read_slices(path, slices, options);
}

}  // namespace raddle::checkpoint
