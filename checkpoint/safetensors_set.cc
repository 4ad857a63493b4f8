// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/safetensors_set.h"

#include <fmt/ranges.h>

#include <set>

#include "checkpoint/json.h"

namespace raddle::checkpoint {
namespace {

using nlohmann::json;

constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";

StatusOr<json> read_weight_map(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const std::string text, file_system().read_all(path));
  RADDLE_ASSIGN_OR_RETURN(const json index, parse_json(text, path));
  RADDLE_ASSIGN_OR_RETURN(const json* map,
                          json_member(index, "weight_map", json::value_t::object, path));
  for (const auto& [name, file] : map->items()) {
    if (!file.is_string() || !is_plain_file_name(file.get_ref<const std::string&>())) {
      return data_loss("{}: tensor \"{}\" should name a file beside the index, found {}", path,
                       name, file.dump().substr(0, 120));
    }
  }
  return *map;
}

// Of a download that was not finished, all that is missing is named at once.
Status check_all_there(const std::string& directory, const std::set<std::string>& names) {
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    RADDLE_ASSIGN_OR_RETURN(const bool there, file_system().exists(directory + "/" + name));
    if (!there) missing.push_back(name);
  }
  if (missing.empty()) return Status::ok();
  return not_found("{}: {} of the {} files that {} names are missing: {}; download them too",
                   directory, missing.size(), names.size(), kIndexFile, fmt::join(missing, ", "));
}

// Both ways: nothing promised is missing, nothing unpromised is there.
Status check_index(const json& weight_map, std::span<const SafetensorsFile> files,
                   const std::string& directory) {
  std::set<std::string, std::less<>> present;
  const auto check = [&](const SafetensorsFile& file, const std::string& name) -> Status {
    const auto mapped = weight_map.find(name);
    const std::string expected =
        mapped == weight_map.end() ? "" : directory + "/" + mapped->get<std::string>();
    if (expected != file.path()) {
      return data_loss("{}: holds tensor \"{}\", which {} places {}", file.path(), name, kIndexFile,
                       expected.empty() ? "nowhere" : "in " + expected);
    }
    present.insert(name);
    return Status::ok();
  };
  for (const SafetensorsFile& file : files) {
    for (const StoredTensor& tensor : file.tensors()) {
      RADDLE_RETURN_IF_ERROR(check(file, tensor.name));
    }
    for (const UnsupportedTensor& tensor : file.unsupported()) {
      RADDLE_RETURN_IF_ERROR(check(file, tensor.name));
    }
  }
  for (const auto& [name, file] : weight_map.items()) {
    if (!present.contains(name)) {
      return data_loss("{}/{}: tensor \"{}\" is missing, although {} places it there", directory,
                       file.get<std::string>(), name, kIndexFile);
    }
  }
  return Status::ok();
}

constexpr std::string_view kPartEnd = "-00000-of-00000.safetensors";

}  // namespace

std::optional<PartName> part_name(std::string_view name) {
  if (name.size() <= kPartEnd.size()) return std::nullopt;
  const size_t stem = name.size() - kPartEnd.size();
  const std::string_view end = name.substr(stem);
  for (size_t i = 0; i < kPartEnd.size(); ++i) {
    const bool digit = end[i] >= '0' && end[i] <= '9';
    if (kPartEnd[i] == '0' ? !digit : end[i] != kPartEnd[i]) return std::nullopt;
  }
  size_t parts = 0;
  for (const char c : end.substr(10, 5)) parts = 10 * parts + static_cast<size_t>(c - '0');
  if (parts == 0) return std::nullopt;
  return PartName{name.substr(0, stem), parts};
}

StatusOr<std::vector<std::string>> parts_without_index(const std::string& directory) {
  RADDLE_ASSIGN_OR_RETURN(const auto names, file_system().list(directory));
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    if (name.starts_with("model-") && part_name(name).has_value()) parts.push_back(name);
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] != shard_file_name("model", i, parts.size())) return std::vector<std::string>();
  }
  return parts;
}

Status SafetensorsSet::add_file(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(path));
  for (const StoredTensor& tensor : file.tensors()) {
    const auto [place, fresh] =
        index_.try_emplace(tensor.name, std::pair{files_.size(), tensors_.size()});
    if (!fresh) {
      return data_loss("{}: tensor \"{}\" is also in {}", path, tensor.name,
                       files_[place->second.first].path());
    }
    tensors_.push_back(tensor);
  }
  files_.push_back(std::move(file));
  return Status::ok();
}

