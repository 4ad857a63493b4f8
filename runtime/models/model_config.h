// SPDX-License-Identifier: Apache-2.0
// ModelConfig: everything that decides a model's parameters and arithmetic. It comes from the keys
// model.* (model_config_from) or from a Hugging Face config.json (hf_config.h); build_model.h makes
// a graph of it.
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/dtype.h"
#include "runtime/base/status.h"
#include "runtime/config/config.h"
#include "runtime/models/family.h"

namespace raddle::models {

enum class GroupNorm { kAuto, kNone, kLayer, kRms };
// How a token's embedding becomes wide: a copy in each group of m slots, a learned W_expand, or a
// wide table. And how the state becomes narrow again: the mean of the groups, or a learned
// W_reduce.
enum class WideEmbedding { kCopy, kExpand, kTable };
enum class WideReduce { kMean, kLearned };

std::string_view embedding_name(WideEmbedding embedding);  // "copy"
std::string_view reduce_name(WideReduce reduce);           // "mean"

// Virtual Width Networks (arXiv 2511.11238): a wide state of n slots of width / m elements each
// runs beside the backbone; m = 0: none.
struct VirtualWidth {
  int64_t m = 0, n = 0;
  bool dynamic = true;  // coefficients depend on the token
  WideEmbedding embedding = WideEmbedding::kCopy;
  WideReduce reduce = WideReduce::kMean;
  GroupNorm group_norm = GroupNorm::kAuto;
  double scale_init = 1;     // where the scale S of dynamic coefficients starts
  bool decay_scale = false;  // weight decay on the scale S too
  bool fused = true;         // write of one site and read of the next in one operation
  bool enabled() const { return m > 0; }
};

struct ModelConfig {
  const Family* family = find_family("llama");
  int64_t vocab_size = 0, layers = 0, width = 0, heads = 0, kv_heads = 0, head_dim = 0;
  int64_t ffn_width = 0, context = 0;
  bool tie_embeddings = true;
  double norm_eps = 1e-5, rope_theta = 10000, init_std = 0.02;
  VirtualWidth virtual_width;
  int64_t mtp_heads = 0;
  double mtp_weight = 0.3;
  DType precision = DType::kF32;  // of its graphs (graph.h); no part of the model that is saved
  int32_t bos_id = -1, eos_id = -1, pad_id = -1;  // -1: none

  int64_t slot_width() const;  // d: width / m; the whole width without virtual width
  int64_t slots() const;       // n; 1 without virtual width
  int64_t wide_width() const { return slots() * slot_width(); }
  // The group norm that kAuto stands for: the backbone's kind of norm, none where n / m is no
  // integer.
  GroupNorm resolved_group_norm() const;
};

// What train.precision says.
DType precision_from(const config::Config& config);

// Reads model.* and train.precision, or model.hf_config if it is set: INVALID_ARGUMENT if a key
// that some source set disagrees with the file. `of_weights`, if given, is the model that
// model.init_from holds and that the keys agree with; it stands for such a file.
// `tokenizer_vocab_size` (0: not known) is the vocabulary if no source gives one; a given one must
// have `least_vocab_size` (-1: all of the tokenizer's). The result is valid.
StatusOr<ModelConfig> model_config_from(const config::Config& config, int64_t tokenizer_vocab_size,
                                        const ModelConfig* of_weights = nullptr,
                                        int64_t least_vocab_size = -1);

// The same without the checks: what the keys say, to compare or to show.
StatusOr<ModelConfig> read_model_config(const config::Config& config, int64_t tokenizer_vocab_size,
                                        const ModelConfig* of_weights = nullptr);

// INVALID_ARGUMENT names the key, what it is and what it must be.
Status validate(const ModelConfig& model);

}  // namespace raddle::models
