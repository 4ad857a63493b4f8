// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/model_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "runtime/base/file_system.h"
#include "runtime/config/options.h"
#include "runtime/models/hf_config.h"
#include "runtime/models/model_keys.h"
#include "tests/support/model_cases.h"
#include "tests/support/temp_dir.h"

namespace raddle::models {
namespace {

using ::testing::HasSubstr;

config::Config with(std::initializer_list<std::pair<const char*, std::string>> values) {
  config::Config config;
  for (const auto& [key, value] : values) EXPECT_TRUE(config.set(key, value).is_ok()) << key;
  return config;
}

TEST(ModelConfigFrom, DerivesWhatZeroStandsFor) {
  const auto config =
      with({{"model.family", "llama"}, {"model.width", "384"}, {"model.heads", "6"}});
  const auto model = model_config_from(config, 512);
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->vocab_size, 512);
  EXPECT_EQ(model->kv_heads, 6);
  EXPECT_EQ(model->head_dim, 64);
  EXPECT_EQ(model->ffn_width, 1024);
  EXPECT_FALSE(model->virtual_width.enabled());
}

// Without a head_dim the heads share the width; with one, any width will do.
TEST(ModelConfigFrom, HeadsShareTheWidthOrHaveTheirOwn) {
  for (const char* family : {"llama", "qwen3"}) {
    auto config = with({{"model.family", family}, {"model.width", "26"}, {"model.heads", "4"}});
    EXPECT_THAT(model_config_from(config, 512).status().message(),
                HasSubstr("model.width is 26, expected a multiple of model.heads = 4, or set "
                          "model.head_dim"));
    ASSERT_TRUE(config.set("model.head_dim", "8").is_ok());
    const auto model = model_config_from(config, 512);
    ASSERT_TRUE(model.is_ok()) << model.status().to_string();
    EXPECT_EQ(model->head_dim, 8);
  }
}

// The option is below this layer and lists them by itself.
TEST(Families, AreWhatTheOptionTakes) {
  std::string names;
  for (const Family* family : families()) {
    names += names.empty() ? "" : "|";
    names += family->name;
    EXPECT_EQ(find_family(family->name), family);
  }
  EXPECT_EQ(config::find_option("model.family")->accepts, names);
  EXPECT_EQ(find_family("lama"), nullptr);
}

TEST(ModelConfigFrom, Gpt2FeedForwardIsFourTimesTheWidth) {
  const auto model = model_config_from(
      with({{"model.family", "gpt2"}, {"model.width", "96"}, {"model.heads", "4"}}), 100);
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->ffn_width, 384);
}

TEST(ModelConfigFrom, ReadsVirtualWidthAndMultiTokenPrediction) {
  const auto model = model_config_from(with({{"model.virtual_width.m", "4"},
                                             {"model.virtual_width.n", "8"},
                                             {"model.virtual_width.dynamic", "false"},
                                             {"model.virtual_width.group_norm", "layer"},
                                             {"model.virtual_width.fused", "false"},
                                             {"model.virtual_width.embedding", "expand"},
                                             {"model.virtual_width.reduce", "learned"},
                                             {"model.virtual_width.scale_init", "0.5"},
                                             {"model.mtp.heads", "1"},
                                             {"model.mtp.weight", "0.5"}}),
                                       100);
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->slots(), 8);
  EXPECT_EQ(model->slot_width(), 96);
  EXPECT_EQ(model->wide_width(), 768);
  EXPECT_FALSE(model->virtual_width.dynamic);
  EXPECT_FALSE(model->virtual_width.fused);
  EXPECT_EQ(model->virtual_width.embedding, WideEmbedding::kExpand);
  EXPECT_EQ(model->virtual_width.reduce, WideReduce::kLearned);
  EXPECT_EQ(model->virtual_width.scale_init, 0.5);
  EXPECT_EQ(model->resolved_group_norm(), GroupNorm::kLayer);
  EXPECT_EQ(model->mtp_heads, 1);
  EXPECT_EQ(model->mtp_weight, 0.5);
}

