// SPDX-License-Identifier: Apache-2.0
// The graph of a one-layer model of every family, plain and with virtual width (and multi-token
// prediction), in every mode, as text; and graphs with their gradients.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "runtime/graph/autodiff.h"
#include "runtime/graph/text.h"
#include "runtime/models/build_model.h"
#include "tests/support/golden.h"
#include "tests/support/model_cases.h"

namespace raddle::models {
namespace {

enum class Width { kPlain, kLearned, kCopies };  // kCopies: no matrix, copies in and a mean out
using Case = std::tuple<const Family*, Width, int>;

std::string case_name(const Case& test) {
  constexpr const char* kWidths[] = {"_", "_vw_", "_vw_copies_"};
  constexpr const char* kModes[] = {"loss", "eval_loss", "logits", "decode"};
  return std::string(std::get<0>(test)->name) + kWidths[static_cast<size_t>(std::get<1>(test))] +
         kModes[std::get<2>(test)];
}

ModelConfig one_layer(const Family* family, Width width) {
  ModelConfig model = tiny_model(family);
  model.layers = 1;
  if (width != Width::kPlain) {
    model.virtual_width = {4, 8};
    model.mtp_heads = 1;
  }
  if (width == Width::kLearned) {
    model.virtual_width.embedding = WideEmbedding::kExpand;
    model.virtual_width.reduce = WideReduce::kLearned;
  }
  return model;
}

class ModelGraph : public ::testing::TestWithParam<Case> {};

TEST_P(ModelGraph, IsAsCommitted) {
  const auto& [family, width, mode] = GetParam();
  const auto graph = build_model(one_layer(family, width), {static_cast<GraphMode>(mode), 8, 16});
  ASSERT_TRUE(graph.is_ok()) << graph.status().to_string();
  test::expect_golden("graphs/" + case_name(GetParam()) + ".txt", graph::to_text(*graph));
}

INSTANTIATE_TEST_SUITE_P(
    Every, ModelGraph,
    ::testing::Combine(::testing::Values(find_family("gpt2"), find_family("llama"),
                                         find_family("qwen3")),
                       ::testing::Values(Width::kPlain, Width::kLearned, Width::kCopies),
                       ::testing::Range(0, 4)),
    [](const auto& instance) { return case_name(instance.param); });

std::string differentiated(const ModelConfig& model, std::string_view frozen_prefix) {
  const auto forward = build_model(model, {GraphMode::kLoss, 8, 0});
  EXPECT_TRUE(forward.is_ok()) << forward.status().to_string();
  graph::AutodiffOptions options;
  for (const auto& p : forward->parameters()) {
    const bool frozen =
        !frozen_prefix.empty() && forward->tensor(p.tensor).name.starts_with(frozen_prefix);
    options.frozen.push_back(frozen ? 1 : 0);
  }
  const auto graph = graph::differentiate(*forward, options);
  EXPECT_TRUE(graph.is_ok()) << graph.status().to_string();
  return graph::to_text(*graph);
}

TEST(DifferentiatedModelGraph, IsAsCommitted) {
  test::expect_golden("graphs/qwen3_vw_loss_differentiated.txt",
                      differentiated(one_layer(find_family("qwen3"), Width::kLearned), ""));
  test::expect_golden("graphs/llama_vw_copies_loss_differentiated.txt",
                      differentiated(one_layer(find_family("llama"), Width::kCopies), ""));
}

// What only a frozen block's gradients need is gone: its weight gradients, and below the first
// trained parameter everything.
TEST(DifferentiatedModelGraph, LeavesOutWhatIsFrozen) {
  ModelConfig model = one_layer(find_family("gpt2"), Width::kPlain);
  test::expect_golden("graphs/gpt2_frozen_layers_differentiated.txt",
                      differentiated(model, "layers.0.attn"));
}

}  // namespace
}  // namespace raddle::models
