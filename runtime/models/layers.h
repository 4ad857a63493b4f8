// SPDX-License-Identifier: Apache-2.0
// The parts of a transformer as the three families spell them: norm, attention, feed-forward.
// Weights are (out, in); q, k and v are one packed projection, gate and up another.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/graph/builder.h"
#include "runtime/models/model_config.h"
#include "runtime/models/residual.h"

namespace raddle::models {

// Whose keys a row sees: its packed sequence's, or a cache's.
struct AttentionInputs {
  graph::TensorId positions;
  graph::TensorId cu_seqlens;  // packed sequences
  graph::TensorId cache_rows;  // decoding, instead of cu_seqlens
  int64_t cache_capacity = 0;
  std::string cache_name;  // "layer0": of this block's caches
};

class Layers {
 public:
  Layers(graph::Builder& builder, const ModelConfig& model) : b_(builder), model_(model) {}

  // The family's norm with weights named `name`.weight (and .bias).
  graph::TensorId norm(const std::string& name, graph::TensorId x);
  // The same kind of norm without weights, or `x` itself for kNone.
  graph::TensorId bare_norm(GroupNorm kind, graph::TensorId x);

  // One transformer block: attention, then feed-forward, each with its own norm before it.
  void block(const std::string& name, const AttentionInputs& inputs, Residual* residual);

 private:
  graph::TensorId linear(const std::string& name, graph::TensorId x, int64_t out, double init_std);
  graph::TensorId attention(const std::string& name, graph::TensorId x,
                            const AttentionInputs& inputs);
  graph::TensorId attend(const std::string& name, graph::TensorId qkv,
                         const AttentionInputs& inputs);
  graph::TensorId feed_forward(const std::string& name, graph::TensorId x);
  double residual_std() const;

  graph::Builder& b_;
  const ModelConfig& model_;
};

}  // namespace raddle::models
