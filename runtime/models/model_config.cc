// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/model_config.h"

#include <cmath>
#include <limits>
#include <string>

#include "runtime/base/file_system.h"
#include "runtime/models/hf_config.h"
#include "runtime/models/model_keys.h"

namespace raddle::models {
namespace {

// No dimension may be larger: products of two then stay far from overflow.
constexpr int64_t kDimensionMax = int64_t{1} << 28;
// Every layer is a few dozen nodes of a graph, which the planner compares with each other.
constexpr int64_t kLayersMax = 1024;

// Takes a key into `field` unless it would only replace a file's value with a built-in default.
// (A key that was set agrees with the file, or the file does not hold it.)
class Keys {
 public:
  Keys(const config::Config& config, bool over_file) : config_(config), over_file_(over_file) {}

  bool decides(std::string_view key) const {
    return !over_file_ || config_.origin(key).rank != config::OriginRank::kDefault;
  }
  void take(std::string_view key, int64_t* field) const {
    if (decides(key)) *field = config_.get_int(key);
  }
  // Of a key whose 0 leaves the choice open.
  void take_unless_open(std::string_view key, int64_t* field) const {
    if (config_.get_int(key) != 0) take(key, field);
  }
  void take(std::string_view key, double* field) const {
    if (decides(key)) *field = config_.get_double(key);
  }
  void take(std::string_view key, bool* field) const {
    if (decides(key)) *field = config_.get_bool(key);
  }

