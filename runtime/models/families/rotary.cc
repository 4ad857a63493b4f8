// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/families/rotary.h"

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace raddle::models {
namespace {

using Json = nlohmann::json;
using Reader = HfConfigReader;

constexpr std::string_view kNotHere = "Raddle does not have it";

// What stands inside rope_parameters or rope_scaling.
void read_rope_object(Reader& in, std::string_view key, const Json& found, double* theta) {
  Reader inside(found, in.where());
  // Positions that are divided by 1 are what they were.
  const Json* factor = inside.value("factor");
  const bool by_one = factor != nullptr && factor->is_number() && *factor == 1.0;
  const Json linear = by_one ? "linear" : "default";
  const HfKeyRule rules[] = {{"rope_type", {"default", linear}, kNotHere},
                             {"type", {"default", linear}, kNotHere}};
  inside.require(rules);
  if (!inside.status().is_ok()) {  // the other keys are of that kind of scaling
    return in.fail(
        unimplemented("{} is {}: rotary positions are scaled, and Raddle rotates them "
                      "as they are: {}",
                      key, json_shown(found), inside.problems()));
  }
  const HfKeyRule rest[] = {{"partial_rotary_factor", {1.0}, "Raddle rotates whole heads"},
                            {"factor", {1.0}, kNotHere},
                            {"attention_factor", {1.0}, kNotHere}};
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

}  // namespace

void read_rotary_shape(Reader& in, ModelConfig* model) {
  // The first LLaMA files have another name for it.
  model->context = in.has("max_position_embeddings") || !in.has("max_sequence_length")
                       ? in.integer("max_position_embeddings")
                       : in.integer("max_sequence_length");
  model->width = in.integer("hidden_size");
  model->layers = in.integer("num_hidden_layers");
  model->heads = in.integer("num_attention_heads");
  model->kv_heads = in.integer("num_key_value_heads", model->heads);
  model->ffn_width = in.integer("intermediate_size");
}

void read_rotary_rest(Reader& in, ModelConfig* model) {
  model->norm_eps = in.real("rms_norm_eps", 1e-6);
  model->tie_embeddings = in.boolean("tie_word_embeddings", false);
  model->rope_theta = read_rope(in);
  const HfKeyRule rules[] = {{"hidden_act", {"silu", "swish"}, "Raddle's gate is SiLU"},
                             {"attention_bias", {false}, "Raddle has no bias there"},
                             {"bias", {false}, "Raddle has no bias there"},
                             {"use_bias", {false}, "Raddle has no bias there"}};
  in.require(rules);
}

void refuse_window(Reader& in, const ModelConfig& model, bool used, std::string_view why) {
  const int64_t window = in.integer("sliding_window", 0);
  if (used && window < model.context) {
    in.fail(unimplemented(
        "{} (sliding_window is {}): Raddle's attention sees all of up to {} earlier tokens", why,
        window, model.context));
  }
  const Json* types = in.value("layer_types");
  if (types == nullptr) return;
  for (const Json& type : types->is_array() ? *types : Json::array({*types})) {
    if (type == "full_attention") continue;
    return in.fail(
        unimplemented("layer_types names {}, expected only \"full_attention\"", json_shown(type)));
  }
}

void write_rotary_config(const ModelConfig& model, nlohmann::ordered_json* out) {
  nlohmann::ordered_json& json = *out;
  json["hidden_size"] = model.width;
  json["intermediate_size"] = model.ffn_width;
  json["num_hidden_layers"] = model.layers;
  json["num_attention_heads"] = model.heads;
  json["num_key_value_heads"] = model.kv_heads;
  json["head_dim"] = model.head_dim;
  json["hidden_act"] = "silu";
  json["max_position_embeddings"] = model.context;
  json["rms_norm_eps"] = model.norm_eps;
  json["initializer_range"] = model.init_std;
  json["attention_bias"] = false;
  json["attention_dropout"] = 0.0;
  // Releases of transformers before 5, and older converters, read the first two; 5 reads the third.
  json["rope_theta"] = model.rope_theta;
  json["rope_scaling"] = nullptr;
  json["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", model.rope_theta}};
}

void list_rotary_tensors(
    const ModelConfig& model, HfTensorList* list,
    const std::function<void(const std::string&, const std::string&)>& after_projections) {
  const int64_t d = model.width, hd = model.head_dim, ffn = model.ffn_width;
  const int64_t q = model.heads * hd, kv = model.kv_heads * hd;
  list->table("model.embed_tokens.weight", "embedding.weight", model.vocab_size);
  list->expand();
  for (int64_t i = 0; i < model.layers; ++i) {
    const std::string hf = "model.layers." + std::to_string(i), own = "layers." + std::to_string(i);
    const std::string attn = hf + ".self_attn.", qkv = own + ".attn.qkv.weight";
    const std::string gate_up = own + ".mlp.gate_up.weight";
    list->site(own + ".attn_site");
    list->vector(hf + ".input_layernorm.weight", own + ".attn_norm.weight", d);
    list->matrix(attn + "q_proj.weight", qkv, q, d, 0);
    list->matrix(attn + "k_proj.weight", qkv, kv, d, q);
    list->matrix(attn + "v_proj.weight", qkv, kv, d, q + kv);
    after_projections(attn, own + ".attn");
    list->matrix(attn + "o_proj.weight", own + ".attn.out.weight", d, q);
    list->site(own + ".mlp_site");
    list->vector(hf + ".post_attention_layernorm.weight", own + ".mlp_norm.weight", d);
    list->matrix(hf + ".mlp.gate_proj.weight", gate_up, ffn, d, 0);
    list->matrix(hf + ".mlp.up_proj.weight", gate_up, ffn, d, ffn);
    list->matrix(hf + ".mlp.down_proj.weight", own + ".mlp.down.weight", d, ffn);
  }
  list->reduce();
  list->vector("model.norm.weight", "final_norm.weight", d);
  list->head();
}

}  // namespace raddle::models
