// SPDX-License-Identifier: Apache-2.0
// GPT-2: learned positions, LayerNorm, GELU, biases everywhere.
#include <cstdint>
#include <nlohmann/json.hpp>

#include "runtime/models/families/families.h"
#include "runtime/models/hf_config_reader.h"
#include "runtime/models/hf_tensor_list.h"
#include "runtime/models/model_config.h"

namespace raddle::models {
namespace {

void read_gpt2_config(HfConfigReader& in, ModelConfig* model) {
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
  in.value("n_ctx");                    // of the first releases; transformers goes by n_positions
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
      {"head_dim", {model->head_dim}, "the heads of gpt2 share n_embd"},
      {"num_key_value_heads", {model->heads}, "gpt2 has no grouped-query heads"},
      {"intermediate_size", {model->ffn_width}, "it and n_inner name the same"}};
  in.require(rules);
}

void write_gpt2_config(const ModelConfig& model, nlohmann::ordered_json* out) {
  nlohmann::ordered_json& json = *out;
  json["n_positions"] = model.context;
  json["n_ctx"] = model.context;  // no Hugging Face field, but llama.cpp's converter reads it
  json["n_embd"] = model.width;
  json["n_layer"] = model.layers;
  json["n_head"] = model.heads;
  json["n_inner"] = model.ffn_width == 4 * model.width ? nlohmann::ordered_json(nullptr)
                                                       : nlohmann::ordered_json(model.ffn_width);
  json["activation_function"] = "gelu_new";
  json["layer_norm_epsilon"] = model.norm_eps;
  for (const char* key : {"resid_pdrop", "embd_pdrop", "attn_pdrop"}) json[key] = 0.0;
  json["initializer_range"] = model.init_std;
  json["scale_attn_weights"] = true;
  json["scale_attn_by_inverse_layer_idx"] = false;
  json["reorder_and_upcast_attn"] = false;
}

void list_layer(const ModelConfig& model, int64_t i, HfTensorList* list) {
  const std::string hf = "transformer.h." + std::to_string(i), own = "layers." + std::to_string(i);
  const int64_t d = model.width;
  list->site(own + ".attn_site");
  list->layer_norm(hf + ".ln_1", own + ".attn_norm");
  list->conv1d(hf + ".attn.c_attn", own + ".attn.qkv", 3 * d, d);
  list->conv1d(hf + ".attn.c_proj", own + ".attn.out", d, d);
  list->site(own + ".mlp_site");
  list->layer_norm(hf + ".ln_2", own + ".mlp_norm");
  list->conv1d(hf + ".mlp.c_fc", own + ".mlp.up", model.ffn_width, d);
  list->conv1d(hf + ".mlp.c_proj", own + ".mlp.down", d, model.ffn_width);
}

void list_gpt2_tensors(const ModelConfig& model, HfTensorList* list) {
  list->table("transformer.wte.weight", "embedding.weight", model.vocab_size);
  list->table("transformer.wpe.weight", "position_embedding.weight", model.context);
  list->expand();
  for (int64_t i = 0; i < model.layers; ++i) list_layer(model, i, list);
  list->reduce();
  list->layer_norm("transformer.ln_f", "final_norm");
  list->head();
}

}  // namespace

const Family kGpt2 = {.name = "gpt2",
                      .architecture = "GPT2LMHeadModel",
                      .layer_norm = true,
                      .biases = true,
                      .rotary = false,
                      .gated = false,
                      .free_heads = false,
                      .small_residual_init = true,
                      .read_config = read_gpt2_config,
                      .write_config = write_gpt2_config,
                      .list_tensors = list_gpt2_tensors};

}  // namespace raddle::models
