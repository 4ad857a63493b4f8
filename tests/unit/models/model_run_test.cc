// SPDX-License-Identifier: Apache-2.0
// Models planned and run: what virtual width computes at the start, and that the modes agree.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "runtime/models/build_model.h"
#include "tests/support/graph_runner.h"
#include "tests/support/model_batch.h"
#include "tests/support/model_cases.h"

namespace raddle::models {
namespace {

constexpr int64_t kRows = test::kBatchRows;

test::GraphRunner runner(const ModelConfig& model, GraphMode mode, int64_t rows = kRows) {
  const auto graph = build_model(model, {mode, rows, kRows});
  EXPECT_TRUE(graph.is_ok()) << graph.status().to_string();
  return test::GraphRunner(*graph, {.train = mode == GraphMode::kLoss});
}

std::vector<float> logits_of(const ModelConfig& model) {
  auto run = runner(model, GraphMode::kLogits);
  test::set_model_batch(&run, false, false);
  const Status status = run.executor().run_micro_batch(true);
  EXPECT_TRUE(status.is_ok()) << status.to_string();
  return run.output<float>("logits");
}

// Losses by name after one training micro-batch.
std::pair<float, float> losses_of(const ModelConfig& model, GraphMode mode) {
  auto run = runner(model, mode);
  const bool mtp = mode == GraphMode::kLoss && model.mtp_heads > 0;
  test::set_model_batch(&run, true, mtp);
  const Status status = run.executor().run_micro_batch(true);
  EXPECT_TRUE(status.is_ok()) << status.to_string();
  return {run.output<float>("loss")[0], mtp ? run.output<float>("mtp_loss")[0] : 0.0f};
}

// A standard deviation at which the norms' epsilon is small beside the activations' square.
ModelConfig with_large_init(ModelConfig model) {
  model.init_std = 1.0;
  return model;
}

double largest_gap(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double gap = 0;
  for (size_t i = 0; i < a.size(); ++i) gap = std::max(gap, std::abs(double{a[i]} - b[i]));
  return gap;
}

double largest(const std::vector<float>& a) {
  double found = 0;
  for (float x : a) found = std::max(found, std::abs(double{x}));
  return found;
}

// Stacked identities, an averaging reduce and the start of the coefficients make every block of the
// wide state the baseline's stream; only the additional group norm's epsilon is left.
TEST(ModelRun, VirtualWidthStartsAtItsBaseline) {
  for (const ModelCase& test : model_cases()) {
    if (!test.model.virtual_width.enabled() || test.model.mtp_heads > 0) continue;
    ModelConfig wide = with_large_init(test.model), plain = wide;
    plain.virtual_width = {};
    const auto expected = logits_of(plain), actual = logits_of(wide);
    EXPECT_GT(largest(expected), 1.0) << test.name;
    EXPECT_LT(largest_gap(actual, expected), 1e-4 * largest(expected)) << test.name;
  }
}

// Without a group norm nothing is left but rounding.
TEST(ModelRun, WithoutGroupNormTheStartIsTheBaselineToRounding) {
  ModelConfig wide = tiny_model(find_family("llama"));
  wide.virtual_width = {4, 8};
  wide.virtual_width.group_norm = GroupNorm::kNone;
  ModelConfig plain = wide;
  plain.virtual_width = {};
  const auto expected = logits_of(plain);
  EXPECT_LT(largest_gap(logits_of(wide), expected), 1e-6 * largest(expected));
}

TEST(ModelRun, FusionChangesNoBit) {
  for (const ModelCase& test : model_cases()) {
    if (!test.model.virtual_width.enabled()) continue;
    ModelConfig pairs = test.model;
    pairs.virtual_width.fused = false;
    EXPECT_EQ(losses_of(test.model, GraphMode::kLoss), losses_of(pairs, GraphMode::kLoss))
        << test.name;
    EXPECT_EQ(logits_of(test.model), logits_of(pairs)) << test.name;
  }
}

TEST(ModelRun, LossIsTheSameInTrainingAndEvaluation) {
  for (const ModelCase& test : model_cases()) {
    const float train = losses_of(test.model, GraphMode::kLoss).first;
    const float eval = losses_of(test.model, GraphMode::kEvalLoss).first;
    EXPECT_NEAR(train, eval, 1e-5) << test.name;
  }
}

// At the start a model knows nothing, so both losses are about log(vocabulary).
TEST(ModelRun, FreshLossesAreNearUniform) {
  for (const ModelCase& test : model_cases()) {
    const auto [loss, mtp_loss] = losses_of(test.model, GraphMode::kLoss);
    EXPECT_NEAR(loss, std::log(67.0), 0.3) << test.name;  // 10 weighted rows, scale 0.1
    if (test.model.mtp_heads > 0) {
      EXPECT_NEAR(mtp_loss, std::log(67.0), 0.4) << test.name;
    }
  }
}

// Tokens of the first sequence one at a time through the key/value cache.
TEST(ModelRun, DecodingAgreesWithTheWholeSequence) {
  for (const ModelCase& test : model_cases()) {
    if (test.model.mtp_heads > 0) continue;
    const auto whole = logits_of(test.model);
    auto run = runner(test.model, GraphMode::kDecode, 1);
    const test::ModelBatch batch;
    for (int32_t i = 0; i < 8; ++i) {
      run.set_input("tokens", std::vector<int32_t>{batch.tokens[static_cast<size_t>(i)]});
      run.set_input("positions", std::vector<int32_t>{i});
      run.set_input("cache_rows", std::vector<int32_t>{i});
      ASSERT_TRUE(run.executor().run_micro_batch(true).is_ok());
      const auto row = run.output<float>("logits");
      const std::vector<float> expected(whole.begin() + i * 67, whole.begin() + (i + 1) * 67);
      EXPECT_LT(largest_gap(row, expected), 2e-5) << test.name << " " << i;
    }
  }
}

}  // namespace
}  // namespace raddle::models
