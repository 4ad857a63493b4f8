// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/file_kind.h"
#include "runtime/base/json_depth.h"
#include "runtime/base/log.h"
#include "runtime/models/hf_config.h"
#include "runtime/models/hf_config_keys.h"
#include "runtime/models/hf_config_reader.h"

namespace raddle::models {
namespace {

using Json = nlohmann::json;
using Reader = HfConfigReader;

constexpr std::string_view kNotHere = "Raddle does not have it";

void read_gpt2(Reader& in, ModelConfig* model) {
  model->family = Family::kGpt2;
  // transformers reads the second names too.
  model->context = in.integer_of("n_positions", "max_position_embeddings");
  model->width = in.integer_of("n_embd", "hidden_size");
  model->layers = in.integer_of("n_layer", "num_hidden_layers");
  model->heads = in.integer_of("n_head", "num_attention_heads");
  model->kv_heads = model->heads;
  if (model->heads > 0) model->head_dim = model->width / model->heads;
  const bool sane = model->width >= 0 && model->width <= INT32_MAX;
  model->ffn_width = in.integer("n_inner", sane ? 4 * model->width : 0);
  model->norm_eps = in.real("layer_norm_epsilon", 1e-5);
  model->tie_embeddings = in.boolean("tie_word_embeddings", true);
  in.value("reorder_and_upcast_attn");  // the same products in another order
  // The first four are one function; "gelu" is another, with erf in place of tanh.
  const HfKeyRule rules[] = {
      {"activation_function",
       {"gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate"},
       "Raddle has GELU with tanh alone"},
      {"scale_attn_weights", {true}, "Raddle divides scores by the root of the head's width"},
      {"scale_attn_by_inverse_layer_idx", {false}, "Raddle scales all layers alike"},
      {"n_special", {0}, "Raddle's vocabulary is vocab_size"},
      {"bias", {true}, "all matrices of gpt2 have a bias"},
      {"use_bias", {true}, "all matrices of gpt2 have a bias"},
      {"n_ctx", {model->context}, "it and n_positions name the same"},
      {"head_dim", {model->head_dim}, "the heads of gpt2 share n_embd"},
      {"num_key_value_heads", {model->heads}, "gpt2 has no grouped-query heads"},
      {"intermediate_size", {model->ffn_width}, "it and n_inner name the same"}};
  in.require(rules);
}

// What stands inside rope_parameters or rope_scaling.
void read_rope_object(Reader& in, std::string_view key, const Json& found, double* theta) {
  Reader inside(found, in.where());
  const HfKeyRule rules[] = {{"rope_type", {"default"}, kNotHere}, {"type", {"default"}, kNotHere}};
  inside.require(rules);
  if (!inside.status().is_ok()) {  // the other keys are of that kind of scaling
    return in.fail(
        unimplemented("{} is {}: rotary positions are scaled, and Raddle rotates them "
                      "as they are: {}",
                      key, Reader::brief(found), inside.problems()));
  }
  const HfKeyRule rest[] = {{"partial_rotary_factor", {1.0}, "Raddle rotates whole heads"},
                            {"factor", {1.0}, kNotHere}};
  inside.require(rest);
  const double given = inside.real("rope_theta", *theta);
  if (in.has("rope_theta") && given != *theta) {
    inside.fail(invalid_argument("rope_theta is {} here and {} outside; remove the wrong one",
                                 given, *theta));
  }
  *theta = given;
  inside.finish();
  if (!inside.status().is_ok()) {
    in.fail(Status(inside.status().code(), fmt::format("{}: {}", key, inside.problems())));
  }
}

// The base of the rotary frequencies, from the key of transformers 4 or the object of
// transformers 5.
double read_rope(Reader& in) {
  double theta = in.real("rope_theta", 10000.0);
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    const Json* found = in.object(key);
    if (found != nullptr) read_rope_object(in, key, *found, &theta);
  }
  return theta;
}

// Qwen's files name a window beside the flag that turns it on; Llama's need no flag. A window of
// the whole context is none.
void read_window(Reader& in, const ModelConfig& model) {
  const bool llama = model.family == Family::kLlama;
  const bool used = in.boolean("use_sliding_window", llama && in.has("sliding_window"));
  const int64_t window = in.integer("sliding_window", 0);
  if (used && window < model.context) {
    in.fail(unimplemented(
        "{} (sliding_window is {}): Raddle's attention sees all of up to {} "
        "earlier tokens",
        llama ? "sliding_window is set" : "use_sliding_window is true", window, model.context));
  }
  const Json* types = in.value("layer_types");
  if (types == nullptr) return;
  for (const Json& type : types->is_array() ? *types : Json::array({*types})) {
    if (type == "full_attention") continue;
    return in.fail(unimplemented("layer_types names {}, expected only \"full_attention\"",
                                 Reader::brief(type)));
  }
}

// The width of a head: its share of the model's unless the file says.
int64_t read_head_dim(Reader& in, const ModelConfig& model) {
  if (model.family == Family::kQwen3 || in.has("head_dim") || model.heads < 1) {
    return in.integer("head_dim", 128);
  }
  if (model.width % model.heads != 0) {
    in.fail(
        invalid_argument("hidden_size is {}, which is no multiple of num_attention_heads = {}, "
                         "and there is no head_dim; add the one of the weights",
                         model.width, model.heads));
  }
  return model.width / model.heads;
}

void read_rotary_family(Reader& in, ModelConfig* model) {
  // The first LLaMA files have another name for it.
  model->context = in.has("max_position_embeddings") || !in.has("max_sequence_length")
                       ? in.integer("max_position_embeddings")
                       : in.integer("max_sequence_length");
  model->width = in.integer("hidden_size");
  model->layers = in.integer("num_hidden_layers");
  model->heads = in.integer("num_attention_heads");
  model->kv_heads = in.integer("num_key_value_heads", model->heads);
  model->head_dim = read_head_dim(in, *model);
  model->ffn_width = in.integer("intermediate_size");
  model->norm_eps = in.real("rms_norm_eps", 1e-6);
  model->tie_embeddings = in.boolean("tie_word_embeddings", false);
  model->rope_theta = read_rope(in);
  read_window(in, *model);
  const HfKeyRule rules[] = {{"hidden_act", {"silu", "swish"}, "Raddle's gate is SiLU"},
                             {"attention_bias", {false}, "Raddle has no bias there"},
                             {"bias", {false}, "Raddle has no bias there"},
                             {"use_bias", {false}, "Raddle has no bias there"}};
  in.require(rules);
}

// The value of an enum whose names stand in its order.
template <class Enum>
Enum choice(Reader& in, std::string_view key, std::initializer_list<std::string_view> names,
            Enum otherwise) {
  const auto* fallback = names.begin() + static_cast<size_t>(otherwise);
  const std::string name = in.text(key, *fallback);
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<Enum>(found - names.begin());
  in.fail(invalid_argument("{}: {} is {}, expected one of {}", in.where(), key, name,
                           fmt::join(names, ", ")));
  return otherwise;
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
  // What files of before there was a choice do not say is what they were trained with.
  v.embedding = choice(inside, "embedding", {"copy", "expand", "table"}, WideEmbedding::kExpand);
  v.reduce = choice(inside, "reduce", {"mean", "learned"}, WideReduce::kLearned);
  v.group_norm = choice(inside, "group_norm", {"auto", "none", "layer", "rms"}, GroupNorm::kAuto);
  if (inside.status().is_ok() && v.m < 1) {
    inside.fail(invalid_argument("{}: m is {}, expected at least 1", in.where(), v.m));
  }
  inside.finish();
  if (!inside.status().is_ok()) in.fail(Status(inside.status()).with_context("virtual_width"));
}

// One token, or the first that the vocabulary has of a list; -1 where there is none. Ids beyond the
// vocabulary are defaults of the model's class that nobody changed: no token has them.
int32_t read_token_id(Reader& in, std::string_view key, int64_t vocab_size,
                      std::vector<std::string>* ignored) {
  const Json* found = in.value(key);
  if (found == nullptr) return -1;
  bool beyond = false;
  for (const Json& id : found->is_array() ? *found : Json::array({*found})) {
    if (!id.is_number_integer()) {
      in.fail(invalid_argument("{} is {}, expected a token id", key, Reader::brief(*found)));
      return -1;
    }
    if (id >= 0 && id < vocab_size) return static_cast<int32_t>(id.get<int64_t>());
    beyond = beyond || id >= 0;
  }
  if (beyond) ignored->push_back(fmt::format("{} {}", key, Reader::brief(*found)));
  return -1;
}

void read_token_ids(Reader& in, ModelConfig* model) {
  std::vector<std::string> ignored;
  model->bos_id = read_token_id(in, "bos_token_id", model->vocab_size, &ignored);
  model->eos_id = read_token_id(in, "eos_token_id", model->vocab_size, &ignored);
  model->pad_id = read_token_id(in, "pad_token_id", model->vocab_size, &ignored);
  if (ignored.empty()) return;
  log_warning("{}: ignored, because vocab_size is {}: {}", in.where(), model->vocab_size,
              fmt::join(ignored, ", "));
}

// What is trained with dropout is loaded, and said once.
void read_dropouts(Reader& in, const Json& json) {
  std::vector<std::string> rates;
  for (const auto& [key, found] : json.items()) {
    if (!is_dropout_hf_key(key) || is_inert_hf_key(key)) continue;
    in.value(key);
    const bool off = found.is_null() || found == 0 || found == false;
    if (!off) rates.push_back(fmt::format("{} = {}", key, Reader::brief(found)));
  }
  if (rates.empty()) return;
  log_warning("{}: Raddle trains without dropout, whatever is asked for ({})", in.where(),
              fmt::join(rates, ", "));
}

void read_shared(Reader& in, const Json& json, ModelConfig* model) {
  model->vocab_size = in.integer("vocab_size");
  model->init_std = in.real("initializer_range", 0.02);
  read_token_ids(in, model);
  read_dropouts(in, json);
  in.require(hf_off_rules());
  for (const auto& [key, found] : json.items()) {
    if (is_inert_hf_key(key)) in.value(key);
  }
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
  if (json_too_deep(json_text)) {
    return data_loss("{}: nested deeper than {} levels", where, kDeepestJson);
  }
  Json json;
  try {
    json = Json::parse(json_text);
  } catch (const Json::parse_error& error) {
    return Status(Code::kInvalidArgument, not_json_message(json_text, where, error.byte));
  } catch (const Json::exception& error) {
    return invalid_argument("{} is not valid JSON: {}", where, error.what());
  }
  if (!json.is_object()) return invalid_argument("{} does not hold a JSON object", where);
  Reader in(json, where);
  ModelConfig model;
  RADDLE_ASSIGN_OR_RETURN(const bool wide, read_model_type(in, &model));
  read_shared(in, json, &model);
  if (model.family == Family::kGpt2) {
    read_gpt2(in, &model);
  } else {
    read_rotary_family(in, &model);
  }
  if (wide) read_virtual_width(in, &model);
  in.finish();
  RADDLE_RETURN_IF_ERROR(in.status());
  Status valid = validate(model);
  if (!valid.is_ok()) return std::move(valid).with_context(where);
  return model;
}

}  // namespace raddle::models
