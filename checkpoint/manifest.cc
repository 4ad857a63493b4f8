// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/manifest.h"

#include <charconv>
#include <filesystem>
#include <set>

#include "checkpoint/json.h"
#include "runtime/base/file_system.h"
#include "runtime/base/hash.h"

namespace raddle::checkpoint {
namespace {

using nlohmann::json;

constexpr std::string_view kFormatName = "raddle-checkpoint";
constexpr std::string_view kStepPrefix = "step-";

json tensor_to_json(const ManifestTensor& tensor) {
  const auto dims = tensor.shape.dims();
  return {{"name", tensor.name},
          {"dtype", dtype_name(tensor.dtype)},
          {"shape", std::vector<int64_t>(dims.begin(), dims.end())},
          {"xxh3", hash_hex(tensor.checksum)}};
}

json file_to_json(const ManifestFile& file) {
  json tensors = json::array();
  for (const ManifestTensor& tensor : file.tensors) tensors.push_back(tensor_to_json(tensor));
  return {{"name", file.name},
          {"bytes", file.bytes},
          {"xxh3", hash_hex(file.checksum)},
          {"tensors", std::move(tensors)}};
}

StatusOr<Shape> parse_shape(const json& array, std::string_view where) {
  std::vector<int64_t> dims;
  for (const json& dim : array) {
    if (!dim.is_number_unsigned() || dim.get<uint64_t>() > uint64_t{INT64_MAX}) {
      return data_loss("{}: a dimension should be a number from 0, found {}", where, dim.dump());
    }
    dims.push_back(dim.get<int64_t>());
  }
  if (dims.size() > static_cast<size_t>(Shape::kMaxRank)) {
    return data_loss("{}: it has {} dimensions, the most is {}", where, dims.size(),
                     Shape::kMaxRank);
  }
  return Shape(std::span<const int64_t>(dims));
}

StatusOr<ManifestTensor> parse_tensor(const json& value, std::string_view file_where) {
  ManifestTensor tensor;
  RADDLE_ASSIGN_OR_RETURN(tensor.name, json_string(value, "name", file_where));
  const std::string where = fmt::format("{}: tensor \"{}\"", file_where, tensor.name);
  RADDLE_ASSIGN_OR_RETURN(const std::string dtype, json_string(value, "dtype", where));
  const auto parsed = parse_dtype(dtype);
  if (!parsed.is_ok()) return data_loss("{}: {}", where, parsed.status().message());
  tensor.dtype = parsed.value();
  RADDLE_ASSIGN_OR_RETURN(const json* shape,
                          json_member(value, "shape", json::value_t::array, where));
  RADDLE_ASSIGN_OR_RETURN(tensor.shape, parse_shape(*shape, where));
  RADDLE_ASSIGN_OR_RETURN(tensor.checksum, json_hash(value, "xxh3", where));
  return tensor;
}

StatusOr<ManifestFile> parse_file(const json& value, std::string_view manifest_where) {
  ManifestFile file;
  RADDLE_ASSIGN_OR_RETURN(file.name, json_string(value, "name", manifest_where));
  const std::string where = fmt::format("{}: file \"{}\"", manifest_where, file.name);
  if (!is_plain_file_name(file.name)) {
    return data_loss("{}: expected the name of a file beside the manifest", where);
  }
  RADDLE_ASSIGN_OR_RETURN(file.bytes, json_unsigned(value, "bytes", where));
  RADDLE_ASSIGN_OR_RETURN(file.checksum, json_hash(value, "xxh3", where));
  RADDLE_ASSIGN_OR_RETURN(const json* tensors,
                          json_member(value, "tensors", json::value_t::array, where));
  uint64_t payload = 0;
  for (const json& entry : *tensors) {
    RADDLE_ASSIGN_OR_RETURN(ManifestTensor tensor, parse_tensor(entry, where));
    RADDLE_ASSIGN_OR_RETURN(const uint64_t bytes, tensor_bytes(tensor.dtype, tensor.shape));
    if (bytes > file.bytes - payload) {
      return data_loss("{}: tensor \"{}\" does not fit in the file's {} bytes", where, tensor.name,
                       file.bytes);
    }
    payload += bytes;
    file.tensors.push_back(std::move(tensor));
  }
  return file;
}

// Names are what everything else goes by, so they must be unique over the whole checkpoint.
Status check_unique(const Manifest& manifest, std::string_view where) {
  std::set<std::string_view> files, tensors;
  for (const ManifestFile& file : manifest.files) {
    if (!files.insert(file.name).second) {
      return data_loss("{}: file \"{}\" is listed twice", where, file.name);
    }
    for (const ManifestTensor& tensor : file.tensors) {
      if (!tensors.insert(tensor.name).second) {
        return data_loss("{}: tensor \"{}\" is listed twice", where, tensor.name);
      }
    }
  }
  return Status::ok();
}

// The envelope: format, version and the checksum of the body. Returns the body.
StatusOr<const json*> open_envelope(const json& value, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const std::string format, json_string(value, "format", where));
  if (format != std::string_view(kFormatName)) {
    return data_loss("{}: expected the format \"{}\", found \"{}\"", where, kFormatName, format);
  }
  RADDLE_ASSIGN_OR_RETURN(const uint64_t version, json_unsigned(value, "version", where));
  if (version != kManifestVersion) {
    return Status(Code::kUnimplemented,
                  fmt::format("{}: format version {} is not known, this Raddle reads version {}; "
                              "use the Raddle that wrote it",
                              where, version, kManifestVersion));
  }
  RADDLE_ASSIGN_OR_RETURN(const uint64_t expected, json_hash(value, "xxh3", where));
  RADDLE_ASSIGN_OR_RETURN(const json* body,
                          json_member(value, "body", json::value_t::object, where));
  RADDLE_ASSIGN_OR_RETURN(const std::string text, dump_json(*body, -1, where));
  if (hash_text(text) != expected) {
    return data_loss("{}: its contents have checksum {}, expected {}: it was damaged or edited",
                     where, hash_hex(hash_text(text)), hash_hex(expected));
  }
  return body;
}

}  // namespace

