// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/hf_tensors.h"

#include <string>
#include <utility>

namespace raddle::models {
namespace {

class Lister {
 public:
  explicit Lister(const ModelConfig& model) : model_(model) {}

  std::vector<HfTensor> list();

 private:
  void vector(std::string hf_name, std::string parameter, int64_t size, int64_t begin = 0) {
    out_.push_back({std::move(hf_name), std::move(parameter), begin, size, false, {size}});
  }
  void matrix(std::string hf_name, std::string parameter, int64_t rows, int64_t columns,
              int64_t begin = 0) {
    out_.push_back({std::move(hf_name), std::move(parameter), begin, rows, false, {rows, columns}});
  }
  // A GPT-2 projection: (in, out) in the file, and a bias.
  void conv1d(const std::string& hf_name, const std::string& parameter, int64_t out, int64_t in) {
    out_.push_back({hf_name + ".weight", parameter + ".weight", 0, out, true, {in, out}});
    vector(hf_name + ".bias", parameter + ".bias", out);
  }
  void layer_norm(const std::string& hf_name, const std::string& parameter) {
    vector(hf_name + ".weight", parameter + ".weight", model_.width);
    vector(hf_name + ".bias", parameter + ".bias", model_.width);
  }
  void site(const std::string& parameter);
  void gpt2_layer(int64_t i);
  void rotary_layer(int64_t i);

  const ModelConfig& model_;
  std::vector<HfTensor> out_;
};

void Lister::site(const std::string& parameter) {
  const VirtualWidth& v = model_.virtual_width;
  if (!v.enabled()) return;
  const int64_t q = 2 * v.m + v.n, d = model_.slot_width();
  const std::string hf_name = "raddle." + parameter;
  matrix(hf_name + ".c0", parameter + ".c0", v.n, q);
  if (!v.dynamic) return;
  matrix(hf_name + ".s", parameter + ".s", v.n, q);
  matrix(hf_name + ".w", parameter + ".w", d, q);
  vector(hf_name + ".norm.weight", parameter + ".norm.weight", d);
}

void Lister::gpt2_layer(int64_t i) {
  const std::string hf = "transformer.h." + std::to_string(i), own = "layers." + std::to_string(i);
  const int64_t d = model_.width;
  site(own + ".attn_site");
  layer_norm(hf + ".ln_1", own + ".attn_norm");
  conv1d(hf + ".attn.c_attn", own + ".attn.qkv", 3 * d, d);
  conv1d(hf + ".attn.c_proj", own + ".attn.out", d, d);
  site(own + ".mlp_site");
  layer_norm(hf + ".ln_2", own + ".mlp_norm");
  conv1d(hf + ".mlp.c_fc", own + ".mlp.up", model_.ffn_width, d);
  conv1d(hf + ".mlp.c_proj", own + ".mlp.down", d, model_.ffn_width);
}

void Lister::rotary_layer(int64_t i) {
  const std::string hf = "model.layers." + std::to_string(i), own = "layers." + std::to_string(i);
  const std::string attn = hf + ".self_attn.", qkv = own + ".attn.qkv.weight";
  const std::string gate_up = own + ".mlp.gate_up.weight";
  const int64_t d = model_.width, hd = model_.head_dim, ffn = model_.ffn_width;
  const int64_t q = model_.heads * hd, kv = model_.kv_heads * hd;
  site(own + ".attn_site");
  vector(hf + ".input_layernorm.weight", own + ".attn_norm.weight", d);
  matrix(attn + "q_proj.weight", qkv, q, d, 0);
  matrix(attn + "k_proj.weight", qkv, kv, d, q);
  matrix(attn + "v_proj.weight", qkv, kv, d, q + kv);
  if (model_.family == Family::kQwen3) {
    vector(attn + "q_norm.weight", own + ".attn.q_norm.weight", hd);
    vector(attn + "k_norm.weight", own + ".attn.k_norm.weight", hd);
  }
  matrix(attn + "o_proj.weight", own + ".attn.out.weight", d, q);
  site(own + ".mlp_site");
  vector(hf + ".post_attention_layernorm.weight", own + ".mlp_norm.weight", d);
  matrix(hf + ".mlp.gate_proj.weight", gate_up, ffn, d, 0);
  matrix(hf + ".mlp.up_proj.weight", gate_up, ffn, d, ffn);
  matrix(hf + ".mlp.down_proj.weight", own + ".mlp.down.weight", d, ffn);
}

std::vector<HfTensor> Lister::list() {
  const bool gpt2 = model_.family == Family::kGpt2, wide = model_.virtual_width.enabled();
  const VirtualWidth& v = model_.virtual_width;
  const bool wide_table = wide && v.embedding == WideEmbedding::kTable;
  const int64_t columns = wide_table ? model_.wide_width() : model_.width;
  matrix(gpt2 ? "transformer.wte.weight" : "model.embed_tokens.weight", "embedding.weight",
         model_.vocab_size, columns);
  if (gpt2) {
    matrix("transformer.wpe.weight", "position_embedding.weight", model_.context, columns);
  }
  if (wide && v.embedding == WideEmbedding::kExpand) {
    matrix("raddle.virtual_width.expand.weight", "virtual_width.expand.weight", model_.wide_width(),
           model_.width);
  }
  for (int64_t i = 0; i < model_.layers; ++i) {
    if (gpt2) {
      gpt2_layer(i);
    } else {
      rotary_layer(i);
    }
  }
  if (wide && v.reduce == WideReduce::kLearned) {
    matrix("raddle.virtual_width.reduce.weight", "virtual_width.reduce.weight", model_.width,
           model_.wide_width());
  }
  if (gpt2) {
    layer_norm("transformer.ln_f", "final_norm");
  } else {
    vector("model.norm.weight", "final_norm.weight", model_.width);
  }
  if (!model_.tie_embeddings) {
    matrix("lm_head.weight", "lm_head.weight", model_.vocab_size, model_.width);
  }
  return std::move(out_);
}

}  // namespace

std::vector<HfTensor> hf_tensors(const ModelConfig& model) {
  RADDLE_ASSERT(validate(model).is_ok());
  return Lister(model).list();
}

}  // namespace raddle::models
