// SPDX-License-Identifier: Apache-2.0
// Graphs of the model families. One config gives the same parameters (names, shapes, order) in
// every mode, so that all programs of a session share one StateStore; only the parameters of
// multi-token prediction, which come last, are in kLoss alone.
//
//   kLoss      tokens, positions, cu_seqlens [rows+1], targets, weights, loss_scale [1]
//              (mtp_targets, mtp_weights) -> "loss" ("mtp_loss")
//   kEvalLoss  the same inputs without those of multi-token prediction -> "loss"
//   kLogits    tokens, positions, cu_seqlens -> "logits" [rows, vocab]
//   kDecode    tokens, positions, cache_rows [1], caches "layer{i}.k_cache" and ".v_cache"
//              [cache_capacity, kv_heads * head_dim] -> "logits"
//
// Parameters of the shared parts have the same names with and without virtual width, and a drawn
// parameter is a function of (seed, name): at the start a model with virtual width equals its
// baseline up to the norms' epsilon.
#pragma once

#include <cstdint>

#include "runtime/graph/graph.h"
#include "runtime/models/model_config.h"

namespace raddle::models {

enum class GraphMode { kLoss, kEvalLoss, kLogits, kDecode };

struct GraphOptions {
  GraphMode mode = GraphMode::kLoss;
  int64_t rows = 0;            // tokens a run takes
  int64_t cache_capacity = 0;  // kDecode: tokens the cache holds
};

// INVALID_ARGUMENT: the config is not valid, or rows or cache_capacity is not positive.
StatusOr<graph::Graph> build_model(const ModelConfig& model, const GraphOptions& options);

// Over all parameters, those of multi-token prediction included. The config must be valid.
int64_t parameter_count(const ModelConfig& model);

// Floating-point operations of a training step per token of a sequence: 6 N + 6 L C T, where N
// counts all parameters, C is the width of attention's heads together and T the sequence's length.
double flops_per_token(const ModelConfig& model, int64_t sequence_length);

}  // namespace raddle::models
