// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/hf_directory.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "checkpoint/json.h"
#include "runtime/base/log.h"

namespace raddle::checkpoint {
namespace {

constexpr const char* kConfig = "config.json";
constexpr const char* kGenerationConfig = "generation_config.json";
constexpr const char* kTokenizer = "tokenizer.json";
constexpr const char* kTokenizerConfig = "tokenizer_config.json";
constexpr const char* kSpecialTokensMap = "special_tokens_map.json";
constexpr const char* kProducerKey = "producer";  // in the weights' metadata: written by Raddle
constexpr const char* kProducer = "raddle";

// Why a file of a directory without model.safetensors is not its weights; "" if it is none.
std::string reason_not_read(const std::string& name) {
  constexpr std::string_view kSave =
      "load it with the tool that wrote it and save it as model.safetensors (in transformers: "
      "save_pretrained(dir, safe_serialization=True))";
  const auto is = [&](std::initializer_list<std::string_view> ends) {
    return std::any_of(ends.begin(), ends.end(),
                       [&](std::string_view end) { return name.ends_with(end); });
  };
  if (name == "adapter_model.safetensors") {
    return "an adapter is a part of a model; merge it into its base model (in peft: "
           "merge_and_unload()) and save the whole";
  }
  if (name.ends_with(".safetensors")) return "rename it to model.safetensors if it is the model";
  if (name.starts_with("pytorch_model") || is({".pth", ".pt", ".bin", ".ckpt"})) {
    return fmt::format(
        "only safetensors weights can be read, because a pickle file runs code when it is loaded; "
        "{}",
        kSave);
  }
  if (is({".gguf", ".h5", ".msgpack", ".onnx"})) {
    return fmt::format("only safetensors weights can be read; {}", kSave);
  }
  return "";
}

// Parts of the weights without the index that says which tensor is in which.
Status refuse_parts(const std::string& path, const std::vector<std::string>& names) {
  const auto first = std::find_if(names.begin(), names.end(),
                                  [](const auto& name) { return part_name(name).has_value(); });
  if (first == names.end()) return Status::ok();
  const auto [stem, parts] = *part_name(*first);
  std::string missing;
  size_t missing_count = 0;
  for (size_t i = 0; i < parts; ++i) {
    const std::string name = shard_file_name(stem, i, parts);
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    if (++missing_count <= 3) missing += ", " + name;
  }
  if (missing_count > 3) missing += fmt::format(" and {} more", missing_count - 3);
  return not_found(
      "{}/{} is one of {} parts, and what belongs to it is not there: model.safetensors.index.json"
      "{}; fetch the whole directory",
      path, *first, parts, missing);
}

// Weights that are something else; the message says which file was found instead.
Status refuse_other_formats(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const auto names, file_system().list(path));
  RADDLE_RETURN_IF_ERROR(refuse_parts(path, names));
  for (const std::string& name : names) {
    const std::string reason = reason_not_read(name);
    if (reason.empty()) continue;
    return Status(Code::kUnimplemented, fmt::format("{}/{}: {}", path, name, reason));
  }
  return Status::ok();
}

StatusOr<std::string> read_json_text(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(std::string text, file_system().read_all(path));
  RADDLE_ASSIGN_OR_RETURN(const auto value, parse_json(text, path));
  if (!value.is_object()) {
    return data_loss("{}: expected a JSON object, found {}", path, value.type_name());
  }
  return text;
}

bool is_export_name(const std::string& name) {
  constexpr std::array<std::string_view, 6> kNames = {
      kConfig,          kGenerationConfig, kTokenizer,
      kTokenizerConfig, kSpecialTokensMap, "model.safetensors.index.json"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         (name.starts_with("model") && name.ends_with(".safetensors"));
}

// OK when `path` may be replaced: it is not there, empty, or nothing but an earlier export.
Status check_replaceable(FileSystem& fs, const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const FileInfo info, fs.info(path));
  if (info.kind == FileInfo::Kind::kNone) return Status::ok();
  if (info.kind != FileInfo::Kind::kDirectory) {
    return already_exists("{} is there and is not a directory; name another place", path);
  }
  RADDLE_ASSIGN_OR_RETURN(const auto names, fs.list(path));
  if (names.empty()) return Status::ok();
  for (const std::string& name : names) {
    if (!is_export_name(name)) {
      return already_exists("{} holds {}, which no export writes; name another directory", path,
                            name);
    }
  }
  const auto weights = SafetensorsSet::open(path);
  const Code code = weights.status().code();
  if (code == Code::kIo || code == Code::kResourceExhausted) return weights.status();
  const bool ours = weights.is_ok() && std::all_of(weights->files().begin(), weights->files().end(),
                                                   [](const SafetensorsFile& file) {
                                                     const auto found =
                                                         file.metadata().find(kProducerKey);
                                                     return found != file.metadata().end() &&
                                                            found->second == kProducer;
                                                   });
  if (ours) return Status::ok();
  return already_exists("{} holds a model that Raddle did not export; name another directory",
                        path);
}

// Where an export to `path` goes: the name itself, or what it is a link to, so that the link stays.
StatusOr<std::string> place_of_export(const std::string& path) {
  namespace stdfs = std::filesystem;
  std::string target = path;
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  if (target.empty()) return invalid_argument("the export has no place to go; name a directory");
  std::error_code error;
  if (!stdfs::is_symlink(stdfs::symlink_status(target, error))) return target;
  const std::string led_to = stdfs::read_symlink(target, error).string();
  const stdfs::path real = stdfs::canonical(target, error);
  if (!error) return real.string();
  return not_found("{} is a link to {}, which is not there; make that directory, or name another",
                   target, led_to);
}

Status check_text(const std::optional<std::string>& text, const char* name) {
  if (!text) return Status::ok();
  const auto parsed = parse_json(*text, name);
  return parsed.is_ok() ? Status::ok() : invalid_argument("{}", parsed.status().message());
}

Status write_text(FileSystem& fs, const std::string& path, const std::optional<std::string>& text) {
  return text ? write_file_atomically(fs, path, *text) : Status::ok();
}

Status write_contents(FileSystem& fs, const std::string& directory, const HfContents& contents) {
  RADDLE_RETURN_IF_ERROR(create_directories_durably(fs, directory));
  int64_t bytes = 0;
  for (const TensorView& tensor : contents.tensors) {
    bytes += tensor.shape.elements() * static_cast<int64_t>(dtype_bytes(tensor.dtype));
  }
  begin_work(contents.stop, bytes);
  RADDLE_RETURN_IF_ERROR(write_safetensors_set(fs, directory, contents.tensors,
                                               {{kProducerKey, kProducer}},
                                               contents.max_shard_bytes, contents.stop));
  RADDLE_RETURN_IF_ERROR(write_text(fs, directory + "/" + kTokenizer, contents.tokenizer));
  RADDLE_RETURN_IF_ERROR(
      write_text(fs, directory + "/" + kTokenizerConfig, contents.tokenizer_config));
  RADDLE_RETURN_IF_ERROR(
      write_text(fs, directory + "/" + kSpecialTokensMap, contents.special_tokens_map));
  RADDLE_RETURN_IF_ERROR(
      write_text(fs, directory + "/" + kGenerationConfig, contents.generation_config));
  return write_file_atomically(fs, directory + "/" + kConfig, contents.config);
}

// An empty directory or an earlier export makes way first and comes back if the rename fails. Names
// are this export's own, and no rename replaces anything: of several exports to one place, each
// leaves a whole model or fails.
Status publish(FileSystem& fs, const std::string& from, const std::string& path) {
  const std::string old = temporary_name(path);
  RADDLE_ASSIGN_OR_RETURN(const bool replace, fs.exists(path));
  if (replace) RADDLE_RETURN_IF_ERROR(fs.rename(path, old));
  const Status status = fs.rename_new(from, path);
  if (!status.is_ok()) {
    if (!replace) return status;
    const Status back = fs.rename_new(old, path);
    if (back.is_ok()) return status;
    if (back.code() != Code::kAlreadyExists) {
      return io_error("{}; and the earlier export is now at {}: {}", status.message(), old,
                      back.message());
    }
    // Another export has replaced it.
    [[maybe_unused]] const Status ignored = fs.remove_all(old);
    return status;
  }
  Status synced = fs.sync_directory(parent_directory(path));
  if (!replace) return synced;
  if (!synced.is_ok()) {
    return std::move(synced).with_context(fmt::format("the earlier export is kept at {}", old));
  }
  const Status removed = fs.remove_all(old);
  if (!removed.is_ok()) log_warning("the export replaced an earlier one: {}", removed.message());
  return Status::ok();
}

}  // namespace

