// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "runtime/models/hf_config.h"

namespace raddle::models {
namespace {

using Json = nlohmann::ordered_json;

// The first release of transformers that has all three families; readers use it for messages only.
constexpr const char* kTransformersVersion = "4.51.0";

Json token_id(int32_t id) { return id < 0 ? Json(nullptr) : Json(id); }

struct Names {
  const char* architecture;
  const char* model_type;
};

Names names_of(const ModelConfig& model) {
  const bool wide = model.virtual_width.enabled();
  switch (model.family) {
    case Family::kGpt2:
      return wide ? Names{"RaddleVirtualWidthGPT2LMHeadModel", "raddle_vw_gpt2"}
                  : Names{"GPT2LMHeadModel", "gpt2"};
    case Family::kQwen3:
      return wide ? Names{"RaddleVirtualWidthQwen3ForCausalLM", "raddle_vw_qwen3"}
                  : Names{"Qwen3ForCausalLM", "qwen3"};
    case Family::kLlama:
      break;
  }
  return wide ? Names{"RaddleVirtualWidthLlamaForCausalLM", "raddle_vw_llama"}
              : Names{"LlamaForCausalLM", "llama"};
}

void add_gpt2(const ModelConfig& model, Json* out) {
  Json& json = *out;
  json["n_positions"] = model.context;
  json["n_ctx"] = model.context;  // no Hugging Face field, but llama.cpp's converter reads it
  json["n_embd"] = model.width;
  json["n_layer"] = model.layers;
  json["n_head"] = model.heads;
  json["n_inner"] = model.ffn_width == 4 * model.width ? Json(nullptr) : Json(model.ffn_width);
  json["activation_function"] = "gelu_new";
  json["layer_norm_epsilon"] = model.norm_eps;
  for (const char* key : {"resid_pdrop", "embd_pdrop", "attn_pdrop"}) json[key] = 0.0;
  json["initializer_range"] = model.init_std;
  json["scale_attn_weights"] = true;
  json["scale_attn_by_inverse_layer_idx"] = false;
  json["reorder_and_upcast_attn"] = false;
}

void add_rotary_family(const ModelConfig& model, Json* out) {
  Json& json = *out;
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
  if (model.family == Family::kLlama) {
    json["mlp_bias"] = false;
    return;
  }
  json["use_sliding_window"] = false;
  json["sliding_window"] = nullptr;
  json["max_window_layers"] = model.layers;
  json["layer_types"] =
      std::vector<std::string>(static_cast<size_t>(model.layers), "full_attention");
}

Json virtual_width_json(const ModelConfig& model) {
  const VirtualWidth& v = model.virtual_width;
  const GroupNorm norm = model.resolved_group_norm();
  return {{"m", v.m},
          {"n", v.n},
          {"dynamic", v.dynamic},
          {"embedding", embedding_name(v.embedding)},
          {"reduce", reduce_name(v.reduce)},
          {"group_norm", norm == GroupNorm::kLayer ? "layer"
                         : norm == GroupNorm::kRms ? "rms"
                                                   : "none"}};
}

void add_token_ids(const ModelConfig& model, Json* json) {
  (*json)["bos_token_id"] = token_id(model.bos_id);
  (*json)["eos_token_id"] = token_id(model.eos_id);
  (*json)["pad_token_id"] = token_id(model.pad_id);
}

}  // namespace

std::string to_hf_config(const ModelConfig& model) {
  RADDLE_ASSERT(validate(model).is_ok());
  const Names names = names_of(model);
  Json json;
  json["architectures"] = {names.architecture};
  json["model_type"] = names.model_type;
  json["vocab_size"] = model.vocab_size;
  if (model.family == Family::kGpt2) {
    add_gpt2(model, &json);
  } else {
    add_rotary_family(model, &json);
  }
  if (model.virtual_width.enabled()) json["virtual_width"] = virtual_width_json(model);
  json["tie_word_embeddings"] = model.tie_embeddings;
  json["use_cache"] = true;
  add_token_ids(model, &json);
  json["torch_dtype"] = "float32";  // the older spelling of "dtype"
  json["dtype"] = "float32";
  json["transformers_version"] = kTransformersVersion;
  return json.dump(2) + "\n";
}

std::string to_hf_generation_config(const ModelConfig& model, std::span<const int32_t> stops) {
  std::vector<int32_t> ends;
  const auto add = [&](int32_t id) {
    const bool known = std::find(ends.begin(), ends.end(), id) != ends.end();
    if (id >= 0 && id < model.vocab_size && !known) ends.push_back(id);
  };
  add(model.eos_id);
  for (const int32_t id : stops) add(id);
  Json json;
  json["_from_model_config"] = true;
  add_token_ids(model, &json);
  if (!ends.empty()) json["eos_token_id"] = ends.size() == 1 ? Json(ends.front()) : Json(ends);
  json["transformers_version"] = kTransformersVersion;
  return json.dump(2) + "\n";
}

}  // namespace raddle::models
