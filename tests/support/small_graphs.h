// SPDX-License-Identifier: Apache-2.0
// A small two-block transformer that uses most ops, with or without virtual width, made by hand
// (the model families have their own tests), and a batch of two packed sequences for it.
#pragma once

#include <string>
#include <vector>

#include "runtime/graph/builder.h"

namespace raddle::test {

struct SmallGraphOptions {
  int64_t m = 0, n = 0;  // virtual width when m > 0
  bool fused = true;
  bool dynamic = true;
  bool copies = false;  // tile and fold instead of the matrices expand and reduce
  DType precision = DType::kF32;
};
inline constexpr int64_t kSmallRows = 12, kSmallVocab = 19, kSmallWidth = 8;

class SmallGraph {
 public:
  using Id = graph::TensorId;
  explicit SmallGraph(const SmallGraphOptions& options) : o_(options) {}

  graph::Graph build() {
    using graph::OpKind;
    b_.set_precision(o_.precision);
    tokens_ = b_.input("tokens", DType::kI32, {kSmallRows});
    positions_ = b_.input("positions", DType::kI32, {kSmallRows});
    cu_ = b_.input("cu_seqlens", DType::kI32, {kSmallRows + 1});
    const Id targets = b_.input("targets", DType::kI32, {kSmallRows});
    const Id weights = b_.input("weights", DType::kF32, {kSmallRows});
    const Id scale = b_.input("loss_scale", DType::kF32, {1});
    const Id wte = matrix("wte", kSmallVocab, kSmallWidth);
    Id x = b_.op(OpKind::kEmbedding, {wte, tokens_});
    if (o_.m > 0) x = widen(x);
    state_ = x;
    for (int block = 0; block < 2; ++block) {
      b_.set_block(block);
      const std::string name = "layers." + std::to_string(block);
      write(name + ".attn", attention(name, read(name + ".attn")));
      write(name + ".mlp", mlp(name, read(name + ".mlp")));
    }
    b_.set_block(-1);
    Id final_x = finish();
    final_x =
        b_.op(OpKind::kLayerNorm, {final_x, vector("ln_f"), vector("ln_f.bias")}, {{"eps", 1e-5}});
    b_.add_loss(
        b_.op(OpKind::kLinearCrossEntropy, {final_x, wte, targets, weights, scale}, {}, "loss"));
    return b_.finish().value();
  }

 private:
  int64_t wide() const { return kSmallWidth / o_.m * o_.n; }
  Id matrix(const std::string& name, int64_t rows, int64_t cols) {
    return b_.parameter(name, {rows, cols}, graph::Init::normal(0.3));
  }
  Id vector(const std::string& name) {
    return b_.parameter(name, {kSmallWidth}, graph::Init::normal(0.5), false);
  }
  Id attention(const std::string& name, Id x) {
    using graph::OpKind;
    const std::initializer_list<graph::NamedAttribute> heads = {
        {"heads", 2}, {"kv_heads", 1}, {"head_dim", 4}, {"eps", 1e-5}};
    Id y = b_.op(OpKind::kRmsNorm, {x, vector(name + ".norm1")}, {{"eps", 1e-5}});
    Id qkv = b_.op(OpKind::kLinear, {y, matrix(name + ".qkv", 16, kSmallWidth)});
    const Id qw = b_.parameter(name + ".q_norm", {4}, graph::Init::normal(1), false);
    const Id kw = b_.parameter(name + ".k_norm", {4}, graph::Init::normal(1), false);
    qkv = b_.op(OpKind::kHeadNorm, {qkv, qw, kw}, heads);
    qkv = b_.op(OpKind::kRope, {qkv, positions_},
                {{"heads", 2}, {"kv_heads", 1}, {"head_dim", 4}, {"theta", 100}});
    const Id out = b_.op(OpKind::kAttention, {qkv, cu_},
                         {{"heads", 2}, {"kv_heads", 1}, {"head_dim", 4}, {"scale", 0.5}});
    return b_.op(OpKind::kLinear, {out, matrix(name + ".proj", kSmallWidth, 8)});
  }
  Id mlp(const std::string& name, Id x) {
    using graph::OpKind;
    const Id y = b_.op(OpKind::kLayerNorm, {x, vector(name + ".norm2"), vector(name + ".norm2.b")},
                       {{"eps", 1e-5}});
    const Id bias = b_.parameter(name + ".up.b", {12}, graph::Init::normal(0.1), false);
    Id h = b_.op(OpKind::kLinear, {y, matrix(name + ".up", 12, kSmallWidth), bias});
    h = b_.op(OpKind::kSwiglu, {h});
    h = b_.op(OpKind::kGelu, {h});
    return b_.op(OpKind::kLinear, {h, matrix(name + ".down", kSmallWidth, 6)});
  }

