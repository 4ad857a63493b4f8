// SPDX-License-Identifier: Apache-2.0
// Small models of every family, plain and with virtual width, for tests of anything that takes a
// model.
#pragma once

#include <string>
#include <vector>

#include "runtime/models/model_config.h"

namespace raddle::models {

inline ModelConfig tiny_model(const Family* family) {
  ModelConfig model;
  model.family = family;
  model.vocab_size = 67;
  model.layers = 2;
  model.width = 24;
  model.heads = 4;
  model.kv_heads = family == find_family("gpt2") ? 4 : 2;
  model.head_dim = family == find_family("qwen3") ? 8 : 6;
  model.ffn_width = family == find_family("gpt2") ? 96 : 40;
  model.context = 32;
  model.tie_embeddings = family != find_family("llama");
  return model;
}

struct ModelCase {
  std::string name;
  ModelConfig model;
};

// Every family x {plain; vw 2x3 (n / m no integer) and vw 4x8, each with learned matrices and
// without any; vw 4x8 static with a wide table} x {no multi-token prediction, one head}.
inline std::vector<ModelCase> model_cases() {
  std::vector<ModelCase> cases;
  for (const Family* family : families()) {
    for (int width = 0; width < 6; ++width) {
      for (int mtp = 0; mtp < 2; ++mtp) {
        ModelConfig model = tiny_model(family);
        model.mtp_heads = mtp;
        std::string name(family->name);
        if (width > 0) {
          const bool fraction = width == 1 || width == 4, learned = width < 4;
          model.virtual_width.m = fraction ? 2 : 4;
          model.virtual_width.n = fraction ? 3 : 8;
          name += fraction ? "_vw2x3" : "_vw4x8";
          if (learned) {
            model.virtual_width.embedding = WideEmbedding::kExpand;
            model.virtual_width.reduce = WideReduce::kLearned;
            name += "_learned";
          }
        }
        if (width == 3) {
          model.virtual_width.dynamic = false;
          model.virtual_width.embedding = WideEmbedding::kTable;
          model.tie_embeddings = false;
          name += "_static_table";
        }
        if (mtp > 0) name += "_mtp";
        cases.push_back({name, model});
      }
    }
  }
  return cases;
}

}  // namespace raddle::models
