// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/log.h"
#include "runtime/models/hf_config.h"

namespace raddle::models {
namespace {

using Json = nlohmann::json;

// Keys that decide nothing about the arithmetic.
constexpr std::array<std::string_view, 26> kInert = {"_attn_implementation",
                                                     "_attn_implementation_autoset",
                                                     "_commit_hash",
                                                     "_name_or_path",
                                                     "architectures",
                                                     "auto_map",
                                                     "chunk_size_feed_forward",
                                                     "dtype",
                                                     "finetuning_task",
                                                     "gradient_checkpointing",
                                                     "id2label",
                                                     "keys_to_ignore_at_inference",
                                                     "label2id",
                                                     "model_type",
                                                     "output_attentions",
                                                     "output_hidden_states",
                                                     "pretraining_tp",
                                                     "problem_type",
                                                     "return_dict",
                                                     "task_specific_params",
                                                     "tokenizer_class",
                                                     "torch_dtype",
                                                     "transformers_version",
                                                     "use_cache",
                                                     "max_window_layers",
                                                     "prefix"};
// Of GPT-2's classification heads, which a language model has not, and of generation.
constexpr std::array<std::string_view, 2> kInertPrefixes = {"summary_", "generation_"};
constexpr std::array<std::string_view, 4> kDropouts = {"resid_pdrop", "embd_pdrop", "attn_pdrop",
                                                       "attention_dropout"};

// A key that must have one of some values if it is there at all.
struct Required {
  std::string_view key;
  std::vector<Json> values;
};

// Reads one file's object, notes which keys were looked at, and keeps the first error.
class Reader {
 public:
  Reader(const Json& json, std::string_view where) : json_(json), where_(where) {}

  bool has(std::string_view key) { return value(key) != nullptr; }

  // A missing or null value leaves `otherwise`; without one it is an error.
  int64_t integer(std::string_view key, std::optional<int64_t> otherwise = {}) {
    const Json* found = value(key);
    if (found == nullptr) return missing(key, otherwise);
    if (!found->is_number_integer()) return wrong(key, *found, "an integer"), 0;
    if (found->is_number_unsigned() && found->get<uint64_t>() > uint64_t{1} << 62) {
      return wrong(key, *found, "a smaller integer"), 0;
    }
    return found->get<int64_t>();
  }
  double real(std::string_view key, double otherwise) {
    const Json* found = value(key);
    if (found == nullptr) return otherwise;
    if (!found->is_number()) return wrong(key, *found, "a number"), 0;
    return found->get<double>();
  }
  bool boolean(std::string_view key, bool otherwise) {
    const Json* found = value(key);
    if (found == nullptr) return otherwise;
    if (!found->is_boolean()) return wrong(key, *found, "true or false"), false;
    return found->get<bool>();
  }
  std::string text(std::string_view key, std::string_view otherwise) {
    const Json* found = value(key);
    if (found == nullptr) return std::string(otherwise);
    if (!found->is_string()) return wrong(key, *found, "a string"), "";
    return found->get<std::string>();
  }
  int32_t token_id(std::string_view key) {
    const Json* found = value(key);
    if (found == nullptr) return -1;
    if (found->is_array() && !found->empty()) {
      log_warning("{}: {} lists {} tokens, the first is used", where_, key, found->size());
      found = &found->front();
    }
    if (!found->is_number_integer() || *found < -1 || *found > INT32_MAX) {
      return wrong(key, *found, "a token id"), -1;
    }
    return found->get<int32_t>();
  }
  void require(std::span<const Required> list) {
    for (const Required& required : list) {
      const Json* found = value(required.key);
      if (found == nullptr) continue;
      if (std::find(required.values.begin(), required.values.end(), *found) !=
          required.values.end()) {
        continue;
      }
      fail(unimplemented("{}: {} is {}, which Raddle does not have; it needs {}", where_,
                         required.key, brief(*found), required.values.front().dump()));
    }
  }
  const Json* object(std::string_view key) {
    const Json* found = value(key);
    if (found != nullptr && !found->is_object()) return wrong(key, *found, "an object"), nullptr;
    return found;
  }
  const Json* value(std::string_view key) {
    seen_.emplace_back(key);
    const auto it = json_.find(std::string(key));
    return it == json_.end() || it->is_null() ? nullptr : &*it;
  }
  // Refuses what nobody looked at.
  void finish() {
    for (const auto& [key, found] : json_.items()) {
      if (std::find(seen_.begin(), seen_.end(), key) != seen_.end() || found.is_null()) continue;
      fail(
          unimplemented("{}: Raddle does not know the key {} (it is {}), which may change the "
                        "model; remove it if it does not",
                        where_, key, brief(found)));
    }
  }
  void fail(Status status) {
    if (status_.is_ok()) status_ = std::move(status);
  }
  const Status& status() const { return status_; }
  std::string_view where() const { return where_; }