StatusOr<SafetensorsSet> SafetensorsSet::open(const std::string& path) {
  FileSystem& fs = file_system();
  SafetensorsSet set;
  set.path_ = path;
  if (path.ends_with(".safetensors")) {
    RADDLE_RETURN_IF_ERROR(set.add_file(path));
    return set;
  }
  const std::string single = path + "/" + kSingleFile, index = path + "/" + kIndexFile;
  RADDLE_ASSIGN_OR_RETURN(const bool is_single, fs.exists(single));
  if (is_single) {
    RADDLE_RETURN_IF_ERROR(set.add_file(single));
    return set;
  }
  RADDLE_ASSIGN_OR_RETURN(const bool has_index, fs.exists(index));
  if (!has_index) {
    RADDLE_ASSIGN_OR_RETURN(const auto parts, parts_without_index(path));
    for (const std::string& name : parts) RADDLE_RETURN_IF_ERROR(set.add_file(path + "/" + name));
    if (!parts.empty()) return set;
    return not_found("{}: neither {} nor {} is there", path, kSingleFile, kIndexFile);
  }
  RADDLE_ASSIGN_OR_RETURN(const json weight_map, read_weight_map(index));
  std::set<std::string> names;
  for (const auto& [name, file] : weight_map.items()) names.insert(file.get<std::string>());
  RADDLE_RETURN_IF_ERROR(check_all_there(path, names));
  for (const std::string& name : names) {
    RADDLE_RETURN_IF_ERROR(set.add_file(path + "/" + name));
  }
  RADDLE_RETURN_IF_ERROR(check_index(weight_map, set.files_, path));
  return set;
}

StatusOr<StoredTensor> SafetensorsSet::find(std::string_view name) const {
  const auto found = index_.find(name);
  if (found != index_.end()) return tensors_[found->second.second];
  for (const SafetensorsFile& file : files_) {
    auto view = file.find(name);
    if (view.status().code() == Code::kUnimplemented) return view;
  }
  return not_found("{}: there is no tensor \"{}\" among the {} of its {} files", path_, name,
                   tensors_.size(), files_.size());
}

Status SafetensorsSet::read_into(std::string_view name, DType dtype, void* out,
                                 size_t bytes) const {
  RADDLE_RETURN_IF_ERROR(find(name).status());
  return files_[index_.find(name)->second.first].read_into(name, dtype, out, bytes);
}

StatusOr<std::vector<size_t>> split_into_shards(std::span<const TensorView> tensors,
                                                uint64_t max_bytes) {
  std::vector<size_t> ends;
  uint64_t held = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    RADDLE_ASSIGN_OR_RETURN(const uint64_t bytes, tensor_bytes(tensors[i].dtype, tensors[i].shape));
    const size_t begin = ends.empty() ? 0 : ends.back();
    if (i > begin && (bytes > max_bytes || held > max_bytes - bytes)) {
      ends.push_back(i);
      held = 0;
    }
    held += bytes;
  }
  ends.push_back(tensors.size());
  return ends;
}

std::string shard_file_name(std::string_view stem, size_t index, size_t count) {
  return fmt::format("{}-{:05}-of-{:05}.safetensors", stem, index + 1, count);
}

Status write_safetensors_set(FileSystem& fs, const std::string& directory,
                             std::span<const TensorView> tensors, const Metadata& metadata,
                             uint64_t max_shard_bytes, StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const auto ends, split_into_shards(tensors, max_shard_bytes));
  if (ends.size() == 1) {
    return write_safetensors(fs, directory + "/" + kSingleFile, tensors, metadata, stop).status();
  }
  json weight_map = json::object();
  uint64_t total_size = 0;
  size_t begin = 0;
  for (size_t shard = 0; shard < ends.size(); ++shard) {
    const std::string name = shard_file_name("model", shard, ends.size());
    const auto part = tensors.subspan(begin, ends[shard] - begin);
    RADDLE_RETURN_IF_ERROR(
        write_safetensors(fs, directory + "/" + name, part, metadata, stop).status());
    for (const TensorView& tensor : part) {
      if (weight_map.contains(tensor.name)) {
        return invalid_argument("two tensors are named \"{}\"; names in a set of files differ",
                                tensor.name);
      }
      weight_map[tensor.name] = name;
      RADDLE_ASSIGN_OR_RETURN(const uint64_t bytes, tensor_bytes(tensor.dtype, tensor.shape));
      total_size += bytes;
    }
    begin = ends[shard];
  }
  const json index = {{"metadata", {{"total_size", total_size}}}, {"weight_map", weight_map}};
  RADDLE_ASSIGN_OR_RETURN(const std::string text, dump_json(index, 2, kIndexFile));
  return write_file_atomically(fs, directory + "/" + kIndexFile, text + "\n");
}

}  // namespace raddle::checkpoint
