// SPDX-License-Identifier: Apache-2.0
// Model directories as other tools save them (tests/cases/models), and variations of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "checkpoint/hf_directory.h"
#include "runtime/session/session.h"
#include "tests/support/log_guard.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace raddle::session {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

struct Weights {
  Shape shape;
  std::vector<float> values;
};

// A directory in memory: what a test changes before it writes it down.
struct Model {
  Json config;
  std::map<std::string, Weights> tensors;

  explicit Model(const std::string& name) {
    const std::string path = std::string(RADDLE_SOURCE_DIR) + "/tests/cases/models/" + name;
    const auto files = checkpoint::open_hf_directory(path).value();
    config = Json::parse(files.config);
    for (const auto& view : files.weights.tensors()) {
      std::vector<float> values(static_cast<size_t>(view.shape.elements()));
      EXPECT_TRUE(checkpoint::read_as_f32(view, 0, values).is_ok());
      tensors[view.name] = {view.shape, std::move(values)};
    }
  }
  Model& rename(const std::function<std::string(const std::string&)>& name) {
    std::map<std::string, Weights> renamed;
    for (auto& [old, weights] : tensors) renamed[name(old)] = std::move(weights);
    tensors = std::move(renamed);
    return *this;
  }
  std::string write(const test::TempDir& dir) const {
    std::vector<checkpoint::TensorView> views;
    for (const auto& [name, weights] : tensors) {
      views.push_back({name, DType::kF32, weights.shape, weights.values.data()});
    }
    test::write_file(dir / "config.json", config.dump());
    EXPECT_TRUE(
        checkpoint::write_safetensors(posix_file_system(), dir / "model.safetensors", views, {})
            .is_ok());
    return dir.path();
  }
};

constexpr int32_t kTokens[] = {1, 5, 9, 64, 127, 3};

StatusOr<std::vector<float>> logits_of(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const auto session, Session::open(path, nullptr));
  std::vector<float> logits(std::size(kTokens) * 128);
  RADDLE_RETURN_IF_ERROR(session->logits(kTokens, logits));
  return logits;
}
std::vector<float> logits_of(const Model& model) {
  const test::TempDir dir;
  const auto logits = logits_of(model.write(dir));
  EXPECT_TRUE(logits.is_ok()) << logits.status().to_string();
  return logits.is_ok() ? *logits : std::vector<float>();
}
std::string refusal(const Model& model) {
  const test::TempDir dir;
  return logits_of(model.write(dir)).status().to_string();
}

// The last token's first logits as transformers 4.57.6 computes them in float64, and the sum of all
// magnitudes.
TEST(HfImport, GivesTheLogitsOfTransformers) {
  struct Case {
    const char* name;
    float logits[4];
    double sum;
  };
  const Case cases[] = {
      {"llama", {1.0505985f, 0.3749918f, 0.3677458f, 0.8514225f}, 342.190743},
      {"llama_wide_heads", {-0.9178723f, 0.0582653f, 0.3630594f, 0.6985659f}, 368.349708},
      {"gpt2", {0.5812086f, -0.3884446f, -0.0604059f, 0.0628785f}, 352.223783},
      {"gpt2_saved_as_lm_head", {0.5812086f, -0.3884446f, -0.0604059f, 0.0628785f}, 352.223783}};
  for (const Case& expected : cases) {
    const std::vector<float> logits = logits_of(Model(expected.name));
    ASSERT_EQ(logits.size(), std::size(kTokens) * 128) << expected.name;
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_NEAR(logits[5 * 128 + i], expected.logits[i], 1e-5) << expected.name << " " << i;
    }
    double sum = 0;
    for (const float value : logits) sum += std::abs(value);
    EXPECT_NEAR(sum, expected.sum, 1e-3) << expected.name;
  }
}

TEST(HfImport, InertKeysAndDefaultIdsChangeNothing) {
  Model llama("llama");
  const auto plain = logits_of(llama);
  llama.config.update(Json{{"is_llama_config", true}, {"rope_interleaved", false}});
  EXPECT_EQ(logits_of(llama), plain);
  Model gpt2("gpt2");
  const auto expected = logits_of(gpt2);
  test::ExpectLog expect("bos_token_id 50256, eos_token_id 50256");
  gpt2.config["bos_token_id"] = gpt2.config["eos_token_id"] = 50256;
  EXPECT_EQ(logits_of(gpt2), expected);
}

