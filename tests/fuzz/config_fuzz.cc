// SPDX-License-Identifier: Apache-2.0
// Damaged recipes, values and environments: accepted or refused with a Status, never a crash; and
// what is accepted is written as TOML that loads back to the same options.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "runtime/config/config.h"
#include "runtime/config/nearest.h"
#include "tests/support/fuzz.h"

namespace raddle::config {
namespace {

const std::vector<std::string> kRecipes = {
    "[train]\nsteps = 300\nmicro_batch_tokens = 2048\nseed = 7\n",
    "model.family = \"qwen3\"\nmodel.virtual_width = { m = 4, n = 8, dynamic = true }\n",
    "# a comment\n[optimizer]\nlearning_rate = 3e-4\nbeta2 = 0.99\n\n[schedule]\nkind = 'wsd'\n",
    "data.path = [\"a.txt\", \"b.jsonl\"]\ndata.text_field = \"t\\u00e9xt\"\n[generate]\ntop_k = "
    "0x10\n",
    "runtime.memory_limit = \"2GiB\"\nruntime.threads = 2\n",
};

TEST(Fuzz, Recipe) {
  int accepted = 0, refused = 0;
  std::vector<std::string> corpus = kRecipes;
  corpus.push_back(Config().to_toml());
  test::fuzz(corpus, 4000, [&](const std::string& text) {
    Config config;
    const Status status = config.load_toml_text(text, "fuzz.toml");
    if (!status.is_ok()) {
      ++refused;
      EXPECT_EQ(status.code(), Code::kInvalidArgument) << status.to_string();
      EXPECT_NE(status.message().find("fuzz.toml"), std::string::npos) << status.message();
      EXPECT_EQ(config.to_toml(), Config().to_toml()) << "a refused recipe left something behind";
      return;
    }
    ++accepted;
    Config again;
    const Status reloaded = again.load_toml_text(config.to_toml(), "again.toml");
    ASSERT_TRUE(reloaded.is_ok()) << reloaded.to_string() << "\n" << config.to_toml();
    EXPECT_EQ(again.to_toml(), config.to_toml());
    EXPECT_EQ(again.hash(OptionScope::kCluster), config.hash(OptionScope::kCluster));
  });
  EXPECT_GT(accepted, 0);
  EXPECT_GT(refused, 0);
}

TEST(Fuzz, KeysAndValues) {
  std::vector<std::string> corpus;
  for (const Option& option : options()) {
    corpus.push_back(std::string(option.key) + "=" + std::string(option.default_text));
  }
  corpus.insert(corpus.end(), {"train.steps=-9223372036854775808", "runtime.memory_limit=16EiB",
                               "optimizer.eps=nan", "model.norm_eps=1e-400", "train.steps=1e18"});
  int accepted = 0, refused = 0;
  test::fuzz(corpus, 4000, [&](const std::string& text) {
    const size_t equals = text.find('=');
    const std::string key = text.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
    Config config;
    const Status status = config.set(key, value);
    (status.is_ok() ? accepted : refused)++;
    if (!status.is_ok()) return;
    Config again;
    const Status reset = again.set(key, config.get_text(key));
    ASSERT_TRUE(reset.is_ok()) << reset.to_string();
    EXPECT_EQ(again.get_text(key), config.get_text(key));
  });
  EXPECT_GT(accepted, 0);
  EXPECT_GT(refused, 0);
}

TEST(Fuzz, Environment) {
  const std::vector<std::string> corpus = {
      "RADDLE_TRAIN_STEPS=10", "RADDLE_MODEL_VIRTUAL_WIDTH_M=4", "RADDLE_", "RADDLE_X=1", "PATH=a"};
  test::fuzz(corpus, 2000, [&](const std::string& text) {
    const std::array<const char*, 2> environment = {text.c_str(), "RADDLE_TRAIN_SEED=3"};
    Config config;
    const auto warnings = config.apply_environment(environment);
    EXPECT_EQ(warnings.is_ok(), warnings.status().message().empty());
  });
}

}  // namespace
}  // namespace raddle::config
