// SPDX-License-Identifier: Apache-2.0
// A run from the weights of a directory is of the model that the directory describes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "checkpoint/hf_directory.h"
#include "runtime/session/session.h"
#include "tests/support/log_guard.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;
namespace fs = std::filesystem;

// A copy of a small model of another tool, with another config.
std::string model_in(const test::TempDir& dir, const std::string& name, const Json& changes = {}) {
  const std::string to = dir / name;
  fs::copy(std::string(RADDLE_SOURCE_DIR) + "/tests/cases/models/" + name, to);
  Json json = Json::parse(std::ifstream(to + "/config.json"));
  if (!changes.is_null()) json.update(changes);
  test::write_file(to + "/config.json", json.dump());
  return to;
}

config::Config run_from(const std::string& model, const test::TempDir& dir) {
  test::write_file(dir / "text.txt", std::string(2000, 'a'));
  config::Config config;
  const std::pair<const char*, std::string> keys[] = {{"model.init_from", model},
                                                      {"data.path", dir / "text.txt"},
                                                      {"data.tokenizer", "bytes"},
                                                      {"train.micro_batch_tokens", "32"},
                                                      {"train.steps", "1"},
                                                      {"optimizer.learning_rate", "0"},
                                                      {"optimizer.weight_decay", "0"},
                                                      {"runtime.threads", "1"}};
  for (const auto& [key, value] : keys) EXPECT_TRUE(config.set(key, value).is_ok()) << key;
  return config;
}
// Without data, whose tokens would not fit the small vocabulary.
config::Config stepped_from(const std::string& model, const test::TempDir& dir) {
  config::Config config = run_from(model, dir);
  EXPECT_TRUE(config.set("data.path", "").is_ok());
  return config;
}
std::string refused(const config::Config& config) {
  const Status status = Session::create(config, {}).status();
  EXPECT_FALSE(status.is_ok());
  return std::string(status.message());
}

constexpr int32_t kPromptTokens[] = {1, 5, 9, 64, 127, 3};

std::vector<float> logits_of(Session& session) {
  std::vector<float> logits(std::size(kPromptTokens) * 128);
  EXPECT_TRUE(session.logits(kPromptTokens, logits).is_ok());
  return logits;
}

TEST(InitSource, TheModelIsThatOfTheDirectory) {
  for (const char* name : {"llama", "llama_wide_heads", "gpt2"}) {
    const test::TempDir dir;
    const bool llama = std::string_view(name) != "gpt2";
    const std::string model = model_in(dir, name,
                                       llama ? Json{{"rope_theta", 500.0}, {"rms_norm_eps", 1e-3}}
                                             : Json{{"layer_norm_epsilon", 1e-3}});
    const auto session = Session::create(stepped_from(model, dir), {});
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    EXPECT_EQ(logits_of(**session), logits_of(*Session::open(model, nullptr).value())) << name;
    const config::Config& kept = (*session)->config();
    EXPECT_EQ(kept.get_double("model.norm_eps"), 1e-3);
    EXPECT_EQ(kept.get_int("model.context"), 32);
    EXPECT_EQ(kept.get_int("model.width"), std::string_view(name) == "llama_wide_heads" ? 9 : 8);
    EXPECT_EQ(kept.get_double("model.rope_theta"), llama ? 500.0 : 10000.0);
  }
}

TEST(InitSource, OwnPlacesAndFilesSayHowToBeUsed) {
  const test::TempDir dir;
  config::Config config = test::tiny(test::text_file(dir));
  ASSERT_TRUE(Session::create(config, {.run_directory = dir / "run"}).value()->save("").is_ok());
  for (const auto& [from, what] :
       {std::pair{dir / "run", "is a run directory of Raddle's"},
        std::pair{dir / "run/checkpoints/step-00000000", "is a checkpoint of Raddle's"}}) {
    ASSERT_TRUE(config.set("model.init_from", from).is_ok());
    EXPECT_THAT(refused(config),
                AllOf(HasSubstr(what), HasSubstr("raddle ckpt export " + from + " --to hf")));
  }
  const std::string model = model_in(dir, "llama");
  ASSERT_TRUE(config.set("model.init_from", model + "/model.safetensors").is_ok());
  EXPECT_THAT(refused(config), HasSubstr("is a file, expected a directory"));
}

TEST(InitSource, KeysThatDisagreeAndWhatRaddleLacksAreRefusedBeforeTheDataIsRead) {
  const test::TempDir dir;
  const std::string model = model_in(dir, "llama");
  config::Config config = run_from(model, dir);
  ASSERT_TRUE(config.set("data.path", dir / "gone.txt").is_ok());
  ASSERT_TRUE(config.set("data.tokenizer", "bpe").is_ok());
  ASSERT_TRUE(config.set("model.rope_theta", "77").is_ok());
  EXPECT_THAT(refused(config), AllOf(HasSubstr("model.init_from"),
                                     HasSubstr("model.rope_theta is 77.0 (call), and 10000.0")));
  const test::TempDir other;
  config = run_from(model_in(other, "llama", {{"attention_bias", true}}), dir);
  EXPECT_THAT(refused(config), AllOf(HasSubstr("model.init_from"), HasSubstr("attention_bias")));
}