// torch.compile and data-parallel wrappers put their name before all others; others are named.
TEST(HfImport, NamesOfWrappers) {
  for (const char* name : {"llama", "gpt2", "gpt2_saved_as_lm_head"}) {
    const auto expected = logits_of(Model(name));
    for (const std::string prefix : {"_orig_mod.", "module.", "module._orig_mod."}) {
      const auto wrapped = [&](const std::string& inner) { return prefix + inner; };
      EXPECT_EQ(logits_of(Model(name).rename(wrapped)), expected) << name << " " << prefix;
    }
  }
  for (const std::string prefix : {"base_model.model.", "model."}) {
    const auto wrapped = [&](const std::string& inner) { return prefix + inner; };
    EXPECT_THAT(refusal(Model("llama").rename(wrapped)),
                AllOf(HasSubstr("egin with " + prefix), Not(HasSubstr("download"))));
  }
  // One without the name is no wrapper's.
  const auto some = [](const std::string& inner) {
    return inner == "model.norm.weight" ? inner : "module." + inner;
  };
  EXPECT_THAT(refusal(Model("llama").rename(some)), HasSubstr("missing"));
}

// With and without the language model's prefix, with either of two tied names or both, and with
// the masks that older releases saved.
TEST(HfImport, AnyWayOfSavingGpt2GivesTheSame) {
  const auto expected = logits_of(Model("gpt2"));
  const auto bare = [](const std::string& name) {
    return name.starts_with("transformer.") ? name.substr(12) : name;
  };
  EXPECT_EQ(logits_of(Model("gpt2").rename(bare)), expected);
  EXPECT_EQ(logits_of(Model("gpt2_saved_as_lm_head").rename(bare)), expected);
  Model both("gpt2");
  both.tensors["lm_head.weight"] = both.tensors["transformer.wte.weight"];
  EXPECT_EQ(logits_of(both), expected);
  EXPECT_EQ(logits_of(both.rename(bare)), expected);
  Model masks("gpt2");
  masks.tensors["transformer.h.0.attn.bias"] = {{1, 1, 32, 32}, std::vector<float>(1024, 1)};
  masks.tensors["transformer.h.0.attn.masked_bias"] = {{1}, {-1e4f}};
  EXPECT_EQ(logits_of(masks), expected);
}

TEST(HfImport, AnyWayOfSavingLlamaGivesTheSame) {
  Model llama("llama");
  const auto expected = logits_of(llama);
  llama.tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = {{2}, {1, 0.01f}};
  EXPECT_EQ(logits_of(llama), expected);
  Model head("llama");
  head.tensors["lm_head.weight"] = head.tensors["model.embed_tokens.weight"];
  EXPECT_EQ(logits_of(head), expected);
  head.tensors.erase("model.embed_tokens.weight");
  EXPECT_EQ(logits_of(head), expected);
}

TEST(HfImport, AnOwnHeadBesideATiedConfigIsUsedAloud) {
  for (const char* name : {"llama", "gpt2"}) {
    Model model(name);
    const auto tied = logits_of(model);
    const bool llama = model.config["model_type"] == "llama";
    Weights& head = model.tensors["lm_head.weight"] =
        model.tensors[llama ? "model.embed_tokens.weight" : "transformer.wte.weight"];
    head.values[3 * 8] += 1;
    std::vector<float> own;
    {
      test::ExpectLog expect("tie_word_embeddings is true, but lm_head.weight differs from");
      own = logits_of(model);
    }
    EXPECT_NE(own, tied) << name;
    model.config["tie_word_embeddings"] = false;
    EXPECT_EQ(own, logits_of(model)) << name;
  }
}

TEST(HfImport, AnOwnHeadIsNotDroppedWhereTheRecipeTies) {
  const test::TempDir dir;
  Model model("llama");
  model.tensors["lm_head.weight"] = model.tensors["model.embed_tokens.weight"];
  model.tensors["lm_head.weight"].values[0] += 1;
  config::Config config;
  const std::pair<const char*, std::string> keys[] = {{"model.family", "llama"},
                                                      {"model.vocab_size", "128"},
                                                      {"model.layers", "1"},
                                                      {"model.width", "8"},
                                                      {"model.heads", "2"},
                                                      {"model.kv_heads", "1"},
                                                      {"model.head_dim", "4"},
                                                      {"model.ffn_width", "8"},
                                                      {"model.context", "32"},
                                                      {"model.tie_embeddings", "true"},
                                                      {"train.micro_batch_tokens", "32"},
                                                      {"model.init_from", model.write(dir)}};
  for (const auto& [key, value] : keys) ASSERT_TRUE(config.set(key, value).is_ok()) << key;
  test::ExpectLog expect("lm_head.weight differs from model.embed_tokens.weight");
  EXPECT_THAT(Session::create(config, {}).status().message(),
              HasSubstr("model.tie_embeddings is true (call), and false in the file"));
}

