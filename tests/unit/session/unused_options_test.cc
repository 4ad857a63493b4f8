// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/unused_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "runtime/session/session.h"
#include "tests/support/log_guard.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Keys = std::vector<std::pair<const char*, const char*>>;

// What is logged without being expected fails the test (log_guard.h).
void look_at(const Keys& keys, const char* warning) {
  config::Config config;
  for (const auto& [key, value] : keys) ASSERT_TRUE(config.set(key, value).is_ok()) << key;
  const auto model = models::model_config_from(config, 300);
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  std::optional<test::ExpectLog> expect;
  if (*warning != '\0') expect.emplace(warning);
  warn_of_unused_options(config, *model, false);
}

TEST(UnusedOptions, EachIsNamedWithItsReason) {
  look_at({{"model.virtual_width.reduce", "learned"}}, "model.virtual_width.reduce is learned");
  look_at({{"model.virtual_width.embedding", "expand"}}, "m and .n are 0");
  look_at({{"model.virtual_width.scale_init", "2"}}, "there is no virtual width");
  look_at({{"model.virtual_width.m", "2"},
           {"model.virtual_width.n", "4"},
           {"model.virtual_width.dynamic", "false"},
           {"model.virtual_width.scale_init", "2"}},
          "static connections have no scale S");
  look_at({{"model.family", "gpt2"}, {"model.rope_theta", "5000"}}, "gpt2 learns its positions");
  look_at({{"model.mtp.weight", "0.5"}}, "model.mtp.heads is 0");
  look_at({{"data.vocab_size", "1000"}}, "the tokenizer is bytes");
  look_at({{"data.path", "a.txt"}, {"data.validation_fraction", "0"}, {"train.eval_interval", "5"}},
          "there is nothing to evaluate on");
}

TEST(UnusedOptions, WhatHasItsPartOrIsTheDefaultIsNotNamed) {
  look_at({{"model.virtual_width.m", "2"},
           {"model.virtual_width.n", "4"},
           {"model.virtual_width.reduce", "learned"},
           {"model.virtual_width.scale_init", "2"},
           {"model.rope_theta", "5000"},
           {"model.mtp.heads", "1"},
           {"model.mtp.weight", "0.5"},
           {"data.tokenizer", "bpe"},
           {"data.vocab_size", "1000"}},
          "");
  look_at({{"data.path", "a.txt"}, {"train.eval_interval", "5"}}, "");
  config::Config set;
  Keys defaults;
  std::vector<std::string> texts;
  for (const config::Option& option : config::options()) texts.push_back(set.get_text(option.key));
  for (size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].empty()) defaults.push_back({config::options()[i].key.data(), texts[i].c_str()});
  }
  look_at(defaults, "");
}

TEST(UnusedOptions, RecipesThatComeWithRaddleHaveNone) {
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(RADDLE_SOURCE_DIR) + "/cli/recipes")) {
    config::Config config;
    ASSERT_TRUE(config.load_toml_file(file.path()).is_ok()) << file.path();
    const auto model = models::model_config_from(config, config.get_int("data.vocab_size"));
    ASSERT_TRUE(model.is_ok()) << file.path();
    warn_of_unused_options(config, *model, false);
  }
}

TEST(UnusedOptions, ARunSaysWhatItDoesNotUse) {
  const test::TempDir dir;
  config::Config config = test::tiny(test::text_file(dir));
  ASSERT_TRUE(config.set("train.steps", "3").is_ok());
  ASSERT_TRUE(config.set("kernels.disable", "atention:*,linear:no*").is_ok());
  ASSERT_TRUE(config.set("model.mtp.heads", "1").is_ok());
  const test::ExpectLog first("kernels.disable names atention:*"), second("names linear:no*");
  const std::string run = dir / "run";
  ASSERT_TRUE(Session::create(config, {.run_directory = run}).value()->train({}).is_ok());
  {
    ASSERT_TRUE(config.set("train.steps", "2").is_ok());
    const test::ExpectLog expect("is of step 3, but train.steps is 2");
    EXPECT_TRUE(Session::create(config, {.run_directory = run, .resume = "auto"}).is_ok());
  }
  const test::ExpectLog expect("the heads for multi-token prediction are left out");
  EXPECT_TRUE(export_checkpoint(run, "hf", dir / "out").is_ok());
}

TEST(Prompts, TooLongOnesAreNamed) {
  const test::TempDir dir;
  const auto session = Session::create(test::tiny(test::text_file(dir)), {}).value();
  const std::vector<int32_t> prompt(64, 'a');
  const auto sink = [](int32_t, std::string_view) { return true; };
  EXPECT_THAT(session->generate(prompt, {}, sink).status().message(),
              AllOf(HasSubstr("the prompt has 64 tokens, expected at most 63"),
                    HasSubstr("model.context is 64")));
}

}  // namespace
}  // namespace raddle::session