  // One virtual-width site: its parameters, random so that no gradient vanishes.
  std::vector<Id> site(const std::string& name) {
    const int64_t q = 2 * o_.m + o_.n, d = kSmallWidth / o_.m;
    std::vector<Id> out = {b_.parameter(name + ".c0", {o_.n, q}, graph::Init::normal(0.5), false)};
    out.resize(4);
    if (!o_.dynamic) return out;
    out[1] = b_.parameter(name + ".s", {o_.n, q}, graph::Init::normal(0.5), false);
    out[2] = b_.parameter(name + ".w", {d, q}, graph::Init::normal(1));
    out[3] = b_.parameter(name + ".g", {d}, graph::Init::normal(1), false);
    return out;
  }
  std::vector<graph::NamedAttribute> attributes() const {
    return {{"m", static_cast<double>(o_.m)},
            {"n", static_cast<double>(o_.n)},
            {"eps", 1e-5},
            {"dynamic", o_.dynamic ? 1.0 : 0.0}};
  }
  Id read(const std::string& name) {
    if (o_.m == 0) return state_;
    const std::vector<Id> now = site(name);
    if (pending_z_.present() && o_.fused) {
      const std::vector<Id> in = {state_, pending_z_, t_,     site_[0], site_[1],
                                  now[0], now[1],     now[2], now[3]};
      const auto out = b_.ops(graph::OpKind::kHyperConnectionBoundary, in, attributes());
      state_ = out[0];
      t_ = out[2];
      site_ = now;
      pending_z_ = {};
      return out[1];
    }
    flush();
    const std::vector<Id> in = {state_, now[0], now[1], now[2], now[3]};
    const auto out = b_.ops(graph::OpKind::kHyperConnectionRead, in, attributes());
    t_ = out[1];
    site_ = now;
    return out[0];
  }
  void write(const std::string&, Id z) {
    if (o_.m == 0) {
      state_ = b_.op(graph::OpKind::kAdd, {state_, z}, {{"scale", 0.75}});
    } else {
      pending_z_ = z;
    }
  }
  void flush() {
    if (!pending_z_.present()) return;
    const std::vector<Id> in = {state_, pending_z_, t_, site_[0], site_[1]};
    state_ = b_.ops(graph::OpKind::kHyperConnectionWrite, in, attributes())[0];
    pending_z_ = {};
  }
  Id widen(Id x) {
    if (o_.copies)
      return b_.op(graph::OpKind::kTile, {x}, {{"width", static_cast<double>(wide())}});
    return b_.op(graph::OpKind::kLinear, {x, matrix("expand", wide(), kSmallWidth)});
  }
  Id finish() {
    if (o_.m == 0) return state_;
    flush();
    if (o_.copies) {
      return b_.op(graph::OpKind::kFold, {state_},
                   {{"width", static_cast<double>(kSmallWidth)}, {"mean", 1}});
    }
    return b_.op(graph::OpKind::kLinear, {state_, matrix("reduce", kSmallWidth, wide())});
  }

  SmallGraphOptions o_;
  graph::Builder b_;
  Id tokens_, positions_, cu_, state_, pending_z_, t_;
  std::vector<Id> site_;
};

inline graph::Graph small_graph(const SmallGraphOptions& options = {}) {
  return SmallGraph(options).build();
}

// Sequences of 5 and 4 tokens and 3 rows of padding; one token in the middle has no weight.
template <class Runner>
void set_small_batch(Runner& runner, int32_t shift = 0) {
  std::vector<int32_t> tokens(kSmallRows, 0), targets(kSmallRows, 0), positions(kSmallRows, 0);
  std::vector<int32_t> cu(kSmallRows + 1, 9);
  std::vector<float> weights(kSmallRows, 0);
  cu[0] = 0;
  cu[1] = 5;
  for (int32_t i = 0; i < 9; ++i) {
    const auto at = static_cast<size_t>(i);
    tokens[at] = (i * 7 + 3 + shift) % static_cast<int32_t>(kSmallVocab);
    targets[at] = (i * 5 + 1 + shift) % static_cast<int32_t>(kSmallVocab);
    positions[at] = i < 5 ? i : i - 5;
    weights[at] = i == 2 ? 0.0f : 1.0f;
  }
  runner.set_input("tokens", tokens);
  runner.set_input("targets", targets);
  runner.set_input("positions", positions);
  runner.set_input("cu_seqlens", cu);
  runner.set_input("weights", weights);
  runner.set_input("loss_scale", std::vector<float>{1.0f / 8.0f});
}

}  // namespace raddle::test