TEST(HfImport, NamesAllTensorsThatDoNotFit) {
  Model model("llama");
  model.tensors.erase("model.norm.weight");
  model.tensors.erase("model.layers.0.mlp.up_proj.weight");
  model.tensors["model.layers.0.self_attn.q_proj.bias"] = {{8}, std::vector<float>(8)};
  model.tensors["model.layers.0.self_attn.k_proj.weight"] = {{8, 4}, std::vector<float>(32)};
  EXPECT_THAT(refusal(model),
              AllOf(HasSubstr("missing: model.layers.0.mlp.up_proj.weight, model.norm.weight"),
                    HasSubstr("k_proj.weight is [8, 4], expected [4, 8]"),
                    HasSubstr("of no part of the model: model.layers.0.self_attn.q_proj.bias"),
                    HasSubstr("download the whole model again")));
}

TEST(HfImport, SaysWhyNamesDoNotFit) {
  Model untied("llama");
  untied.config["tie_word_embeddings"] = false;
  EXPECT_THAT(refusal(untied), AllOf(HasSubstr("missing: lm_head.weight"),
                                     HasSubstr("set tie_word_embeddings to true")));
  const auto wrapped = [](const std::string& name) { return "base_model.model." + name; };
  EXPECT_THAT(refusal(Model("llama").rename(wrapped)),
              AllOf(HasSubstr("All names begin with base_model.model."), HasSubstr(" more")));
}

TEST(HfImport, WideHeadsAreExportedAloud) {
  const test::TempDir from, to;
  const auto session = Session::open(Model("llama_wide_heads").write(from), nullptr).value();
  test::ExpectLog expect("transformers 5 refuses a Llama whose hidden_size (9)");
  ASSERT_TRUE(session->export_hf(to / "out").is_ok());
  EXPECT_EQ(logits_of(to / "out").value(), logits_of(from.path()).value());
}

TEST(HfImport, WarnsOfWeightsThatAreNotFinite) {
  Model model("llama");
  model.tensors["model.layers.0.mlp.down_proj.weight"].values[5] =
      std::numeric_limits<float>::quiet_NaN();
  const test::TempDir dir;
  model.write(dir);
  test::ExpectLog expect("1 of the 64 values of layers.0.mlp.down.weight are not finite");
  EXPECT_TRUE(Session::open(dir.path(), nullptr).is_ok());
}

TEST(HfImport, SaysWhatLiesThereInstead) {
  const test::TempDir dir;
  Model("llama").write(dir);
  const auto said = [&] { return Session::open(dir.path(), nullptr).status().message(); };
  test::write_file(dir / "model.safetensors",
                   "version https://git-lfs.github.com/spec/v1\noid sha256:01\nsize 548105171\n");
  EXPECT_THAT(said(), AllOf(HasSubstr("model.safetensors is a git-lfs pointer"),
                            HasSubstr("git lfs pull")));
  Model("llama").write(dir);
  for (const auto& [text, says] :
       {std::pair{"version https://git-lfs.github.com/spec/v1\noid sha256:01\nsize 9\n",
                  "config.json is a git-lfs pointer"},
        std::pair{"<!DOCTYPE html>\n<html>", "config.json is a web page"},
        std::pair{"", "config.json is empty"},
        std::pair{"{\"model_type\":\n \"llama\",,", "not valid JSON at byte 25 (line 2)"},
        std::pair{"{\"model_type\":", "is the file complete?"}}) {
    test::write_file(dir / "config.json", text);
    EXPECT_THAT(said(), AllOf(HasSubstr(says), Not(HasSubstr("exception")))) << text;
    config::Config config;
    ASSERT_TRUE(config.set("model.hf_config", dir.path()).is_ok());
    EXPECT_THAT(Session::create(config, {}).status().message(), HasSubstr(says)) << text;
  }
  ASSERT_EQ(std::remove((dir / "model.safetensors").c_str()), 0);
  test::write_file(dir / "pytorch_model.bin", "PK");
  EXPECT_THAT(said(), HasSubstr("pytorch_model.bin: only safetensors weights can be read"));
}

}  // namespace
}  // namespace raddle::session