uint64_t Manifest::bytes() const {
  uint64_t total = 0;
  for (const ManifestFile& file : files) total += file.bytes;
  return total;
}

StatusOr<std::string> encode_manifest(const Manifest& manifest) {
  json files = json::array();
  for (const ManifestFile& file : manifest.files) files.push_back(file_to_json(file));
  const json body = {
      {"step", manifest.step}, {"files", std::move(files)}, {"state", manifest.state}};
  RADDLE_ASSIGN_OR_RETURN(const std::string text, dump_json(body, -1, kManifestFile));
  const json envelope = {{"format", kFormatName},
                         {"version", kManifestVersion},
                         {"xxh3", hash_hex(hash_text(text))},
                         {"body", body}};
  RADDLE_ASSIGN_OR_RETURN(std::string all, dump_json(envelope, 1, kManifestFile));
  return all + "\n";
}

StatusOr<Manifest> parse_manifest(std::string_view text, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const json value, parse_json(text, where));
  RADDLE_ASSIGN_OR_RETURN(const json* body, open_envelope(value, where));
  Manifest manifest;
  RADDLE_ASSIGN_OR_RETURN(const uint64_t step, json_unsigned(*body, "step", where));
  if (step > uint64_t{INT64_MAX}) return data_loss("{}: step {} is too large", where, step);
  manifest.step = static_cast<int64_t>(step);
  RADDLE_ASSIGN_OR_RETURN(const json* files,
                          json_member(*body, "files", json::value_t::array, where));
  for (const json& entry : *files) {
    RADDLE_ASSIGN_OR_RETURN(ManifestFile file, parse_file(entry, where));
    manifest.files.push_back(std::move(file));
  }
  RADDLE_RETURN_IF_ERROR(check_unique(manifest, where));
  const auto state = body->find("state");
  if (state == body->end()) return data_loss("{}: the field \"state\" is missing", where);
  manifest.state = *state;
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