 private:
  const config::Config& config_;
  bool over_file_;
};

WideEmbedding embedding_of(const std::string& name) {
  if (name == "expand") return WideEmbedding::kExpand;
  if (name == "table") return WideEmbedding::kTable;
  return WideEmbedding::kCopy;
}

GroupNorm group_norm_of(const std::string& name) {
  if (name == "none") return GroupNorm::kNone;
  if (name == "layer") return GroupNorm::kLayer;
  if (name == "rms") return GroupNorm::kRms;
  return GroupNorm::kAuto;
}

void take_virtual_width(const config::Config& config, const Keys& keys, VirtualWidth* v) {
  keys.take("model.virtual_width.m", &v->m);
  keys.take("model.virtual_width.n", &v->n);
  keys.take("model.virtual_width.dynamic", &v->dynamic);
  keys.take("model.virtual_width.decay_scale", &v->decay_scale);
  keys.take("model.virtual_width.fused", &v->fused);
  keys.take("model.virtual_width.scale_init", &v->scale_init);
  if (keys.decides("model.virtual_width.embedding")) {
    v->embedding = embedding_of(config.get_string("model.virtual_width.embedding"));
  }
  if (keys.decides("model.virtual_width.reduce")) {
    v->reduce = config.get_string("model.virtual_width.reduce") == "learned" ? WideReduce::kLearned
                                                                             : WideReduce::kMean;
  }
  if (keys.decides("model.virtual_width.group_norm")) {
    v->group_norm = group_norm_of(config.get_string("model.virtual_width.group_norm"));
  }
}

// What 0 stands for in the keys.
void fill_derived(ModelConfig* model, int64_t tokenizer_vocab_size) {
  if (model->vocab_size == 0) model->vocab_size = tokenizer_vocab_size;
  if (model->kv_heads == 0) model->kv_heads = model->heads;
  if (model->head_dim == 0 && model->heads > 0) model->head_dim = model->width / model->heads;
  // Of a width that is out of range, which validate() names, no product is taken.
  if (model->ffn_width == 0 && model->width <= kDimensionMax) {
    model->ffn_width =
        model->family->gated ? (8 * model->width / 3 + 63) / 64 * 64 : 4 * model->width;
  }
}

// The model of model.hf_config, which the keys that were set must agree with.
StatusOr<ModelConfig> read_hf_config(const config::Config& config) {
  const std::string& path = config.get_string("model.hf_config");
  const std::string inside = path + "/config.json";
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const bool is_directory, fs.exists(inside));
  const std::string& file = is_directory ? inside : path;
  auto text = fs.read_all(file);
  if (!text.is_ok()) return std::move(text).status().with_context("model.hf_config");
  auto model = parse_hf_config(*text, file);
  if (!model.is_ok()) return std::move(model).status().with_context("model.hf_config");
  RADDLE_RETURN_IF_ERROR(check_agrees(config, *model, file));
  return model;
}

Status positive(std::string_view key, int64_t value, int64_t most = kDimensionMax) {
  if (value >= 1 && value <= most) return Status::ok();
  return invalid_argument("{} is {}, expected 1 to {}", key, value, most);
}

Status multiple(std::string_view key, int64_t value, std::string_view of_key, int64_t of) {
  if (value % of == 0) return Status::ok();
  return invalid_argument("{} is {}, expected a multiple of {} = {}", key, value, of_key, of);
}

Status validate_heads(const ModelConfig& model) {
  RADDLE_RETURN_IF_ERROR(multiple("model.heads", model.heads, "model.kv_heads", model.kv_heads));
  if (!model.family->free_heads) {
    if (model.kv_heads != model.heads) {
      return invalid_argument(
          "model.kv_heads is {}, but {} has no grouped-query heads: expected model.heads = {} or 0",
          model.kv_heads, model.family->name, model.heads);
    }
    if (model.head_dim * model.heads != model.width) {
      return invalid_argument(
          "model.head_dim x model.heads is {} x {}, but {}'s heads share model.width: expected {}",
          model.head_dim, model.heads, model.family->name, model.width);
    }
    return Status::ok();
  }
  if (model.family->rotary && model.head_dim % 2 != 0) {
    return invalid_argument("model.head_dim is {}, expected an even number for rotary positions",
                            model.head_dim);
  }
  return Status::ok();
}

Status validate_virtual_width(const ModelConfig& model) {
  const VirtualWidth& v = model.virtual_width;
  if (v.m == 0 && v.n == 0) return Status::ok();
  if (v.m < 1 || v.m > 256) {
    return invalid_argument(
        "model.virtual_width.m is {}, expected 1 to 256 segments (or m = n = 0 for none)", v.m);
  }
  if (v.n < v.m || v.n > 1024) {
    return invalid_argument(
        "model.virtual_width.n is {}, expected from model.virtual_width.m = {} to 1024 slots", v.n,
        v.m);
  }
  RADDLE_RETURN_IF_ERROR(multiple("model.width", model.width, "model.virtual_width.m", v.m));
  const bool normed = v.group_norm == GroupNorm::kLayer || v.group_norm == GroupNorm::kRms;
  if (normed && v.n % v.m != 0) {
    return invalid_argument(
        "model.virtual_width.group_norm is {}, but groups of model.width elements do not divide {} "
        "slots of 1/{} of the width; expected auto or none",
        v.group_norm == GroupNorm::kLayer ? "layer" : "rms", v.n, v.m);
  }
  if (v.embedding == WideEmbedding::kTable && model.tie_embeddings) {
    return invalid_argument(
        "model.virtual_width.embedding is table and model.tie_embeddings is true, but a wide table "
        "cannot be the output matrix; set model.tie_embeddings=false or "
        "model.virtual_width.embedding=copy");
  }
  if (!(v.scale_init > 0) || !std::isfinite(v.scale_init)) {
    return invalid_argument("model.virtual_width.scale_init is {}, expected a positive number",
                            v.scale_init);
  }
  return Status::ok();
}

Status validate_token_id(std::string_view name, int32_t id, int64_t vocab_size) {
  if (id >= -1 && id < vocab_size) return Status::ok();
  return invalid_argument("{} is {}, expected a token below model.vocab_size = {} or -1", name, id,
                          vocab_size);
}

Status validate_reals(const ModelConfig& model) {
  // Below the least normal F32 it would be lost beside the variance, or be none at all.
  constexpr double kEpsLeast = std::numeric_limits<float>::min();
  if (!(model.norm_eps >= kEpsLeast && model.norm_eps < 1)) {
    return invalid_argument("model.norm_eps is {}, expected at least {} and below 1",
                            model.norm_eps, kEpsLeast);
  }
  if (!(model.rope_theta > 0) || !std::isfinite(model.rope_theta)) {
    return invalid_argument("model.rope_theta is {}, expected a positive number", model.rope_theta);
  }
  if (!(model.init_std > 0) || !std::isfinite(model.init_std)) {
    return invalid_argument("model.init_std is {}, expected a positive number", model.init_std);
  }
  if (!(model.mtp_weight >= 0) || !std::isfinite(model.mtp_weight)) {
    return invalid_argument("model.mtp.weight is {}, expected 0 or more", model.mtp_weight);
  }
  return Status::ok();
}

}  // namespace

std::string_view embedding_name(WideEmbedding embedding) {
  switch (embedding) {
    case WideEmbedding::kCopy:
      return "copy";
    case WideEmbedding::kExpand:
      return "expand";
    case WideEmbedding::kTable:
      break;
  }
  return "table";
}

std::string_view reduce_name(WideReduce reduce) {
  return reduce == WideReduce::kMean ? "mean" : "learned";
}

int64_t ModelConfig::slot_width() const {
  return virtual_width.enabled() ? width / virtual_width.m : width;
}

int64_t ModelConfig::slots() const { return virtual_width.enabled() ? virtual_width.n : 1; }

GroupNorm ModelConfig::resolved_group_norm() const {
  if (!virtual_width.enabled()) return GroupNorm::kNone;
  if (virtual_width.group_norm != GroupNorm::kAuto) return virtual_width.group_norm;
  if (virtual_width.n % virtual_width.m != 0) return GroupNorm::kNone;
  return family->layer_norm ? GroupNorm::kLayer : GroupNorm::kRms;
}

DType precision_from(const config::Config& config) {
  return config.get_string("train.precision") == "bf16" ? DType::kBF16 : DType::kF32;
}

