// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/layers.h"

#include <cmath>

namespace raddle::models {

using graph::Init;
using graph::OpKind;
using graph::TensorId;

TensorId Layers::norm(const std::string& name, TensorId x) {
  if (!b_.status().is_ok()) return {};
  const Shape shape = {b_.peek().tensor(x).shape.last()};
  const TensorId weight = b_.parameter(name + ".weight", shape, Init::ones(), false);
  if (!model_.family->layer_norm) {
    return b_.op(OpKind::kRmsNorm, {x, weight}, {{"eps", model_.norm_eps}}, name);
  }
  const TensorId bias = b_.parameter(name + ".bias", shape, Init::zeros(), false);
  return b_.op(OpKind::kLayerNorm, {x, weight, bias}, {{"eps", model_.norm_eps}}, name);
}

TensorId Layers::bare_norm(GroupNorm kind, TensorId x) {
  RADDLE_ASSERT(kind != GroupNorm::kAuto);
  if (kind == GroupNorm::kNone) return x;
  const OpKind op = kind == GroupNorm::kLayer ? OpKind::kLayerNorm : OpKind::kRmsNorm;
  return b_.op(op, {x}, {{"eps", model_.norm_eps}});
}

TensorId Layers::linear(const std::string& name, TensorId x, int64_t out, double init_std) {
  if (!b_.status().is_ok()) return {};
  const int64_t in = b_.peek().tensor(x).shape.last();
  const TensorId weight = b_.parameter(name + ".weight", {out, in}, Init::normal(init_std));
  TensorId bias;
  if (model_.family->biases) {
    bias = b_.parameter(name + ".bias", {out}, Init::zeros(), false);
  }
  return b_.op(OpKind::kLinear, {x, weight, bias}, {}, name);
}

// Some families start the projections that end a sublayer smaller, so that the stream's variance
// does not grow with depth.
double Layers::residual_std() const {
  if (!model_.family->small_residual_init) return model_.init_std;
  return model_.init_std / std::sqrt(2.0 * static_cast<double>(model_.layers));
}

TensorId Layers::attend(const std::string& name, TensorId qkv, const AttentionInputs& inputs) {
  const auto heads = static_cast<double>(model_.heads);
  const auto kv_heads = static_cast<double>(model_.kv_heads);
  const auto head_dim = static_cast<double>(model_.head_dim);
  const double scale = 1.0 / std::sqrt(head_dim);
  if (inputs.cu_seqlens.present()) {
    return b_.op(OpKind::kAttention, {qkv, inputs.cu_seqlens},
                 {{"heads", heads},
                  {"kv_heads", kv_heads},
                  {"head_dim", head_dim},
                  {"scale", scale},
                  {"causal", 1}},
                 name + ".attend");
  }
  const Shape shape = {inputs.cache_capacity, model_.kv_heads * model_.head_dim};
  const TensorId k_cache = b_.cache(inputs.cache_name + ".k_cache", model_.precision, shape);
  const TensorId v_cache = b_.cache(inputs.cache_name + ".v_cache", model_.precision, shape);
  return b_.op(OpKind::kAttentionCached, {qkv, inputs.cache_rows, k_cache, v_cache},
               {{"heads", heads}, {"kv_heads", kv_heads}, {"head_dim", head_dim}, {"scale", scale}},
               name + ".attend");
}

TensorId Layers::attention(const std::string& name, TensorId x, const AttentionInputs& inputs) {
  const auto heads = static_cast<double>(model_.heads);
  const auto kv_heads = static_cast<double>(model_.kv_heads);
  const auto head_dim = static_cast<double>(model_.head_dim);
  const int64_t packed = (model_.heads + 2 * model_.kv_heads) * model_.head_dim;
  TensorId qkv = linear(name + ".qkv", x, packed, model_.init_std);
  if (model_.family->head_norm) {
    const Shape shape = {model_.head_dim};
    const TensorId q = b_.parameter(name + ".q_norm.weight", shape, Init::ones(), false);
    const TensorId k = b_.parameter(name + ".k_norm.weight", shape, Init::ones(), false);
    qkv = b_.op(OpKind::kHeadNorm, {qkv, q, k},
                {{"heads", heads},
                 {"kv_heads", kv_heads},
                 {"head_dim", head_dim},
                 {"eps", model_.norm_eps}},
                name + ".head_norm");
  }
  if (model_.family->rotary) {
    qkv = b_.op(OpKind::kRope, {qkv, inputs.positions},
                {{"heads", heads},
                 {"kv_heads", kv_heads},
                 {"head_dim", head_dim},
                 {"theta", model_.rope_theta}},
                name + ".rope");
  }
  return linear(name + ".out", attend(name, qkv, inputs), model_.width, residual_std());
}

TensorId Layers::feed_forward(const std::string& name, TensorId x) {
  if (!model_.family->gated) {
    const TensorId up = linear(name + ".up", x, model_.ffn_width, model_.init_std);
    const TensorId activated = b_.op(OpKind::kGelu, {up}, {}, name + ".gelu");
    return linear(name + ".down", activated, model_.width, residual_std());
  }
  const TensorId gate_up = linear(name + ".gate_up", x, 2 * model_.ffn_width, model_.init_std);
  const TensorId activated = b_.op(OpKind::kSwiglu, {gate_up}, {}, name + ".swiglu");
  return linear(name + ".down", activated, model_.width, residual_std());
}

void Layers::block(const std::string& name, const AttentionInputs& inputs, Residual* residual) {
  TensorId x = residual->read(name + ".attn_site");
  x = norm(name + ".attn_norm", x);
  residual->write(attention(name + ".attn", x, inputs));
  x = residual->read(name + ".mlp_site");
  x = norm(name + ".mlp_norm", x);
  residual->write(feed_forward(name + ".mlp", x));
}

}  // namespace raddle::models
