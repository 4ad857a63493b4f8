// SPDX-License-Identifier: Apache-2.0
// Which tokens a model of a directory is trained on, where nobody names a tokenizer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/session/session.h"
#include "tests/support/log_guard.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ModelTokenizer : public ::testing::Test {
 protected:
  void SetUp() override {
    model_ = dir_ / "model";
    fs::copy(std::string(RADDLE_SOURCE_DIR) + "/tests/cases/model/own_tokenizer", model_);
    test::write_file(dir_ / "text.txt", "the cat sat on the mat.\n");
  }
  config::Config of(const char* key, const std::string& value) {
    config::Config config;
    const std::pair<const char*, std::string> keys[] = {{key, value},
                                                        {"data.path", dir_ / "text.txt"},
                                                        {"data.validation_fraction", "0"},
                                                        {"train.micro_batch_tokens", "16"},
                                                        {"runtime.threads", "1"}};
    for (const auto& [name, text] : keys) EXPECT_TRUE(config.set(name, text).is_ok()) << name;
    return config;
  }
  static std::string kind_of_tokenizer(const config::Config& config) {
    const auto session = Session::create(config, {});
    EXPECT_TRUE(session.is_ok()) << session.status().to_string();
    if (!session.is_ok()) return "";
    return (*session)->tokenizer() == nullptr ? "none"
                                              : std::string((*session)->tokenizer()->name());
  }
  static std::string refusal(const config::Config& config) {
    return std::string(Session::create(config, {}).status().message());
  }

  test::TempDir dir_;
  std::string model_;
};

TEST_F(ModelTokenizer, IsThatBesideTheWeightsOrTheConfig) {
  EXPECT_EQ(kind_of_tokenizer(of("model.init_from", model_)), "bpe");
  EXPECT_EQ(kind_of_tokenizer(of("model.hf_config", model_)), "bpe");
  EXPECT_EQ(kind_of_tokenizer(of("model.hf_config", model_ + "/config.json")), "bpe");
  config::Config config = of("model.hf_config", model_);
  ASSERT_TRUE(config.set("data.tokenizer", "bytes").is_ok());
  EXPECT_EQ(kind_of_tokenizer(config), "bytes");
  fs::remove(model_ + "/tokenizer.json");
  for (const char* key : {"model.init_from", "model.hf_config"}) {
    EXPECT_EQ(kind_of_tokenizer(of(key, model_)), "bytes") << "nothing speaks of another";
  }
}

TEST_F(ModelTokenizer, OneThatCannotBeReadIsNeverReplacedByBytes) {
  const std::string good = test::read_file(model_ + "/tokenizer.json");
  fs::remove(model_ + "/tokenizer.json");
  const std::pair<const char*, const char*> files[] = {
      {"tokenizer.model", "SentencePiece"},
      {"spiece.model", "SentencePiece"},
      {"sentencepiece.bpe.model", "SentencePiece"},
      {"vocab.txt", "WordPiece"},
      {"qwen.tiktoken", "tiktoken"},
      {"tekken.json", "tekken"},
      {"tokenizer_config.json", "its tokenizer.json is not there"},
      {"vocab.json", "its merges.txt is not there"},
      {"merges.txt", "its vocab.json is not there"},
      {"tokenizer/tokenizer.json", "is there; name that directory"}};
  for (const auto& [name, says] : files) {
    const fs::path path = fs::path(model_) / name;
    fs::create_directories(path.parent_path());
    test::write_file(path.string(), good);
    for (const char* key : {"model.init_from", "model.hf_config"}) {
      EXPECT_THAT(refusal(of(key, model_)), AllOf(HasSubstr(key), HasSubstr(name), HasSubstr(says),
                                                  HasSubstr("name one in data.tokenizer")));
      // Whoever asks for bytes, or brings the batches, needs none of it.
      config::Config config = of(key, model_);
      ASSERT_TRUE(config.set("data.tokenizer", "bytes").is_ok());
      EXPECT_EQ(kind_of_tokenizer(config), "bytes");
      EXPECT_TRUE(config.set("data.tokenizer", "auto").is_ok());
      ASSERT_TRUE(config.set("data.path", "").is_ok());
      EXPECT_EQ(kind_of_tokenizer(config), "none");
    }
    fs::remove_all(path.parent_path() == model_ ? path : path.parent_path());
  }
  fs::create_symlink("/nowhere/tokenizer.json", model_ + "/tokenizer.json");
  EXPECT_THAT(refusal(of("model.init_from", model_)),
              HasSubstr("tokenizer.json is a link to a file that does not exist"));
}

// The files of a tokenizer may change after a run began; the run does not.
TEST_F(ModelTokenizer, AChangedOneIsToldOfWhenARunGoesOn) {
  const config::Config config = of("model.init_from", model_);
  {
    const auto session = Session::create(config, {.run_directory = dir_ / "run"}).value();
    ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
    ASSERT_TRUE(session->save("").is_ok());
  }
  ASSERT_TRUE(Session::create(config, {dir_ / "run", "auto", ""}).is_ok());
  const std::string text = test::read_file(model_ + "/tokenizer.json");
  const size_t at = text.find("<|endoftext|>");
  ASSERT_NE(at, text.npos);
  test::write_file(model_ + "/tokenizer_config.json",
                   R"({"bos_token": "<|endoftext|>", "add_bos_token": true})");
  test::ExpectLog other("add_bos_token is true, but the tokenizer.json's post_processor puts");
  test::ExpectLog expect("is not the one that this run was trained with any more");
  const auto session = Session::create(config, {dir_ / "run", "auto", ""});
  ASSERT_TRUE(session.is_ok()) << session.status().to_string();
  EXPECT_FALSE((*session)->tokenizer()->special().add_bos);
}

// What a run took its shape from may be gone when it goes on.
TEST_F(ModelTokenizer, ARunNeedsItsModelFileNoMore) {
  config::Config config = of("model.hf_config", model_);
  int64_t done = 0;
  const auto go_on = [&](const char* resume) {
    const auto session = Session::create(config, {dir_ / "run", resume, ""});
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    EXPECT_EQ((*session)->info().steps_done, done);
    ASSERT_TRUE((*session)->step_on_data(nullptr).is_ok());
    ASSERT_TRUE((*session)->save("").is_ok());
    ++done;
  };
  go_on("");
  fs::rename(model_, dir_ / "elsewhere");
  {
    test::ExpectLog expect("the shape of the model is that of the run so far");
    go_on("auto");
  }
  ASSERT_TRUE(config.set("model.hf_config", "").is_ok());
  go_on("auto");
  ASSERT_TRUE(config.set("model.hf_config", dir_ / "elsewhere").is_ok());
  go_on("auto");
  ASSERT_TRUE(config.set("model.hf_config", "").is_ok());
  ASSERT_TRUE(config.set("model.layers", "9").is_ok());
  EXPECT_THAT(Session::create(config, {dir_ / "run", "auto", ""}).status().message(),
              HasSubstr("model.layers was"));
}

}  // namespace
}  // namespace raddle::session