StatusOr<ModelConfig> read_model_config(const config::Config& config, int64_t tokenizer_vocab_size,
                                        const ModelConfig* of_weights) {
  ModelConfig model;
  const bool over_file = of_weights != nullptr || !config.get_string("model.hf_config").empty();
  if (of_weights != nullptr) {
    model = *of_weights;
  } else if (over_file) {
    RADDLE_ASSIGN_OR_RETURN(model, read_hf_config(config));
  }
  const Keys keys(config, over_file);
  if (keys.decides("model.family")) {
    const std::string& name = config.get_string("model.family");
    model.family = find_family(name);
    if (model.family == nullptr) {
      return invalid_argument("model.family is {}, expected one of {}", name, family_names());
    }
  }
  keys.take_unless_open("model.vocab_size", &model.vocab_size);
  keys.take("model.layers", &model.layers);
  keys.take("model.width", &model.width);
  keys.take("model.heads", &model.heads);
  keys.take_unless_open("model.kv_heads", &model.kv_heads);
  keys.take_unless_open("model.head_dim", &model.head_dim);
  keys.take_unless_open("model.ffn_width", &model.ffn_width);
  keys.take("model.context", &model.context);
  keys.take("model.tie_embeddings", &model.tie_embeddings);
  keys.take("model.norm_eps", &model.norm_eps);
  keys.take("model.rope_theta", &model.rope_theta);
  keys.take("model.init_std", &model.init_std);
  keys.take("model.mtp.heads", &model.mtp_heads);
  keys.take("model.mtp.weight", &model.mtp_weight);
  take_virtual_width(config, keys, &model.virtual_width);
  model.precision = precision_from(config);
  fill_derived(&model, tokenizer_vocab_size);
  return model;
}

StatusOr<ModelConfig> model_config_from(const config::Config& config, int64_t tokenizer_vocab_size,
                                        const ModelConfig* of_weights, int64_t least_vocab_size) {
  RADDLE_ASSIGN_OR_RETURN(ModelConfig model,
                          read_model_config(config, tokenizer_vocab_size, of_weights));
  const std::string& file =
      config.get_string(of_weights != nullptr ? "model.init_from" : "model.hf_config");
  if (config.get_int("model.head_dim") == 0 && file.empty() && model.width % model.heads != 0) {
    return invalid_argument(
        "model.width is {}, expected a multiple of model.heads = {}, or set model.head_dim",
        model.width, model.heads);
  }
  RADDLE_RETURN_IF_ERROR(validate(model));
  const int64_t least = least_vocab_size < 0 ? tokenizer_vocab_size : least_vocab_size;
  if (model.vocab_size < least && !file.empty()) {
    return invalid_argument(
        "the model of {} has a vocabulary of {} tokens, but the tokenizer has {}; name that "
        "model's own tokenizer in data.tokenizer",
        file, model.vocab_size, tokenizer_vocab_size);
  }
  if (model.vocab_size < least) {
    return invalid_argument(
        "model.vocab_size is {}, but the tokenizer has {} tokens; raise it or set it to 0",
        model.vocab_size, tokenizer_vocab_size);
  }
  return model;
}

Status validate(const ModelConfig& model) {
  if (model.vocab_size == 0) {
    return invalid_argument(
        "model.vocab_size is 0 and there is no tokenizer to take it from; set it to the number of "
        "tokens");
  }
  RADDLE_RETURN_IF_ERROR(positive("model.vocab_size", model.vocab_size));
  RADDLE_RETURN_IF_ERROR(positive("model.layers", model.layers, kLayersMax));
  RADDLE_RETURN_IF_ERROR(positive("model.width", model.width));
  RADDLE_RETURN_IF_ERROR(positive("model.heads", model.heads));
  RADDLE_RETURN_IF_ERROR(positive("model.kv_heads", model.kv_heads));
  RADDLE_RETURN_IF_ERROR(positive("model.head_dim", model.head_dim));
  RADDLE_RETURN_IF_ERROR(positive("model.ffn_width", model.ffn_width));
  RADDLE_RETURN_IF_ERROR(positive("model.context", model.context));
  RADDLE_RETURN_IF_ERROR(validate_heads(model));
  RADDLE_RETURN_IF_ERROR(validate_reals(model));
  if (model.mtp_heads < 0 || model.mtp_heads > 1) {
    return invalid_argument("model.mtp.heads is {}, expected 0 or 1", model.mtp_heads);
  }
  RADDLE_RETURN_IF_ERROR(validate_token_id("bos_token_id", model.bos_id, model.vocab_size));
  RADDLE_RETURN_IF_ERROR(validate_token_id("eos_token_id", model.eos_id, model.vocab_size));
  RADDLE_RETURN_IF_ERROR(validate_token_id("pad_token_id", model.pad_id, model.vocab_size));
  return validate_virtual_width(model);
}

}  // namespace raddle::models
