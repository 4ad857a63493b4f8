// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/model_keys.h"

#include <algorithm>

#include "runtime/base/file_system.h"
#include "runtime/base/log.h"

namespace raddle::models {
namespace {

constexpr std::string_view kOpenAtZero[] = {"model.vocab_size", "model.kv_heads", "model.head_dim",
                                            "model.ffn_width"};

constexpr const char* kOfFile = "the model's config.json";

bool stands_in_file(std::string_view key, const ModelConfig& file) {
  if (key.starts_with("model.mtp.")) return false;
  for (std::string_view trained : {"fused", "decay_scale", "scale_init"}) {
    if (key == fmt::format("model.virtual_width.{}", trained)) return false;
  }
  return file.virtual_width.enabled() || !key.starts_with("model.virtual_width.");
}

bool leaves_open(std::string_view key, const std::string& text) {
  const bool may =
      std::find(std::begin(kOpenAtZero), std::end(kOpenAtZero), key) != std::end(kOpenAtZero);
  return may && text == "0";
}

Status set_all(const ModelConfig& model, config::Config* config) {
  for (const auto& [key, value] : model_keys(model)) {
    RADDLE_RETURN_IF_ERROR(config->set(key, value, {config::OriginRank::kCall, kOfFile}));
  }
  return Status::ok();
}

// Whether model.hf_config = `path` names a config.json that is there.
StatusOr<bool> is_there(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const FileInfo info, file_system().info(path));
  if (info.kind != FileInfo::Kind::kDirectory) return info.kind != FileInfo::Kind::kNone;
  return file_system().exists(path + "/config.json");
}

}  // namespace

std::vector<std::pair<std::string_view, std::string>> model_keys(const ModelConfig& model) {
  constexpr std::string_view kNorms[] = {"auto", "none", "layer", "rms"};
  const VirtualWidth& v = model.virtual_width;
  return {
      {"model.family", std::string(model.family->name)},
      {"model.vocab_size", fmt::format("{}", model.vocab_size)},
      {"model.layers", fmt::format("{}", model.layers)},
      {"model.width", fmt::format("{}", model.width)},
      {"model.heads", fmt::format("{}", model.heads)},
      {"model.kv_heads", fmt::format("{}", model.kv_heads)},
      {"model.head_dim", fmt::format("{}", model.head_dim)},
      {"model.ffn_width", fmt::format("{}", model.ffn_width)},
      {"model.context", fmt::format("{}", model.context)},
      {"model.tie_embeddings", fmt::format("{}", model.tie_embeddings)},
      {"model.norm_eps", fmt::format("{}", model.norm_eps)},
      {"model.rope_theta", fmt::format("{}", model.rope_theta)},
      {"model.init_std", fmt::format("{}", model.init_std)},
      {"model.mtp.heads", fmt::format("{}", model.mtp_heads)},
      {"model.mtp.weight", fmt::format("{}", model.mtp_weight)},
      {"model.virtual_width.m", fmt::format("{}", v.m)},
      {"model.virtual_width.n", fmt::format("{}", v.n)},
      {"model.virtual_width.dynamic", fmt::format("{}", v.dynamic)},
      {"model.virtual_width.embedding", std::string(embedding_name(v.embedding))},
      {"model.virtual_width.reduce", std::string(reduce_name(v.reduce))},
      {"model.virtual_width.scale_init", fmt::format("{}", v.scale_init)},
      {"model.virtual_width.group_norm", std::string(kNorms[static_cast<size_t>(v.group_norm)])},
      {"model.virtual_width.decay_scale", fmt::format("{}", v.decay_scale)},
      {"model.virtual_width.fused", fmt::format("{}", v.fused)}};
}

Status make_self_contained(const ModelConfig& model, config::Config* config) {
  if (config->get_string("model.hf_config").empty() &&
      config->get_string("model.init_from").empty()) {
    return Status::ok();
  }
  RADDLE_RETURN_IF_ERROR(config->set("model.hf_config", ""));
  return set_all(model, config);
}

Status fill_keys(const ModelConfig& model, config::Config* config) {
  for (const auto& [key, value] : model_keys(model)) {
    const bool open = config->origin(key).rank == config::OriginRank::kDefault ||
                      leaves_open(key, config->get_text(key));
    if (open) RADDLE_RETURN_IF_ERROR(config->set(key, value, {config::OriginRank::kCall, kOfFile}));
  }
  return Status::ok();
}

Status keep_recorded_model(const config::Config& record, config::Config* config) {
  const std::string file = config->get_string("model.hf_config");
  if (!file.empty()) {
    RADDLE_ASSIGN_OR_RETURN(const bool there, is_there(file));
    if (there) return Status::ok();
    log_warning(
        "model.hf_config: there is no {} any more; the shape of the model is that of the run so "
        "far",
        file);
    RADDLE_RETURN_IF_ERROR(config->set("model.hf_config", ""));
  } else if (config->get_string("model.init_from").empty() &&
             config->origin("model.hf_config").rank == config::OriginRank::kDefault) {
    return Status::ok();
  }
  for (const auto& [key, unused] : model_keys({})) {
    config::Origin origin = config->origin(key);
    if (origin.rank == config::OriginRank::kDefault) {
      origin = {config::OriginRank::kRecipe, std::string(config::kOfTheRunSoFar)};
    } else if (!leaves_open(key, config->get_text(key))) {
      continue;
    }
    RADDLE_RETURN_IF_ERROR(config->set(key, record.get_text(key), std::move(origin)));
  }
  return Status::ok();
}

Status check_agrees(const config::Config& config, const ModelConfig& file, std::string_view path) {
  config::Config of_file;
  RADDLE_RETURN_IF_ERROR(set_all(file, &of_file));
  std::string differences;
  for (const auto& [key, unused] : model_keys(file)) {
    const std::string text = config.get_text(key);
    if (config.origin(key).rank == config::OriginRank::kDefault || !stands_in_file(key, file) ||
        leaves_open(key, text) || text == of_file.get_text(key)) {
      continue;
    }
    differences += fmt::format("\n  {} is {} ({}), and {} in the file", key, text,
                               config.origin(key).to_string(), of_file.get_text(key));
  }
  if (differences.empty()) return Status::ok();
  return invalid_argument(
      "the model is taken from {}, but keys that were set say otherwise:{}\nremove those keys, or "
      "change the file",
      path, differences);
}

}  // namespace raddle::models
