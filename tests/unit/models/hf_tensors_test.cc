// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/hf_tensors.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "runtime/models/build_model.h"
#include "tests/support/model_cases.h"

namespace raddle::models {
namespace {

std::vector<std::string> described(const ModelConfig& model) {
  std::vector<std::string> lines;
  for (const HfTensor& t : hf_tensors(model)) {
    lines.push_back(t.hf_name + " " + t.hf_shape.to_string());
  }
  return lines;
}

// Names and shapes of transformers' GPT2LMHeadModel with V=67, T=32, d=24.
TEST(HfTensors, Gpt2) {
  ModelConfig model = tiny_model(find_family("gpt2"));
  model.layers = 1;
  const std::vector<std::string> expected = {"transformer.wte.weight [67, 24]",
                                             "transformer.wpe.weight [32, 24]",
                                             "transformer.h.0.ln_1.weight [24]",
                                             "transformer.h.0.ln_1.bias [24]",
                                             "transformer.h.0.attn.c_attn.weight [24, 72]",
                                             "transformer.h.0.attn.c_attn.bias [72]",
                                             "transformer.h.0.attn.c_proj.weight [24, 24]",
                                             "transformer.h.0.attn.c_proj.bias [24]",
                                             "transformer.h.0.ln_2.weight [24]",
                                             "transformer.h.0.ln_2.bias [24]",
                                             "transformer.h.0.mlp.c_fc.weight [24, 96]",
                                             "transformer.h.0.mlp.c_fc.bias [96]",
                                             "transformer.h.0.mlp.c_proj.weight [96, 24]",
                                             "transformer.h.0.mlp.c_proj.bias [24]",
                                             "transformer.ln_f.weight [24]",
                                             "transformer.ln_f.bias [24]"};
  EXPECT_EQ(described(model), expected);
}

// LlamaForCausalLM and Qwen3ForCausalLM with d=24, 4 heads on 2 key/value heads.
std::vector<std::string> rotary_expected(int head_dim, bool head_norms) {
  const std::string q = std::to_string(4 * head_dim), kv = std::to_string(2 * head_dim);
  std::vector<std::string> lines = {"model.embed_tokens.weight [67, 24]",
                                    "model.layers.0.input_layernorm.weight [24]",
                                    "model.layers.0.self_attn.q_proj.weight [" + q + ", 24]",
                                    "model.layers.0.self_attn.k_proj.weight [" + kv + ", 24]",
                                    "model.layers.0.self_attn.v_proj.weight [" + kv + ", 24]"};
  if (head_norms) {
    const std::string hd = std::to_string(head_dim);
    lines.push_back("model.layers.0.self_attn.q_norm.weight [" + hd + "]");
    lines.push_back("model.layers.0.self_attn.k_norm.weight [" + hd + "]");
  }
  const std::vector<std::string> rest = {"model.layers.0.self_attn.o_proj.weight [24, " + q + "]",
                                         "model.layers.0.post_attention_layernorm.weight [24]",
                                         "model.layers.0.mlp.gate_proj.weight [40, 24]",
                                         "model.layers.0.mlp.up_proj.weight [40, 24]",
                                         "model.layers.0.mlp.down_proj.weight [24, 40]",
                                         "model.norm.weight [24]"};
  lines.insert(lines.end(), rest.begin(), rest.end());
  return lines;
}

TEST(HfTensors, LlamaUntied) {
  ModelConfig model = tiny_model(find_family("llama"));
  model.layers = 1;
  auto expected = rotary_expected(6, false);
  expected.push_back("lm_head.weight [67, 24]");
  EXPECT_EQ(described(model), expected);
}

TEST(HfTensors, Qwen3TiedWithItsOwnHeadWidth) {
  ModelConfig model = tiny_model(find_family("qwen3"));
  model.layers = 1;
  EXPECT_EQ(described(model), rotary_expected(8, true));
}

TEST(HfTensors, QKVAreRowsOfOneParameter) {
  const auto tensors = hf_tensors(tiny_model(find_family("llama")));
  for (const HfTensor& t : tensors) {
    if (t.hf_name == "model.layers.1.self_attn.v_proj.weight") {
      EXPECT_EQ(t.parameter, "layers.1.attn.qkv.weight");
      EXPECT_EQ(t.row_begin, 36);
      EXPECT_EQ(t.row_count, 12);
      EXPECT_FALSE(t.transpose);
      return;
    }
  }
  FAIL() << "no v_proj of layer 1";
}

// Every element of every parameter that a file holds is in it exactly once, in the file's shape.
TEST(HfTensors, CoverEveryParameterOnce) {
  for (const ModelCase& test : model_cases()) {
    const auto graph = build_model(test.model, {GraphMode::kLogits, 4, 0});
    ASSERT_TRUE(graph.is_ok()) << graph.status().to_string();
    std::map<std::string, std::vector<const HfTensor*>> by_parameter;
    const auto tensors = hf_tensors(test.model);
    std::set<std::string> hf_names;
    for (const HfTensor& t : tensors) {
      EXPECT_TRUE(hf_names.insert(t.hf_name).second) << t.hf_name;
      by_parameter[t.parameter].push_back(&t);
    }
    for (const auto& parameter : graph->parameters()) {
      const graph::Tensor& tensor = graph->tensor(parameter.tensor);
      int64_t next = 0;
      for (const HfTensor* t : by_parameter[tensor.name]) {
        EXPECT_EQ(t->row_begin, next) << test.name << " " << t->hf_name;
        next += t->row_count;
        Shape shape = {t->row_count};
        if (tensor.shape.rank() == 2) shape = {t->row_count, tensor.shape[1]};
        if (t->transpose) shape = {shape[1], shape[0]};
        EXPECT_EQ(t->hf_shape, shape) << test.name << " " << t->hf_name;
      }
      EXPECT_EQ(next, tensor.shape[0]) << test.name << " " << tensor.name;
      by_parameter.erase(tensor.name);
    }
    EXPECT_TRUE(by_parameter.empty()) << test.name << " " << by_parameter.begin()->first;
  }
}

TEST(HfTensors, ExtrasOfVirtualWidthAreUnderRaddle) {
  ModelConfig model = tiny_model(find_family("llama"));
  const auto plain = described(model);
  const std::set<std::string> known(plain.begin(), plain.end());
  model.virtual_width = {4, 8};
  model.virtual_width.embedding = WideEmbedding::kExpand;
  model.virtual_width.reduce = WideReduce::kLearned;
  size_t extras = 0, shared = 0;
  for (const HfTensor& t : hf_tensors(model)) {
    if (t.hf_name.starts_with("raddle.")) {
      ++extras;
    } else {
      shared += known.count(t.hf_name + " " + t.hf_shape.to_string());
    }
  }
  EXPECT_EQ(shared, plain.size());
  EXPECT_EQ(extras, 2u + 4u * 4u);  // expand, reduce; c0, s, w and norm weight of four sites
}

}  // namespace
}  // namespace raddle::models
