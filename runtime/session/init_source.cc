// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/init_source.h"

#include <algorithm>
#include <string>

#include "checkpoint/hf_directory.h"
#include "runtime/base/log.h"
#include "runtime/models/hf_config.h"
#include "runtime/models/model_keys.h"
#include "runtime/runs/run_directory.h"
#include "runtime/session/hf_match.h"

namespace raddle::session {
namespace {

using models::ModelConfig;

// Keys that say how weights are used, not which there are.
constexpr std::string_view kUses[] = {"model.context", "model.norm_eps", "model.rope_theta"};
// Keys that decide neither, or are matched tensor by tensor.
constexpr std::string_view kFree[] = {"model.init_std", "model.tie_embeddings", "model.mtp.heads",
                                      "model.mtp.weight"};

bool is_one_of(std::span<const std::string_view> keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// Lines naming what differs between the model of the weights and the run's.
std::string differences(const ModelConfig& of_weights, const ModelConfig& model, bool in_use) {
  const auto there = models::model_keys(of_weights), here = models::model_keys(model);
  RADDLE_ASSERT(there.size() == here.size());
  std::string lines;
  for (size_t i = 0; i < there.size(); ++i) {
    const auto& [key, value] = there[i];
    const bool free = is_one_of(kFree, key) || key.starts_with("model.virtual_width.");
    // Learned positions are weights.
    const bool use = is_one_of(kUses, key) && (model.family->rotary || key != "model.context");
    if (free || use != in_use || value == here[i].second) continue;
    lines += fmt::format("\n  {} is {} there and {} here", key, value, here[i].second);
  }
  return lines;
}

Status check_virtual_width(const ModelConfig& of_weights, const ModelConfig& model) {
  if (of_weights.virtual_width.enabled() || !model.virtual_width.enabled()) return Status::ok();
  return unimplemented(
      "the weights are of a model without virtual width, and Raddle cannot take them over into one "
      "with it; remove model.virtual_width.m and .n, or name the model in model.hf_config in place "
      "of model.init_from and train it from drawn weights");
}

// The weights of one directory in the model of another file: of the same tensors, or refused. What
// only changes how they are used may be wanted, so it is said and done.
Status check_other_config(const std::string& from, const StatusOr<ModelConfig>& own,
                          const ModelConfig& model) {
  if (!own.is_ok()) {
    log_warning("model.hf_config decides the model, not the config.json beside the weights: {}",
                own.status().message());
    return Status::ok();
  }
  RADDLE_RETURN_IF_ERROR(check_virtual_width(*own, model));
  const std::string lines = differences(*own, model, false);
  if (!lines.empty()) {
    return invalid_argument(
        "the weights of {} are of another model than model.hf_config describes:{}\nname a "
        "config.json of their shapes, or leave model.hf_config empty",
        from, lines);
  }
  const std::string uses = differences(*own, model, true);
  if (!uses.empty()) {
    log_warning("model.hf_config uses the weights of {} otherwise than they were trained:{}", from,
                uses);
  }
  return Status::ok();
}

// Raddle's own places hold more than weights, in a form of their own.
Status refuse_own_places(const std::string& from) {
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const bool is_model, fs.exists(from + "/config.json"));
  if (is_model) return Status::ok();
  const auto kind = runs::kind_of(from);
  if (!kind.is_ok()) return Status::ok();
  return invalid_argument(
      "{0} is {1} of Raddle's, expected a Hugging Face directory; export it (raddle ckpt export "
      "{0} --to hf --out DIRECTORY) and name that directory, or go on with the run itself "
      "(--resume {0})",
      from, *kind == runs::PathKind::kRun ? "a run directory" : "a checkpoint");
}

StatusOr<std::optional<ModelConfig>> read_source(const config::Config& config,
                                                 const std::string& from) {
  RADDLE_RETURN_IF_ERROR(refuse_own_places(from));
  RADDLE_ASSIGN_OR_RETURN(const checkpoint::HfDirectory files, checkpoint::open_hf_directory(from));
  const std::string where = from + "/config.json";
  StatusOr<ModelConfig> own = models::parse_hf_config(files.config, where);
  if (!config.get_string("model.hf_config").empty()) {
    RADDLE_ASSIGN_OR_RETURN(const ModelConfig model, models::model_config_from(config, 0));
    RADDLE_RETURN_IF_ERROR(check_other_config(from, own, model));
    RADDLE_RETURN_IF_ERROR(match_hf_tensors(files, model).status());
    return std::optional<ModelConfig>();
  }
  if (!own.is_ok()) return std::move(own).status();
  RADDLE_RETURN_IF_ERROR(adopt_own_head(files, &*own));
  RADDLE_RETURN_IF_ERROR(models::check_agrees(config, *own, where));
  RADDLE_ASSIGN_OR_RETURN(const ModelConfig model, models::model_config_from(config, 0, &*own));
  RADDLE_RETURN_IF_ERROR(check_virtual_width(*own, model));
  RADDLE_RETURN_IF_ERROR(match_hf_tensors(files, model).status());
  return std::optional(*std::move(own));
}

}  // namespace

StatusOr<std::optional<ModelConfig>> model_of_init_source(const config::Config& config) {
  const std::string& from = config.get_string("model.init_from");
  if (from.empty()) return std::optional<ModelConfig>();
  auto model = read_source(config, from);
  if (!model.is_ok()) return std::move(model).status().with_context("model.init_from");
  return model;
}

StatusOr<ModelConfig> model_of_config(const config::Config& config, int64_t tokenizer_vocab_size) {
  RADDLE_ASSIGN_OR_RETURN(const auto of_weights, model_of_init_source(config));
  return models::model_config_from(config, tokenizer_vocab_size,
                                   of_weights.has_value() ? &*of_weights : nullptr);
}

Status fill_model(config::Config* config) {
  const std::string &file = config->get_string("model.hf_config"),
                    &from = config->get_string("model.init_from");
  if (file.empty() && from.empty()) return Status::ok();
  // A record names every key, and what it came from may be gone.
  const auto keys = models::model_keys({});
  const bool open = std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
    return config->origin(key.first).rank == config::OriginRank::kDefault;
  });
  if (!open) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(const ModelConfig model, model_of_config(*config, 0));
  return models::fill_keys(model, config);
}

}  // namespace raddle::session
