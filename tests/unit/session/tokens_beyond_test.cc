// SPDX-License-Identifier: Apache-2.0
// A tokenizer that was given a token after the model: a pad token, whose row nobody needs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/data/tokenizer.h"
#include "runtime/session/session.h"
#include "tests/support/log_guard.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

// The bytes tokenizer's 257 ids, and id 257.
void write_tokenizer(const std::string& directory, bool special) {
  Json json = Json::parse(data::load_tokenizer(posix_file_system(), "bytes").value()->to_json());
  json["added_tokens"].push_back({{"id", 257}, {"content", "<pad>"}, {"special", special}});
  test::write_file(directory + "/tokenizer.json", json.dump());
  test::write_file(directory + "/tokenizer_config.json",
                   R"({"eos_token": "<|endoftext|>", "pad_token": "<pad>"})");
}

config::Config config_of(const test::TempDir& dir) {
  config::Config config = test::tiny(test::text_file(dir), false);
  for (const auto& [key, value] : {std::pair{"model.vocab_size", std::string("257")},
                                   {"data.tokenizer", dir.path()},
                                   {"train.steps", "2"}}) {
    EXPECT_TRUE(config.set(key, value).is_ok()) << key;
  }
  return config;
}

TEST(TokensBeyondTheModel, APadTokenIsLeftOutWithAWarning) {
  const test::TempDir dir;
  write_tokenizer(dir.path(), true);
  const std::string out = dir / "hf";
  {
    test::ExpectLog expect(dir.path() +
                           ": ignored, because vocab_size is 257: pad_token <pad>, id 257");
    auto session = Session::create(config_of(dir), {.run_directory = dir / "run"});
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    const auto trained = (*session)->train({});
    ASSERT_TRUE(trained.is_ok()) << trained.status().to_string();
    ASSERT_TRUE((*session)->export_hf(out).is_ok());
    EXPECT_TRUE(plan_training(config_of(dir), nullptr).is_ok());
  }
  for (const std::string& path : {dir / "run", out}) {
    test::ExpectLog expect("ignored, because vocab_size is 257: pad_token <pad>, id 257");
    config::Config text;
    ASSERT_TRUE(text.set("data.validation_path", dir / "text.txt").is_ok());
    auto session = Session::open(path, &text);
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    const auto evaluation = (*session)->evaluate();
    EXPECT_TRUE(evaluation.is_ok()) << evaluation.status().to_string();
    const std::vector<int32_t> prompt = {'I'}, pad = {257};
    EXPECT_TRUE((*session)->generate(prompt, {.max_tokens = 3}, {}).is_ok());
    EXPECT_FALSE((*session)->generate(pad, {.max_tokens = 3}, {}).is_ok());
  }
}

// One that documents may hold needs its row.
TEST(TokensBeyondTheModel, OneOfTextsIsRefused) {
  const test::TempDir dir;
  write_tokenizer(dir.path(), false);
  EXPECT_THAT(Session::create(config_of(dir), {}).status().message(),
              HasSubstr("model.vocab_size is 257, but the tokenizer has 258 tokens"));
}

}  // namespace
}  // namespace raddle::session