TEST(InitSource, AnotherFamilyIsNamed) {
  const test::TempDir dir;
  const std::string gpt2 = model_in(dir, "gpt2"), llama = model_in(dir, "llama");
  config::Config config = run_from(gpt2, dir);
  ASSERT_TRUE(config.set("model.family", "llama").is_ok());
  EXPECT_THAT(refused(config), HasSubstr("model.family is llama (call), and gpt2 in the file"));
  config = run_from(gpt2, dir);
  ASSERT_TRUE(config.set("model.hf_config", llama).is_ok());
  EXPECT_THAT(refused(config), AllOf(HasSubstr("model.family is gpt2 there and llama here"),
                                     Not(HasSubstr("download"))));
}

TEST(InitSource, AnotherConfigOfTheSameShapesIsUsedAloud) {
  const test::TempDir dir, other;
  config::Config config = stepped_from(model_in(dir, "llama"), dir);
  ASSERT_TRUE(
      config.set("model.hf_config", model_in(other, "llama", {{"rope_theta", 77.0}})).is_ok());
  ASSERT_TRUE(config.set("model.vocab_size", "128").is_ok());
  const test::ExpectLog expect("model.rope_theta is 10000 there and 77 here");
  const auto session = Session::create(config, {});
  ASSERT_TRUE(session.is_ok()) << session.status().to_string();
  EXPECT_EQ((*session)->config().get_double("model.rope_theta"), 77.0);
}

TEST(InitSource, HeadsForMoreTokensMayBeAddedButNotVirtualWidth) {
  const test::TempDir dir;
  config::Config config = stepped_from(model_in(dir, "llama"), dir);
  ASSERT_TRUE(config.set("model.mtp.heads", "1").is_ok());
  EXPECT_TRUE(Session::create(config, {}).is_ok());
  ASSERT_TRUE(config.set("model.virtual_width.m", "2").is_ok());
  ASSERT_TRUE(config.set("model.virtual_width.n", "4").is_ok());
  EXPECT_THAT(refused(config), HasSubstr("weights are of a model without virtual width"));
}

TEST(InitSource, AnOwnHeadIsTrainedToo) {
  const test::TempDir dir, exported, again;
  // An untied model, whose config then says that it is tied.
  const std::string path = model_in(dir, "llama");
  config::Config untied = stepped_from(path, dir);
  {
    const auto files = checkpoint::open_hf_directory(path).value();
    std::vector<std::vector<float>> values;
    std::vector<checkpoint::TensorView> views;
    for (const auto& view : files.weights.tensors()) {
      values.emplace_back(static_cast<size_t>(view.shape.elements()));
      ASSERT_TRUE(checkpoint::read_as_f32(view, 0, values.back()).is_ok());
      views.push_back({view.name, DType::kF32, view.shape, values.back().data()});
    }
    std::vector<float> head(128 * 8, 0.25f);
    views.push_back({"lm_head.weight", DType::kF32, {128, 8}, head.data()});
    fs::remove(path + "/model.safetensors");
    ASSERT_TRUE(
        checkpoint::write_safetensors(posix_file_system(), path + "/model.safetensors", views, {})
            .is_ok());
  }
  const test::ExpectLog expect("tie_word_embeddings is true, but lm_head.weight differs");
  const auto session = Session::create(untied, {});
  ASSERT_TRUE(session.is_ok()) << session.status().to_string();
  EXPECT_FALSE((*session)->config().get_bool("model.tie_embeddings"));
}

// Its checkpoint says all; the directory may be another by now, or gone.
TEST(InitSource, ARunGoesOnWithoutTheDirectory) {
  const test::TempDir dir;
  const std::string model = model_in(dir, "llama", {{"vocab_size", 128}, {"rope_theta", 500.0}});
  test::write_file(dir / "tokens.txt", std::string(2000, 'a'));
  config::Config config = run_from(model, dir);
  // A vocabulary of 128 holds no bytes: the run is stepped by its caller.
  ASSERT_TRUE(config.set("data.path", "").is_ok());
  const std::string run = dir / "run";
  const CallerBatch batch{.tokens = kPromptTokens};
  {
    const auto session = Session::create(config, {.run_directory = run}).value();
    StepMetrics metrics;
    ASSERT_TRUE(session->step({&batch, 1}, &metrics).is_ok());
    ASSERT_TRUE(session->save("").is_ok());
  }
  fs::remove_all(model);
  ASSERT_TRUE(config.set("model.kv_heads", "0").is_ok());
  const auto session = Session::create(config, {.run_directory = run, .resume = "auto"});
  ASSERT_TRUE(session.is_ok()) << session.status().to_string();
  EXPECT_EQ((*session)->config().get_double("model.rope_theta"), 500.0);
  EXPECT_EQ((*session)->config().get_int("model.kv_heads"), 1);
}

}  // namespace
}  // namespace raddle::session
