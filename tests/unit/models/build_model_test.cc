// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/build_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "runtime/graph/autodiff.h"
#include "runtime/graph/text.h"
#include "tests/support/model_cases.h"

namespace raddle::models {
namespace {

using ::testing::HasSubstr;

graph::Graph built(const ModelConfig& model, GraphMode mode) {
  auto graph = build_model(model, {mode, 8, 16});
  EXPECT_TRUE(graph.is_ok()) << graph.status().to_string();
  return std::move(graph).value();
}

std::vector<std::string> parameters_of(const graph::Graph& graph) {
  std::vector<std::string> lines;
  for (const auto& p : graph.parameters()) {
    const graph::Tensor& tensor = graph.tensor(p.tensor);
    lines.push_back(tensor.name + " " + tensor.shape.to_string() + " " + p.init.to_string() +
                    (p.decay ? " decay" : ""));
  }
  return lines;
}

ModelConfig gpt2_124m() {
  ModelConfig model;
  model.family = find_family("gpt2");
  model.vocab_size = 50257;
  model.layers = 12;
  model.width = 768;
  model.heads = model.kv_heads = 12;
  model.head_dim = 64;
  model.ffn_width = 3072;
  model.context = 1024;
  return model;
}

TEST(ParameterCount, Gpt2Small) { EXPECT_EQ(parameter_count(gpt2_124m()), 124439808); }

// 28 layers of Qwen3-0.6B: published as 0.6 B parameters, 0.44 B without the embedding.
TEST(ParameterCount, Qwen3Small) {
  ModelConfig model;
  model.family = find_family("qwen3");
  model.vocab_size = 151936;
  model.layers = 28;
  model.width = 1024;
  model.heads = 16;
  model.kv_heads = 8;
  model.head_dim = 128;
  model.ffn_width = 3072;
  model.context = 40960;
  EXPECT_EQ(parameter_count(model), 596049920);
}

// Per site d q + 2 n q + d, as vwn counts them; expand and reduce matrices only where they are
// learned.
TEST(ParameterCount, VirtualWidthAddsItsSites) {
  ModelConfig model = gpt2_124m();
  model.virtual_width = {4, 8};
  const int64_t d = 192, q = 16, n = 8, matrix = 768 * 1536;
  const int64_t sites = 24 * (d * q + 2 * n * q + d);
  EXPECT_EQ(parameter_count(model), 124439808 + sites);
  model.virtual_width.embedding = WideEmbedding::kExpand;
  EXPECT_EQ(parameter_count(model), 124439808 + sites + matrix);
  model.virtual_width.reduce = WideReduce::kLearned;
  EXPECT_EQ(parameter_count(model), 124439808 + sites + 2 * matrix);
}

TEST(BuildModel, TheScaleStartsWhereItIsToldTo) {
  ModelConfig model = tiny_model(find_family("llama"));
  model.virtual_width = {4, 8};
  model.virtual_width.scale_init = 0.25;
  const auto graph = built(model, GraphMode::kLoss);
  int scales = 0;
  for (const auto& p : graph.parameters()) {
    if (!graph.tensor(p.tensor).name.ends_with(".s")) continue;
    ++scales;
    EXPECT_EQ(p.init.to_string(), "constant(0.25)");
  }
  EXPECT_EQ(scales, 4);
}

TEST(FlopsPerToken, IsSixNPlusSixLCT) {
  EXPECT_DOUBLE_EQ(flops_per_token(gpt2_124m(), 64), 6.0 * 124439808 + 6.0 * 12 * 768 * 64);
}

TEST(BuildModel, EveryParameterGetsAGradient) {
  for (const ModelCase& test : model_cases()) {
    for (bool fused : {true, false}) {
      for (bool recompute : {true, false}) {
        ModelConfig model = test.model;
        model.virtual_width.fused = fused;
        const auto train =
            graph::differentiate(built(model, GraphMode::kLoss), {.recompute_blocks = recompute});
        ASSERT_TRUE(train.is_ok()) << test.name << ": " << train.status().to_string();
        std::set<int32_t> with_gradient;
        for (const graph::Tensor& tensor : train->tensors()) {
          if (tensor.kind == graph::TensorKind::kGradient) with_gradient.insert(tensor.parameter);
        }
        EXPECT_EQ(with_gradient.size(), train->parameters().size()) << test.name;
      }
    }
  }
}

TEST(BuildModel, ModesShareTheirParameters) {
  for (const ModelCase& test : model_cases()) {
    const auto loss = parameters_of(built(test.model, GraphMode::kLoss));
    const auto logits = parameters_of(built(test.model, GraphMode::kLogits));
    EXPECT_EQ(parameters_of(built(test.model, GraphMode::kEvalLoss)), logits) << test.name;
    EXPECT_EQ(parameters_of(built(test.model, GraphMode::kDecode)), logits) << test.name;
    if (test.model.mtp_heads == 0) {
      EXPECT_EQ(loss, logits) << test.name;
      continue;
    }
    ASSERT_GT(loss.size(), logits.size());
    EXPECT_TRUE(std::equal(logits.begin(), logits.end(), loss.begin())) << test.name;
    for (size_t i = logits.size(); i < loss.size(); ++i) {
      EXPECT_TRUE(loss[i].starts_with("mtp.")) << loss[i];
    }
  }
}

TEST(BuildModel, FusionChangesNoParameter) {
  for (const ModelCase& test : model_cases()) {
    ModelConfig unfused = test.model;
    unfused.virtual_width.fused = false;
    EXPECT_EQ(parameters_of(built(test.model, GraphMode::kLoss)),
              parameters_of(built(unfused, GraphMode::kLoss)))
        << test.name;
  }
}

int count(const graph::Graph& graph, graph::OpKind op) {
  int found = 0;
  for (const auto& node : graph.nodes()) found += node.op == op ? 1 : 0;
  return found;
}

TEST(BuildModel, FusionMakesOneReadAndOneWrite) {
  ModelConfig model = tiny_model(find_family("llama"));
  model.virtual_width = {4, 8};
  const auto fused = built(model, GraphMode::kLoss);
  EXPECT_EQ(count(fused, graph::OpKind::kHyperConnectionRead), 1);
  EXPECT_EQ(count(fused, graph::OpKind::kHyperConnectionBoundary), 3);
  EXPECT_EQ(count(fused, graph::OpKind::kHyperConnectionWrite), 1);
  model.virtual_width.fused = false;
  const auto pairs = built(model, GraphMode::kLoss);
  EXPECT_EQ(count(pairs, graph::OpKind::kHyperConnectionRead), 4);
  EXPECT_EQ(count(pairs, graph::OpKind::kHyperConnectionBoundary), 0);
  EXPECT_EQ(count(pairs, graph::OpKind::kHyperConnectionWrite), 4);
}

// A drawn parameter depends on its name, so the same names are what makes a model with virtual
// width start where its baseline starts.
TEST(BuildModel, BackboneKeepsNamesAndInitsUnderVirtualWidth) {
  for (const Family* family : families()) {
    ModelConfig model = tiny_model(family);
    const auto plain = parameters_of(built(model, GraphMode::kLogits));
    model.virtual_width = {4, 8};
    const auto wide = parameters_of(built(model, GraphMode::kLogits));
    const std::set<std::string> names(wide.begin(), wide.end());
    for (const std::string& line : plain) EXPECT_EQ(names.count(line), 1u) << line;
  }
}

TEST(BuildModel, WeightDecayLeavesNormsBiasesAndStaticCoefficientsAlone) {
  for (const ModelCase& test : model_cases()) {
    const auto graph = built(test.model, GraphMode::kLoss);
    for (const auto& p : graph.parameters()) {
      const graph::Tensor& tensor = graph.tensor(p.tensor);
      const bool static_part = tensor.name.ends_with(".c0") || tensor.name.ends_with(".s");
      EXPECT_EQ(p.decay, tensor.shape.rank() == 2 && !static_part) << tensor.name;
    }
  }
}

TEST(BuildModel, DecayOfTheScaleIsAFlag) {
  ModelConfig model = tiny_model(find_family("llama"));
  model.virtual_width = {4, 8};
  model.virtual_width.decay_scale = true;
  const auto graph = built(model, GraphMode::kLoss);
  for (const auto& p : graph.parameters()) {
    const std::string& name = graph.tensor(p.tensor).name;
    if (name.ends_with(".s")) {
      EXPECT_TRUE(p.decay) << name;
    }
  }
}

TEST(BuildModel, LossesAndOutputsHaveTheirNames) {
  ModelConfig model = tiny_model(find_family("llama"));
  model.mtp_heads = 1;
  const auto loss = built(model, GraphMode::kLoss);
  ASSERT_EQ(loss.losses().size(), 2u);
  EXPECT_EQ(loss.tensor(loss.losses()[0].tensor).name, "loss");
  EXPECT_EQ(loss.tensor(loss.losses()[1].tensor).name, "mtp_loss");
  EXPECT_EQ(loss.losses()[1].coefficient, 0.3);
  EXPECT_EQ(built(model, GraphMode::kEvalLoss).losses().size(), 1u);
  const auto decode = built(model, GraphMode::kDecode);
  ASSERT_EQ(decode.outputs().size(), 1u);
  EXPECT_EQ(decode.tensor(decode.outputs()[0]).name, "logits");
  EXPECT_EQ(decode.tensor(decode.outputs()[0]).shape, Shape({8, 67}));
  const auto cache = decode.find("layer1.v_cache");
  ASSERT_TRUE(cache.has_value());
  EXPECT_EQ(decode.tensor(*cache).shape, Shape({16, 12}));
}

TEST(BuildModel, EveryBlockIsARecomputationUnit) {
  const auto graph = built(tiny_model(find_family("qwen3")), GraphMode::kLoss);
  std::set<int32_t> blocks;
  for (const auto& node : graph.nodes()) blocks.insert(node.block);
  EXPECT_EQ(blocks, (std::set<int32_t>{-1, 0, 1}));
}

TEST(BuildModel, RefusesWhatCannotBeBuilt) {
  ModelConfig model = tiny_model(find_family("llama"));
  const auto no_rows = build_model(model, {GraphMode::kLoss, 0, 0});
  ASSERT_FALSE(no_rows.is_ok());
  EXPECT_THAT(no_rows.status().message(), HasSubstr("0 rows"));
  const auto no_cache = build_model(model, {GraphMode::kDecode, 4, 3});
  ASSERT_FALSE(no_cache.is_ok());
  EXPECT_THAT(no_cache.status().message(), HasSubstr("holds 3 tokens"));
  model.width = 0;
  EXPECT_FALSE(build_model(model, {GraphMode::kLoss, 4, 0}).is_ok());
}

TEST(BuildModel, TextFormReadsBack) {
  for (const ModelCase& test : model_cases()) {
    const auto graph = built(test.model, GraphMode::kLoss);
    const std::string text = graph::to_text(graph);
    const auto parsed = graph::parse_text(text);
    ASSERT_TRUE(parsed.is_ok()) << test.name << ": " << parsed.status().to_string();
    EXPECT_EQ(graph::to_text(*parsed), text) << test.name;
  }
}

}  // namespace
}  // namespace raddle::models
