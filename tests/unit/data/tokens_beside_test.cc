// SPDX-License-Identifier: Apache-2.0
// Tokens that only the files beside a tokenizer.json name. The ids are those of AutoTokenizer in
// transformers 4.57.1 and 5.24.0 for the same files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/data/tokenizer.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::ElementsAreArray;
using Json = nlohmann::json;
using Ids = std::vector<int32_t>;
using TokenFiles = std::map<std::string, Json>;

constexpr const char* kText = "a <|im_start|> b <x> </s> <s> <pad> in";

// tests/cases/tok/plain with <s> (263) and </s> (264).
Json base() {
  const std::string path = std::string(RADDLE_SOURCE_DIR) + "/tests/cases/tok/plain/tokenizer.json";
  Json json = Json::parse(posix_file_system().read_all(path).value());
  for (const char* content : {"<s>", "</s>"}) {
    const size_t id = 262 + json["added_tokens"].size();
    json["added_tokens"].push_back({{"id", id}, {"content", content}, {"special", true}});
  }
  return json;
}

Json config(Json more = Json::object()) {
  more.update({{"bos_token", "<s>"}, {"eos_token", "</s>"}});
  return more;
}

std::shared_ptr<const Tokenizer> load(const TokenFiles& files) {
  test::TempDir dir;
  dir.write("tokenizer.json", base().dump());
  for (const auto& [name, json] : files) dir.write(name, json.dump());
  auto tokenizer = load_tokenizer(posix_file_system(), dir.path());
  EXPECT_TRUE(tokenizer.is_ok()) << tokenizer.status().to_string();
  return tokenizer.is_ok() ? *tokenizer : nullptr;
}

TEST(TokensBeside, HaveTheIdsOfAutoTokenizer) {
  const Ids im = {61, 125, 106, 110, 96, 116, 117, 98, 115, 117, 125, 63}, x = {61, 121, 63},
            pad = {61, 113, 98, 101, 63};
  const auto ids = [&](const Ids& im_ids, const Ids& x_ids, const Ids& pad_ids) {
    Ids all = {98, 33};
    const auto put = [&](const Ids& part) { all.insert(all.end(), part.begin(), part.end()); };
    put(im_ids);
    put({33, 99, 33});
    put(x_ids);
    put({33, 264, 33, 263, 33});
    put(pad_ids);
    put({33, 261});
    return all;
  };
  const std::tuple<const char*, TokenFiles, Ids> cases[] = {
      {"none", {{"tokenizer_config.json", config()}}, ids(im, x, pad)},
      {"decoder",
       {{"tokenizer_config.json",
         config({{"added_tokens_decoder",
                  {{"265", {{"content", "<x>"}, {"normalized", true}}},
                   {"266", {{"content", "<|im_start|>"}, {"special", true}}}}}})}},
       ids({266}, {265}, pad)},
      {"additional",
       {{"tokenizer_config.json",
         config({{"additional_special_tokens", {"<|im_start|>", "<x>"}}})}},
       ids({265}, {266}, pad)},
      {"additional in the map",
       {{"tokenizer_config.json", config()},
        {"special_tokens_map.json", {{"additional_special_tokens", {"<|im_start|>"}}}}},
       ids({265}, x, pad)},
      {"extra",
       {{"tokenizer_config.json",
         config({{"extra_special_tokens", {{"image_token", "<|im_start|>"}}}})}},
       ids({265}, x, pad)},
      {"added_tokens.json",
       {{"tokenizer_config.json", config()},
        {"added_tokens.json", {{"<x>", 266}, {"<|im_start|>", 265}}}},
       ids({265}, {266}, pad)},
      {"added_tokens.json beside a decoder",
       {{"tokenizer_config.json",
         config({{"added_tokens_decoder", {{"265", {{"content", "<pad>"}, {"special", true}}}}}})},
        {"added_tokens.json", {{"<x>", 266}, {"<|im_start|>", 265}}}},
       ids(im, x, {265})}};
  for (const auto& [name, files, expected] : cases) {
    const auto tokenizer = load(files);
    ASSERT_NE(tokenizer, nullptr) << name;
    EXPECT_THAT(*tokenizer->encode(kText), ElementsAreArray(expected)) << name;
    // A run keeps them.
    const auto again = *tokenizer_from_files(tokenizer_files(*tokenizer), name);
    EXPECT_EQ(again->fingerprint(), tokenizer->fingerprint()) << name;
    EXPECT_THAT(*again->encode(kText), ElementsAreArray(expected)) << name;
  }
}

TEST(TokensBeside, FlagsOfTheDecoderWin) {
  const auto tokenizer = load(
      {{"tokenizer_config.json",
        config({{"added_tokens_decoder",
                 {{"264",
                   {{"content", "</s>"}, {"special", true}, {"lstrip", true}, {"rstrip", true}}},
                  {"261", {{"content", "in"}}}}}})}});
  EXPECT_EQ(*tokenizer->encode("b </s> <s>"), (Ids{99, 264, 263}));
  EXPECT_EQ(*tokenizer->encode("in"), (Ids{261}));  // its id in the vocabulary
}

// transformers 4.57.6 and 5.23.0, for GPT2Tokenizer: "b" is then " b".
TEST(TokensBeside, APrefixSpaceIsWhatTheConfigSays) {
  Json json = base();
  json["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  const auto ids = [&](bool said) {
    const Json config = {{"tokenizer_class", "GPT2Tokenizer"}, {"add_prefix_space", said}};
    const auto read = tokenizer_from_files(
        {{"tokenizer.json", json.dump()}, {"tokenizer_config.json", config.dump()}}, "here");
    EXPECT_TRUE(read.is_ok()) << read.status().to_string();
    const auto again = *tokenizer_from_files(tokenizer_files(**read), "a run");
    EXPECT_EQ(*again->encode("b"), *(*read)->encode("b"));
    return *(*read)->encode("b");
  };
  const Ids plain = ids(false), spaced = ids(true);
  EXPECT_EQ(plain.size(), 1u);
  ASSERT_EQ(spaced.size(), 2u);
  EXPECT_EQ(spaced[1], plain[0]);
  json["pre_tokenizer"]["add_prefix_space"] = true;
  EXPECT_EQ(ids(false), plain);
  EXPECT_EQ(ids(true), spaced);
}

TEST(TokensBeside, AnotherIdThanTheFileSaysIsAWarning) {
  test::ExpectLog expect("tokenizer_config.json: token <x> has id 280 there");
  const auto tokenizer =
      load({{"tokenizer_config.json",
             config({{"added_tokens_decoder", {{"280", {{"content", "<x>"}}}}}})}});
  EXPECT_EQ(*tokenizer->encode("<x>"), (Ids{265}));
}

// A pad token that is missing is passed over, but has the id before theirs in AutoTokenizer.
TEST(TokensBeside, AMissingPadTokenKeepsItsId) {
  test::ExpectLog expect("pad_token is \"<pad>\", which the tokenizer.json does not have");
  const auto tokenizer =
      load({{"tokenizer_config.json",
             config({{"pad_token", "<pad>"}, {"additional_special_tokens", {"<|im_start|>"}}})}});
  EXPECT_EQ(*tokenizer->encode("<|im_start|>"), (Ids{266}));
}

}  // namespace
}  // namespace raddle::data