StatusOr<HfDirectory> open_hf_directory(const std::string& path) {
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(path));
  if (!there) return not_found("there is no model directory at {}", path);
  RADDLE_ASSIGN_OR_RETURN(const FileInfo info, fs.info(path));
  if (info.kind != FileInfo::Kind::kDirectory) {
    return invalid_argument(
        "{} is a file, expected a directory with config.json and model.safetensors; name {}", path,
        parent_directory(path));
  }
  auto found = SafetensorsSet::open(path);
  RADDLE_ASSIGN_OR_RETURN(const bool has_index, fs.exists(path + "/model.safetensors.index.json"));
  if (found.status().code() == Code::kNotFound && !has_index) {
    RADDLE_RETURN_IF_ERROR(refuse_other_formats(path));
  }
  RADDLE_ASSIGN_OR_RETURN(SafetensorsSet weights, std::move(found));
  RADDLE_ASSIGN_OR_RETURN(std::string config, read_json_text(path + "/" + kConfig));
  HfDirectory directory{path, std::move(config), std::nullopt, std::nullopt, std::move(weights)};
  const std::string generation = path + "/" + kGenerationConfig;
  RADDLE_ASSIGN_OR_RETURN(const bool has_generation, fs.exists(generation));
  if (has_generation) {
    RADDLE_ASSIGN_OR_RETURN(directory.generation_config, read_json_text(generation));
  }
  const std::string tokenizer = path + "/" + kTokenizer;
  RADDLE_ASSIGN_OR_RETURN(const bool has_tokenizer, fs.exists(tokenizer));
  if (has_tokenizer) directory.tokenizer_path = tokenizer;
  return directory;
}

Status write_hf_directory(FileSystem& fs, const std::string& path, const HfContents& contents) {
  RADDLE_ASSIGN_OR_RETURN(const std::string target, place_of_export(path));
  RADDLE_RETURN_IF_ERROR(check_text(contents.config, kConfig));
  RADDLE_RETURN_IF_ERROR(check_text(contents.generation_config, kGenerationConfig));
  RADDLE_RETURN_IF_ERROR(check_text(contents.tokenizer, kTokenizer));
  RADDLE_RETURN_IF_ERROR(check_text(contents.tokenizer_config, kTokenizerConfig));
  RADDLE_RETURN_IF_ERROR(check_text(contents.special_tokens_map, kSpecialTokensMap));
  RADDLE_RETURN_IF_ERROR(check_replaceable(fs, target));
  const std::string temporary = temporary_name(target);
  Status status = write_contents(fs, temporary, contents);
  if (status.is_ok()) status = check_stop(contents.stop, "the export");
  if (status.is_ok()) status = publish(fs, temporary, target);
  if (!status.is_ok()) {
    // The first failure is the one to report; a leftover is only untidy.
    [[maybe_unused]] const Status ignored = fs.remove_all(temporary);
  }
  return status;
}

}  // namespace raddle::checkpoint