// The file decides; a key of the user's own that says otherwise is named, with where it was set.
TEST(ModelConfigFrom, AKeyThatDisagreesWithTheFileIsAnError) {
  test::TempDir dir;
  ModelConfig file = tiny_model(find_family("qwen3"));
  file.norm_eps = 1e-6;
  ASSERT_TRUE(
      write_file_atomically(posix_file_system(), dir / "config.json", to_hf_config(file)).is_ok());
  const std::string layers = fmt::format("{}", file.layers);
  config::Config config = with({{"model.layers", layers.c_str()},
                                {"model.norm_eps", "0.000001"},
                                {"model.kv_heads", "0"},
                                {"model.mtp.heads", "1"}});
  ASSERT_TRUE(config.set("model.hf_config", dir.path()).is_ok());
  const auto model = model_config_from(config, 60);
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->family, find_family("qwen3"));
  EXPECT_EQ(model->layers, file.layers);
  EXPECT_EQ(model->width, file.width);
  EXPECT_EQ(model->kv_heads, file.kv_heads);
  EXPECT_EQ(model->norm_eps, 1e-6);
  EXPECT_EQ(model->vocab_size, 67);
  EXPECT_EQ(model->mtp_heads, 1);

  ASSERT_TRUE(config.load_toml_text("[model]\nheads = 20\nrope_theta = 5.0", "r.toml").is_ok());
  ASSERT_TRUE(config.set("model.layers", "5").is_ok());
  const Status refused = model_config_from(config, 60).status();
  EXPECT_EQ(refused.code(), Code::kInvalidArgument);
  for (const char* part : {"model.heads is 20 (recipe r.toml:2)", "model.rope_theta is 5.0",
                           "model.layers is 5 (call)", "config.json", "in the file"}) {
    EXPECT_THAT(refused.message(), HasSubstr(part));
  }
  EXPECT_THAT(refused.message(), testing::Not(HasSubstr("norm_eps")));
}

// A saved config names every key, so all of them would replace what the file says.
TEST(MakeSelfContained, GivesTheSameModelWithoutTheFile) {
  for (const ModelCase& test : model_cases()) {
    test::TempDir dir;
    ModelConfig file = test.model;
    file.norm_eps = 3e-7;
    file.rope_theta = 12345.678;
    const std::string path = dir / "config.json";
    ASSERT_TRUE(write_file_atomically(posix_file_system(), path, to_hf_config(file)).is_ok());
    config::Config config = with({{"model.mtp.weight", "0.7"}});
    ASSERT_TRUE(config.set("model.hf_config", path).is_ok());
    ASSERT_TRUE(config.set("model.mtp.heads", test.model.mtp_heads > 0 ? "1" : "0").is_ok());
    const auto model = model_config_from(config, 60);
    ASSERT_TRUE(model.is_ok()) << model.status().to_string();
    ASSERT_TRUE(make_self_contained(*model, &config).is_ok());
    config::Config saved;
    ASSERT_TRUE(saved.load_toml_text(config.to_toml(), "saved").is_ok());
    EXPECT_EQ(saved.get_string("model.hf_config"), "");
    const auto again = model_config_from(saved, 60);
    ASSERT_TRUE(again.is_ok()) << again.status().to_string();
    EXPECT_EQ(to_hf_config(*again), to_hf_config(*model)) << test.name;
    EXPECT_EQ(again->mtp_heads, test.model.mtp_heads) << test.name;
    EXPECT_EQ(again->mtp_weight, 0.7) << test.name;
  }
}

TEST(MakeSelfContained, LeavesAConfigWithoutAFileAlone) {
  config::Config config = with({{"model.layers", "3"}});
  const std::string before = config.to_toml();
  ASSERT_TRUE(make_self_contained(tiny_model(find_family("gpt2")), &config).is_ok());
  EXPECT_EQ(config.to_toml(), before);
}

TEST(ModelConfigFrom, MissingHfConfigNamesTheKey) {
  const auto model = model_config_from(with({{"model.hf_config", "/nonexistent/c.json"}}), 60);
  ASSERT_FALSE(model.is_ok());
  EXPECT_THAT(model.status().message(), HasSubstr("model.hf_config"));
  EXPECT_THAT(model.status().message(), HasSubstr("/nonexistent/c.json"));
}

// It is the tokenizer that has to be another one, not a key that nobody set.
TEST(ModelConfigFrom, AFilesVocabularyMustHoldTheTokenizer) {
  test::TempDir dir;
  const std::string text = to_hf_config(tiny_model(find_family("llama")));
  ASSERT_TRUE(write_file_atomically(posix_file_system(), dir / "config.json", text).is_ok());
  const Status status =
      model_config_from(with({{"model.hf_config", dir.path().c_str()}}), 257).status();
  EXPECT_THAT(status.message(),
              HasSubstr("has a vocabulary of 67 tokens, but the tokenizer has 257"));
  EXPECT_THAT(status.message(), testing::Not(HasSubstr("model.vocab_size")));
}

TEST(ModelConfigFrom, VocabularyMustHoldTheTokenizer) {
  const auto small = model_config_from(with({{"model.vocab_size", "99"}}), 100);
  ASSERT_FALSE(small.is_ok());
  EXPECT_THAT(small.status().message(), HasSubstr("model.vocab_size is 99"));
  EXPECT_THAT(small.status().message(), HasSubstr("100 tokens"));
  EXPECT_TRUE(model_config_from(with({{"model.vocab_size", "128"}}), 100).is_ok());
  const auto none = model_config_from(with({}), 0);
  ASSERT_FALSE(none.is_ok());
  EXPECT_THAT(none.status().message(), HasSubstr("model.vocab_size is 0"));
}

