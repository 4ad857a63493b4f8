// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/manifest.h"

#include <charconv>
#include <filesystem>
#include <set>

#include "checkpoint/json.h"
#include "checkpoint/manifest_json.h"
#include "runtime/base/file_system.h"

namespace raddle::checkpoint {
namespace {

using nlohmann::json;

constexpr std::string_view kFormatName = "raddle-checkpoint";
constexpr std::string_view kStepPrefix = "step-";

// Names are what everything else goes by, so each is that of one tensor.
std::optional<std::string> find_repeated(const std::vector<LogicalTensor>& tensors) {
  std::set<std::string_view> names;
  for (const LogicalTensor& tensor : tensors) {
    if (!names.insert(tensor.name).second) {
      return fmt::format("tensor \"{}\" is listed twice", tensor.name);
    }
  }
  return std::nullopt;
}

Status parse_contents_1(const json& body, std::string_view where, Manifest* manifest) {
  RADDLE_ASSIGN_OR_RETURN(const json* files,
                          json_member(body, "files", json::value_t::array, where));
  RADDLE_ASSIGN_OR_RETURN(manifest->files, files_from_json_1(*files, &manifest->tensors, where));
  if (const auto fault = find_repeated(manifest->tensors))
    return data_loss("{}: {}", where, *fault);
  return Status::ok();
}

Status parse_contents(const json& body, std::string_view where, Manifest* manifest) {
  RADDLE_ASSIGN_OR_RETURN(const json* tensors,
                          json_member(body, "tensors", json::value_t::array, where));
  RADDLE_ASSIGN_OR_RETURN(manifest->tensors, tensors_from_json(*tensors, where));
  RADDLE_ASSIGN_OR_RETURN(const json* files,
                          json_member(body, "files", json::value_t::array, where));
  RADDLE_ASSIGN_OR_RETURN(manifest->files, files_from_json(*files, manifest->tensors, where));
  if (const auto fault = find_uncovered(*manifest)) return data_loss("{}: {}", where, *fault);
  return Status::ok();
}

}  // namespace

uint64_t Manifest::bytes() const {
  uint64_t total = 0;
  for (const ManifestFile& file : files) total += file.bytes;
  return total;
}

std::optional<std::string> find_name_fault(const std::vector<LogicalTensor>& tensors) {
  for (const LogicalTensor& tensor : tensors) {
    // In a file, such a name says that it is a part of another tensor.
    if (is_part_name(tensor.name)) {
      return fmt::format(
          "tensor \"{}\" is named as a part of a tensor is (NAME[BEGIN:END]); name "
          "it otherwise",
          tensor.name);
    }
  }
  return find_repeated(tensors);
}

std::optional<std::string> find_uncovered(const Manifest& manifest) {
  std::vector<std::vector<PlacedRange>> ranges(manifest.tensors.size());
  for (const ManifestFile& file : manifest.files) {
    for (const ManifestSlice& slice : file.slices) {
      ranges[slice.tensor].push_back({slice.range, file.name});
    }
  }
  for (size_t i = 0; i < ranges.size(); ++i) {
    auto fault = find_uncovered(manifest.tensors[i], std::move(ranges[i]));
    if (fault) return fault;
  }
  return std::nullopt;
}

StatusOr<std::string> encode_manifest(const Manifest& manifest) {
  const json body = {{"step", manifest.step},
                     {"tensors", tensors_to_json(manifest.tensors)},
                     {"files", files_to_json(manifest.files, manifest.tensors)},
                     {"state", manifest.state == nullptr ? json() : *manifest.state}};
  RADDLE_ASSIGN_OR_RETURN(const json sealed,
                          seal_json(kFormatName, kManifestVersion, body, kManifestFile));
  RADDLE_ASSIGN_OR_RETURN(std::string all, dump_json(sealed, 1, kManifestFile));
  return all + "\n";
}

StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const json value, parse_json(text, where));
  RADDLE_ASSIGN_OR_RETURN(const SealedJson sealed,
                          open_sealed_json(value, kFormatName, kManifestVersion, where));
  const json& body = *sealed.body;
  Manifest manifest;
  RADDLE_ASSIGN_OR_RETURN(const uint64_t step, json_unsigned(body, "step", where));
  if (step > uint64_t{INT64_MAX}) return data_loss("{}: step {} is too large", where, step);
  manifest.step = static_cast<int64_t>(step);
  RADDLE_RETURN_IF_ERROR(sealed.version == 1 ? parse_contents_1(body, where, &manifest)
                                             : parse_contents(body, where, &manifest));
  const auto state = body.find("state");
  if (state == body.end()) return data_loss("{}: the field \"state\" is missing", where);
  manifest.state = std::make_shared<const json>(*state);
  return manifest;
}

StatusOr<Manifest> read_manifest(const std::string& checkpoint) {
  FileSystem& fs = file_system();
  const std::string path = checkpoint + "/" + kManifestFile;
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(checkpoint));
  if (!there) return not_found("there is no checkpoint at {}", checkpoint);
  RADDLE_ASSIGN_OR_RETURN(const bool has_manifest, fs.exists(path));
  if (!has_manifest) {
    return data_loss("{} has no {}: writing it was never finished; use an earlier checkpoint",
                     checkpoint, kManifestFile);
  }
  RADDLE_ASSIGN_OR_RETURN(const std::string text, fs.read_all(path));
  RADDLE_ASSIGN_OR_RETURN(Manifest manifest, parse_manifest(text, path));
  const auto named =
      parse_step_directory_name(std::filesystem::path(checkpoint).filename().string());
  if (named && *named != manifest.step) {
    return data_loss("{}: it is the manifest of step {}, found in the directory of step {}", path,
                     manifest.step, *named);
  }
  return manifest;
}

std::string step_directory_name(int64_t step) { return fmt::format("{}{:08}", kStepPrefix, step); }

std::optional<int64_t> parse_step_directory_name(std::string_view name) {
  if (!name.starts_with(kStepPrefix)) return std::nullopt;
  const std::string_view digits = name.substr(kStepPrefix.size());
  int64_t step = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  if (error != std::errc() || end != digits.data() + digits.size() || step < 0 ||
      step_directory_name(step) != name) {
    return std::nullopt;
  }
  return step;
}

std::string checkpoint_path(const std::string& root, int64_t step) {
  return root + "/" + step_directory_name(step);
}

}  // namespace raddle::checkpoint
