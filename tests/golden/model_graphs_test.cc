// SPDX-License-Identifier: Apache-2.0
// The graph of a one-layer model of every family, plain and with virtual width (and multi-token
// prediction), in every mode, as text; and one graph with its gradients.
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

using Case = std::tuple<Family, bool, int>;

std::string case_name(const Case& test) {
  constexpr const char* kModes[] = {"loss", "eval_loss", "logits", "decode"};
  return std::string(family_name(std::get<0>(test))) + (std::get<1>(test) ? "_vw_" : "_") +
         kModes[std::get<2>(test)];
}

ModelConfig one_layer(Family family, bool wide) {
  ModelConfig model = tiny_model(family);
  model.layers = 1;
  if (wide) {
    model.virtual_width = {4, 8};
    model.mtp_heads = 1;
  }
  return model;
}

class ModelGraph : public ::testing::TestWithParam<Case> {};

TEST_P(ModelGraph, IsAsCommitted) {
  const auto& [family, wide, mode] = GetParam();
  const auto graph = build_model(one_layer(family, wide), {static_cast<GraphMode>(mode), 8, 16});
  ASSERT_TRUE(graph.is_ok()) << graph.status().to_string();
  test::expect_golden("graphs/" + case_name(GetParam()) + ".txt", graph::to_text(*graph));
}

INSTANTIATE_TEST_SUITE_P(Every, ModelGraph,
                         ::testing::Combine(::testing::Values(Family::kGpt2, Family::kLlama,
                                                              Family::kQwen3),
                                            ::testing::Bool(), ::testing::Range(0, 4)),
                         [](const auto& instance) { return case_name(instance.param); });

TEST(DifferentiatedModelGraph, IsAsCommitted) {
  const auto forward = build_model(one_layer(Family::kQwen3, true), {GraphMode::kLoss, 8, 0});
  ASSERT_TRUE(forward.is_ok()) << forward.status().to_string();
  const auto graph = graph::differentiate(*forward);
  ASSERT_TRUE(graph.is_ok()) << graph.status().to_string();
  test::expect_golden("graphs/qwen3_vw_loss_differentiated.txt", graph::to_text(*graph));
}

}  // namespace
}  // namespace raddle::models