struct BadModel {
  const char* name;
  std::function<void(ModelConfig*)> change;
  const Family* family;
  const char* says;
};

class Validate : public ::testing::TestWithParam<BadModel> {};

TEST_P(Validate, NamesKeyActualAndExpected) {
  ModelConfig model = tiny_model(GetParam().family);
  ASSERT_TRUE(validate(model).is_ok());
  GetParam().change(&model);
  const Status status = validate(model);
  ASSERT_FALSE(status.is_ok());
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr(GetParam().says));
  EXPECT_THAT(status.message(), HasSubstr("expected"));
}

INSTANTIATE_TEST_SUITE_P(
    All, Validate,
    ::testing::Values(
        BadModel{"layers", [](ModelConfig* m) { m->layers = 0; }, find_family("llama"),
                 "model.layers is 0"},
        BadModel{"huge", [](ModelConfig* m) { m->ffn_width = int64_t{1} << 40; },
                 find_family("llama"), "model.ffn_width is 1099511627776"},
        BadModel{"groups", [](ModelConfig* m) { m->kv_heads = 3; }, find_family("llama"),
                 "model.heads is 4, expected a multiple of model.kv_heads = 3"},
        BadModel{"odd_head", [](ModelConfig* m) { m->head_dim = 7; }, find_family("qwen3"),
                 "model.head_dim is 7"},
        BadModel{"mtp", [](ModelConfig* m) { m->mtp_heads = 2; }, find_family("llama"),
                 "model.mtp.heads is 2"},
        BadModel{"eps", [](ModelConfig* m) { m->norm_eps = 0; }, find_family("llama"),
                 "model.norm_eps is 0"},
        BadModel{"bos", [](ModelConfig* m) { m->bos_id = 67; }, find_family("llama"),
                 "bos_token_id is 67"},
        BadModel{"segments",
                 [](ModelConfig* m) {
                   m->virtual_width = {5, 10};
                 },
                 find_family("llama"),
                 "model.width is 24, expected a multiple of model.virtual_width.m = 5"},
        BadModel{"slots",
                 [](ModelConfig* m) {
                   m->virtual_width = {4, 3};
                 },
                 find_family("llama"), "model.virtual_width.n is 3"},
        BadModel{"only_n",
                 [](ModelConfig* m) {
                   m->virtual_width = {0, 3};
                 },
                 find_family("llama"), "model.virtual_width.m is 0"},
        BadModel{"group_norm",
                 [](ModelConfig* m) {
                   m->virtual_width = {2, 3};
                   m->virtual_width.group_norm = GroupNorm::kRms;
                 },
                 find_family("llama"), "model.virtual_width.group_norm is rms"},
        BadModel{"scale_init",
                 [](ModelConfig* m) {
                   m->virtual_width = {4, 8};
                   m->virtual_width.scale_init = 0;
                 },
                 find_family("llama"), "model.virtual_width.scale_init is 0"},
        BadModel{"gpt2_groups", [](ModelConfig* m) { m->kv_heads = 2; }, find_family("gpt2"),
                 "model.kv_heads is 2"},
        BadModel{"gpt2_head_dim", [](ModelConfig* m) { m->head_dim = 8; }, find_family("gpt2"),
                 "model.head_dim x model.heads is 8 x 4"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(Validate, WideTableCannotBeTied) {
  ModelConfig model = tiny_model(find_family("gpt2"));
  model.virtual_width = {4, 8};
  model.virtual_width.embedding = WideEmbedding::kTable;
  const Status status = validate(model);
  ASSERT_FALSE(status.is_ok());
  EXPECT_THAT(status.message(), HasSubstr("model.tie_embeddings=false"));
}

TEST(ResolvedGroupNorm, FollowsTheFamilyAndIsLeftOutOfFractions) {
  ModelConfig model = tiny_model(find_family("gpt2"));
  EXPECT_EQ(model.resolved_group_norm(), GroupNorm::kNone);
  model.virtual_width = {4, 8};
  EXPECT_EQ(model.resolved_group_norm(), GroupNorm::kLayer);
  model.family = find_family("qwen3");
  EXPECT_EQ(model.resolved_group_norm(), GroupNorm::kRms);
  model.virtual_width = {2, 3};
  EXPECT_EQ(model.resolved_group_norm(), GroupNorm::kNone);
}

}  // namespace
}  // namespace raddle::models
