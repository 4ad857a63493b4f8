// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/damage.h"

#include "checkpoint/safetensors_header.h"
#include "runtime/base/hash.h"

namespace raddle::checkpoint {
namespace {

constexpr std::string_view kAdvice = "copy it again from where it is whole, or use an earlier one";

uint64_t bytes_of(const ManifestTensor& tensor) {
  const auto bytes = tensor_bytes(tensor.dtype, tensor.shape);
  RADDLE_ASSERT(bytes.is_ok());  // the manifest was parsed, which checks it
  return bytes.value();
}

// By the manifest alone, so that it holds for a file whose header is damaged.
uint64_t payload_offset(const ManifestFile& file) {
  uint64_t payload = 0;
  for (const ManifestTensor& tensor : file.tensors) payload += bytes_of(tensor);
  return file.bytes - payload;
}

std::string first_tensor(const ManifestFile& file) {
  return file.tensors.empty() ? "" : file.tensors.front().name;
}

// A whole file of another checkpoint, or another file of this one, says so in its own metadata.
std::vector<Problem> find_exchange(const MappedFile& mapped, const Manifest& manifest,
                                   const ManifestFile& file) {
  const auto header = parse_safetensors_header(mapped.span(), mapped.path());
  if (!header.is_ok()) return {};
  const auto said = [&](const char* key) {
    const auto found = header->metadata.find(key);
    return found == header->metadata.end() ? std::string() : found->second;
  };
  const std::string step = said("raddle.step"), name = said("raddle.file");
  if (step == std::to_string(manifest.step) && name == file.name) return {};
  return {{file.name, first_tensor(file),
           fmt::format("{}: it says that it is \"{}\" of step {}, but the manifest is of step {}: "
                       "another file was put in its place, so tensor \"{}\" and the others in it "
                       "do not belong here; {}",
                       mapped.path(), name, step.empty() ? "(none)" : step, manifest.step,
                       first_tensor(file), kAdvice)}};
}

std::vector<Problem> find_cut(const MappedFile& mapped, const ManifestFile& file) {
  uint64_t end = payload_offset(file);
  std::string tensor = first_tensor(file);
  for (const ManifestTensor& candidate : file.tensors) {
    end += bytes_of(candidate);
    tensor = candidate.name;
    if (end > mapped.bytes()) break;
  }
  return {{file.name, tensor,
           fmt::format("{}: expected {} bytes, found {}: it is {} tensor \"{}\"; {}", mapped.path(),
                       file.bytes, mapped.bytes(),
                       mapped.bytes() < file.bytes ? "cut short in" : "too long after", tensor,
                       kAdvice)}};
}

std::vector<Problem> find_changed_tensors(const MappedFile& mapped, const ManifestFile& file) {
  std::vector<Problem> problems;
  uint64_t offset = payload_offset(file);
  for (const ManifestTensor& tensor : file.tensors) {
    const uint64_t bytes = bytes_of(tensor);
    const uint64_t found = hash_bytes(mapped.data() + offset, bytes);
    offset += bytes;
    if (found == tensor.checksum) continue;
    problems.push_back(
        {file.name, tensor.name,
         fmt::format("{}: tensor \"{}\" ({}) is damaged: checksum {}, expected {}; {}",
                     mapped.path(), tensor.name, describe(tensor.dtype, tensor.shape),
                     hash_hex(found), hash_hex(tensor.checksum), kAdvice)});
  }
  if (problems.empty()) {
    problems.push_back({file.name, first_tensor(file),
                        fmt::format("{}: the header is damaged, by which tensor \"{}\" and the "
                                    "others in it are found; {}",
                                    mapped.path(), first_tensor(file), kAdvice)});
  }
  return problems;
}

}  // namespace

std::vector<Problem> check_file(const std::string& checkpoint, const Manifest& manifest,
                                const ManifestFile& file) {
  const std::string path = checkpoint + "/" + file.name;
  const auto mapped = MappedFile::open(path);
  if (!mapped.is_ok()) {
    return {{file.name, first_tensor(file),
             fmt::format("{}; tensor \"{}\" and the others in it are lost; {}",
                         mapped.status().message(), first_tensor(file), kAdvice)}};
  }
  if (mapped->bytes() == file.bytes &&
      hash_bytes(mapped->data(), mapped->bytes()) == file.checksum) {
    return {};
  }
  auto problems = find_exchange(*mapped, manifest, file);
  if (!problems.empty()) return problems;
  return mapped->bytes() != file.bytes ? find_cut(*mapped, file)
                                       : find_changed_tensors(*mapped, file);
}

Status damage_status(const std::vector<Problem>& problems) {
  RADDLE_ASSERT(!problems.empty());
  const std::string& first = problems.front().message;
  if (problems.size() == 1) return data_loss("{}", first);
  return data_loss("{} (and {} more)", first, problems.size() - 1);
}

}  // namespace raddle::checkpoint
