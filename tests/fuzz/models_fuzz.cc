// SPDX-License-Identifier: Apache-2.0
// Damaged config.json files: accepted or refused with a Status, never a crash. What is accepted
// must be a model that can be built, listed and written again.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/models/build_model.h"
#include "runtime/models/hf_config.h"
#include "runtime/models/hf_tensors.h"
#include "tests/support/fuzz.h"
#include "tests/support/log_guard.h"
#include "tests/support/model_cases.h"

namespace raddle::models {
namespace {

TEST(Fuzz, HfConfig) {
  const test::ExpectLog dropout("trains without dropout"), ids("ignored, because vocab_size");
  std::vector<std::string> corpus;
  for (const ModelCase& test : model_cases()) corpus.push_back(to_hf_config(test.model));
  corpus.push_back(R"({"model_type": "gpt2", "vocab_size": 9, "n_positions": 4, "n_embd": 4,
    "n_layer": 1, "n_head": 2, "eos_token_id": [1, 2], "attn_pdrop": 0.1})");
  int accepted = 0, refused = 0;
  test::fuzz(corpus, 20000, [&](const std::string& input) {
    const auto model = parse_hf_config(input, "fuzz");
    test::expect_clean(model.status());
    model.is_ok() ? ++accepted : ++refused;
    if (!model.is_ok() || model->layers > 16) return;
    const auto again = parse_hf_config(to_hf_config(*model), "again");
    EXPECT_TRUE(again.is_ok()) << again.status().to_string();
    EXPECT_FALSE(hf_tensors(*model).empty());
    const auto graph = build_model(*model, {GraphMode::kLogits, 2, 0});
    EXPECT_TRUE(graph.is_ok()) << graph.status().to_string();
  });
  EXPECT_GT(accepted, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace raddle::models
