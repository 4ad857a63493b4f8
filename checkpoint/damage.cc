// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/damage.h"

#include "checkpoint/safetensors.h"
#include "runtime/base/file_hash.h"
#include "runtime/base/hash.h"

namespace raddle::checkpoint {
namespace {

constexpr std::string_view kAdvice = "copy it again from where it is whole, or use an earlier one";

const LogicalTensor& tensor_of(const Manifest& manifest, const ManifestSlice& slice) {
  return manifest.tensors[slice.tensor];
}

uint64_t bytes_of(const Manifest& manifest, const ManifestSlice& slice) {
  return slice_bytes(tensor_of(manifest, slice), slice.range);
}

// By the manifest alone, so that it holds for a file whose header is damaged.
uint64_t payload_offset(const Manifest& manifest, const ManifestFile& file) {
  uint64_t payload = 0;
  for (const ManifestSlice& slice : file.slices) payload += bytes_of(manifest, slice);
  return file.bytes - payload;
}

std::string first_tensor(const Manifest& manifest, const ManifestFile& file) {
  return file.slices.empty() ? "" : tensor_of(manifest, file.slices.front()).name;
}

// A whole file of another checkpoint, or another file of this one, says so in its own metadata.
std::vector<Problem> find_exchange(const ReadableFile& opened, const Manifest& manifest,
                                   const ManifestFile& file) {
  const auto parsed = SafetensorsFile::open(opened.path());
  if (!parsed.is_ok()) return {};
  const auto said = [&](const char* key) {
    const auto found = parsed->metadata().find(key);
    return found == parsed->metadata().end() ? std::string() : found->second;
  };
  const std::string step = said("raddle.step"), name = said("raddle.file");
  if (step == std::to_string(manifest.step) && name == file.name) return {};
  return {{file.name, first_tensor(manifest, file),
           fmt::format("{}: it says that it is \"{}\" of step {}, but the manifest is of step {}: "
                       "another file was put in its place, so tensor \"{}\" and the others in it "
                       "do not belong here; {}",
                       opened.path(), name, step.empty() ? "(none)" : step, manifest.step,
                       first_tensor(manifest, file), kAdvice)}};
}

std::vector<Problem> find_cut(const ReadableFile& opened, const Manifest& manifest,
                              const ManifestFile& file) {
  uint64_t end = payload_offset(manifest, file);
  std::string tensor = first_tensor(manifest, file);
  for (const ManifestSlice& slice : file.slices) {
    end += bytes_of(manifest, slice);
    tensor = tensor_of(manifest, slice).name;
    if (end > opened.bytes()) break;
  }
  return {{file.name, tensor,
           fmt::format("{}: expected {} bytes, found {}: it is {} tensor \"{}\"; {}", opened.path(),
                       file.bytes, opened.bytes(),
                       opened.bytes() < file.bytes ? "cut short in" : "too long after", tensor,
                       kAdvice)}};
}

std::vector<Problem> find_changed_slices(const ReadableFile& opened, const Manifest& manifest,
                                         const ManifestFile& file, StopToken* stop) {
  std::vector<Problem> problems;
  uint64_t offset = payload_offset(manifest, file);
  for (const ManifestSlice& slice : file.slices) {
    const LogicalTensor& tensor = tensor_of(manifest, slice);
    const uint64_t bytes = bytes_of(manifest, slice);
    const auto found = hash_range(opened, offset, bytes, stop);
    offset += bytes;
    if (!found.is_ok()) {
      problems.push_back({file.name, tensor.name, found.status().message()});
      if (found.status().code() == Code::kCancelled) break;
      continue;
    }
    if (*found == slice.checksum) continue;
    problems.push_back({file.name, tensor.name,
                        fmt::format("{}: {} is damaged: checksum {}, expected {}; {}",
                                    opened.path(), describe(tensor, slice.range), hash_hex(*found),
                                    hash_hex(slice.checksum), kAdvice)});
  }
  if (problems.empty()) {
    problems.push_back({file.name, first_tensor(manifest, file),
                        fmt::format("{}: the header is damaged, by which tensor \"{}\" and the "
                                    "others in it are found; {}",
                                    opened.path(), first_tensor(manifest, file), kAdvice)});
  }
  return problems;
}

// Whether a file that did not open is gone, or something else is in its place.
bool is_lost(Code code) { return code == Code::kNotFound || code == Code::kInvalidArgument; }

}  // namespace

std::vector<Problem> check_file(const std::string& checkpoint, const Manifest& manifest,
                                const ManifestFile& file, StopToken* stop) {
  const std::string path = checkpoint + "/" + file.name;
  const auto unreadable = [&](const Status& status) -> std::vector<Problem> {
    const bool lost = is_lost(status.code());
    return {
        {file.name, first_tensor(manifest, file),
         fmt::format("{}; tensor \"{}\" and the others in it {}; {}", status.message(),
                     first_tensor(manifest, file), lost ? "are lost" : "cannot be read", kAdvice),
         lost ? Code::kDataLoss : status.code()}};
  };
  const auto opened = file_system().open(path);
  if (!opened.is_ok()) return unreadable(opened.status());
  if ((*opened)->bytes() == file.bytes) {
    const auto hash = hash_range(**opened, 0, file.bytes, stop);
    if (hash.status().code() == Code::kCancelled) {
      return {{file.name, "", hash.status().message(), Code::kCancelled}};
    }
    if (!hash.is_ok()) return unreadable(hash.status());
    if (*hash == file.checksum) return {};
  }
  auto problems = find_exchange(**opened, manifest, file);
  if (!problems.empty()) return problems;
  return (*opened)->bytes() != file.bytes ? find_cut(**opened, manifest, file)
                                          : find_changed_slices(**opened, manifest, file, stop);
}

Status check_contents(const SafetensorsFile& source, const Manifest& manifest,
                      const ManifestFile& file) {
  uint64_t offset = payload_offset(manifest, file);
  for (const ManifestSlice& slice : file.slices) {
    const LogicalTensor& tensor = tensor_of(manifest, slice);
    RADDLE_ASSIGN_OR_RETURN(const StoredTensor stored,
                            source.find(stored_name(tensor, slice.range)));
    const Shape shape = stored_shape(tensor, slice.range);
    if (stored.dtype != tensor.dtype || stored.shape != shape || stored.offset != offset) {
      return data_loss(
          "{}: tensor \"{}\" is {} at byte {}, but the manifest says {} at byte {}; {}",
          source.path(), stored.name, describe(stored.dtype, stored.shape), stored.offset,
          describe(tensor.dtype, shape), offset, kAdvice);
    }
    offset += bytes_of(manifest, slice);
  }
  return Status::ok();
}

Status damage_status(const std::vector<Problem>& problems) {
  RADDLE_ASSERT(!problems.empty());
  const Problem& first = problems.front();
  if (problems.size() == 1) return Status(first.code, first.message);
  return Status(first.code, fmt::format("{} (and {} more)", first.message, problems.size() - 1));
}

}  // namespace raddle::checkpoint