 private:
  static std::string brief(const Json& found) {
    std::string text = found.dump(-1, ' ', true, Json::error_handler_t::replace);
    return text.size() <= 80 ? text : text.substr(0, 77) + "...";
  }
  int64_t missing(std::string_view key, std::optional<int64_t> otherwise) {
    if (!otherwise) fail(invalid_argument("{}: {} is missing", where_, key));
    return otherwise.value_or(0);
  }
  void wrong(std::string_view key, const Json& found, std::string_view expected) {
    fail(invalid_argument("{}: {} is {}, expected {}", where_, key, brief(found), expected));
  }

  const Json& json_;
  std::string_view where_;
  std::vector<std::string> seen_;
  Status status_;
};

void read_gpt2(Reader& in, ModelConfig* model) {
  model->family = Family::kGpt2;
  model->context = in.integer("n_positions");
  model->width = in.integer("n_embd");
  model->layers = in.integer("n_layer");
  model->heads = in.integer("n_head");
  model->kv_heads = model->heads;
  if (model->heads > 0) model->head_dim = model->width / model->heads;
  const bool sane = model->width >= 0 && model->width <= INT32_MAX;
  model->ffn_width = in.integer("n_inner", sane ? 4 * model->width : 0);
  model->norm_eps = in.real("layer_norm_epsilon", 1e-5);
  model->tie_embeddings = in.boolean("tie_word_embeddings", true);
  const Required required[] = {{"activation_function", {"gelu_new", "gelu_pytorch_tanh"}},
                               {"scale_attn_weights", {true}},
                               {"scale_attn_by_inverse_layer_idx", {false}},
                               {"reorder_and_upcast_attn", {false}},
                               {"n_ctx", {model->context}}};
  in.require(required);
}

// The base of the rotary frequencies, from the key of transformers 4 or the object of
// transformers 5.
double read_rope(Reader& in) {
  double theta = in.real("rope_theta", 10000.0);
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    const Json* found = in.object(key);
    if (found == nullptr) continue;
    Reader inside(*found, in.where());
    const Required required[] = {
        {"rope_type", {"default"}}, {"type", {"default"}}, {"partial_rotary_factor", {1.0}}};
    inside.require(required);
    theta = inside.real("rope_theta", theta);
    inside.finish();
    if (!inside.status().is_ok()) {
      in.fail(Status(inside.status()).with_context(key));
    }
  }
  return theta;
}

void read_rotary_family(Reader& in, ModelConfig* model) {
  model->context = in.integer("max_position_embeddings");
  model->width = in.integer("hidden_size");
  model->layers = in.integer("num_hidden_layers");
  model->heads = in.integer("num_attention_heads");
  model->kv_heads = in.integer("num_key_value_heads", model->heads);
  const int64_t share = model->heads > 0 ? model->width / model->heads : 0;
  model->head_dim = in.integer("head_dim", model->family == Family::kQwen3 ? 128 : share);
  model->ffn_width = in.integer("intermediate_size");
  model->norm_eps = in.real("rms_norm_eps", 1e-6);
  model->tie_embeddings = in.boolean("tie_word_embeddings", false);
  model->rope_theta = read_rope(in);
  const Required required[] = {{"hidden_act", {"silu", "swish"}},
                               {"attention_bias", {false}},
                               {"mlp_bias", {false}},
                               {"partial_rotary_factor", {1.0}},
                               {"use_sliding_window", {false}}};
  in.require(required);
  // Qwen files name a window beside the flag that turns it off; Llama has no such flag.
  if (in.has("sliding_window") && model->family == Family::kLlama) {
    in.fail(unimplemented(
        "{}: sliding_window is set, but Raddle's attention sees all earlier tokens", in.where()));
  }
  const Json* types = in.value("layer_types");
  if (types == nullptr) return;
  for (const Json& type : *types) {
    if (type == "full_attention") continue;
    in.fail(unimplemented("{}: layer_types names {}, expected only \"full_attention\"", in.where(),
                          type.dump(-1, ' ', true, Json::error_handler_t::replace)));
  }
}

void read_virtual_width(Reader& in, ModelConfig* model) {
  const Json* found = in.object("virtual_width");
  if (found == nullptr) {
    return in.fail(invalid_argument("{}: virtual_width is missing", in.where()));
  }
  Reader inside(*found, in.where());
  VirtualWidth& v = model->virtual_width;
  v.m = inside.integer("m");
  v.n = inside.integer("n");
  v.dynamic = inside.boolean("dynamic", true);
  const std::string embedding = inside.text("embedding", "expand");
  v.table_embedding = embedding == "table";
  if (embedding != "table" && embedding != "expand") {
    inside.fail(
        invalid_argument("{}: embedding is {}, expected expand or table", in.where(), embedding));
  }
  const std::string norm = inside.text("group_norm", "auto");
  constexpr std::array<std::string_view, 4> kNorms = {"auto", "none", "layer", "rms"};
  const auto position = std::find(kNorms.begin(), kNorms.end(), norm);
  if (position == kNorms.end()) {
    return in.fail(
        invalid_argument("{}: virtual_width: group_norm is {}, expected auto, none, layer or rms",
                         in.where(), norm));
  }
  v.group_norm = static_cast<GroupNorm>(position - kNorms.begin());
  if (inside.status().is_ok() && v.m < 1) {
    inside.fail(invalid_argument("{}: m is {}, expected at least 1", in.where(), v.m));
  }
  inside.finish();
  if (!inside.status().is_ok()) in.fail(Status(inside.status()).with_context("virtual_width"));
}

void read_shared(Reader& in, ModelConfig* model) {
  model->vocab_size = in.integer("vocab_size");
  model->init_std = in.real("initializer_range", 0.02);
  model->bos_id = in.token_id("bos_token_id");
  model->eos_id = in.token_id("eos_token_id");
  model->pad_id = in.token_id("pad_token_id");
  const Required required[] = {{"is_encoder_decoder", {false}},
                               {"add_cross_attention", {false}},
                               {"tie_encoder_decoder", {false}},
                               {"is_decoder", {true, false}}};
  in.require(required);
  for (std::string_view key : kDropouts) {
    const double rate = in.real(key, 0);
    if (rate != 0) {
      log_warning("{}: {} is {}; Raddle trains without dropout", in.where(), key, rate);
    }
  }
  for (std::string_view key : kInert) in.value(key);
}

// Sets the family and tells whether the model has virtual width.
StatusOr<bool> read_model_type(Reader& in, ModelConfig* model) {
  std::string type = in.text("model_type", "");
  RADDLE_RETURN_IF_ERROR(in.status());
  const bool wide = type.starts_with("raddle_vw_");
  if (wide) type = type.substr(10);
  for (Family family : {Family::kGpt2, Family::kLlama, Family::kQwen3}) {
    if (type != family_name(family)) continue;
    model->family = family;
    return wide;
  }
  return unimplemented(
      "{}: model_type is \"{}\"; Raddle has gpt2, llama and qwen3, each also as raddle_vw_...",
      in.where(), in.text("model_type", ""));
}

}  // namespace

StatusOr<ModelConfig> parse_hf_config(std::string_view json_text, std::string_view where) {
  const Json json = Json::parse(json_text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return invalid_argument("{} is not valid JSON; is the file complete?", where);
  }
  if (!json.is_object()) return invalid_argument("{} does not hold a JSON object", where);
  Reader in(json, where);
  ModelConfig model;
  RADDLE_ASSIGN_OR_RETURN(const bool wide, read_model_type(in, &model));
  read_shared(in, &model);
  if (model.family == Family::kGpt2) {
    read_gpt2(in, &model);
  } else {
    read_rotary_family(in, &model);
  }
  if (wide) read_virtual_width(in, &model);
  for (const auto& [key, found] : json.items()) {
    for (std::string_view prefix : kInertPrefixes) {
      if (key.starts_with(prefix)) in.value(key);
    }
  }
  in.finish();
  RADDLE_RETURN_IF_ERROR(in.status());
  Status valid = validate(model);
  if (!valid.is_ok()) return std::move(valid).with_context(where);
  return model;
}

}  // namespace raddle::models
