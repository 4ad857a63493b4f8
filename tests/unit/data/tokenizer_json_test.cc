// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenizer_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/data/bpe_trainer.h"
#include "runtime/data/byte_alphabet.h"
#include "runtime/data/special_tokens.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr const char* kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3})"
    R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// A small file in the manner of Llama 3: merges, a Split before ByteLevel, a template with bos.
Json example() {
  Json vocab;
  for (size_t byte = 0; byte < 256; ++byte) vocab[byte_alphabet()[byte]] = byte;
  vocab["he"] = 256;
  vocab["\xC4\xA0he"] = 257;  // " he"
  vocab["hello"] = 258;
  const Json regex = {{"Regex", kLlama3Pattern}};
  return {{"version", "1.0"},
          {"added_tokens",
           {{{"id", 259}, {"content", "<|begin_of_text|>"}, {"special", true}},
            {{"id", 260}, {"content", "<|end_of_text|>"}, {"special", true}}}},
          {"normalizer", nullptr},
          {"pre_tokenizer",
           {{"type", "Sequence"},
            {"pretokenizers",
             {{{"type", "Split"}, {"pattern", regex}, {"behavior", "Isolated"}, {"invert", false}},
              {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}}},
          {"post_processor",
           {{"type", "Sequence"},
            {"processors",
             {{{"type", "ByteLevel"}},
              {{"type", "TemplateProcessing"},
               {"single",
                {{{"SpecialToken", {{"id", "<|begin_of_text|>"}, {"type_id", 0}}}},
                 {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}}}}}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model",
           {{"type", "BPE"},
            {"ignore_merges", true},
            {"vocab", vocab},
            {"merges", {"h e", "\xC4\xA0 he"}}}}};
}

std::string refusal(const Json& json) {
  const auto spec = tokenizer_from_json(json.dump(), "tokenizer.json");
  return spec.is_ok() ? "accepted" : spec.status().to_string();
}

TEST(TokenizerJson, ReadsALlama3Style) {
  auto spec = tokenizer_from_json(example().dump(), "f");
  ASSERT_TRUE(spec.is_ok()) << spec.status().to_string();
  ASSERT_TRUE(find_special_tokens({}, "", FilesFrom::kAnyTool, *spec).is_ok());
  EXPECT_TRUE(spec->special.add_bos);
  EXPECT_EQ(spec->special.bos, 259);
  EXPECT_EQ(spec->special.eos, 260);
  auto tokenizer = make_bpe_tokenizer(std::move(*spec)).value();
  EXPECT_EQ(tokenizer->vocab_size(), 261);
  // "hello" is a token whole ("ignore_merges") though no merge leads to it.
  EXPECT_THAT(*tokenizer->encode("hello he<|end_of_text|>"), ElementsAre(258, 257, 260));
  EXPECT_THAT(*tokenizer->encode("12345he"), ElementsAre('1', '2', '3', '4', '5', 256));
}

TEST(TokenizerJson, MergesMayBePairs) {
  Json json = example();
  json["model"]["merges"] = Json::array({Json::array({"h", "e"}), Json::array({"\xC4\xA0", "he"})});
  const auto a = tokenizer_from_json(example().dump(), "a"),
             b = tokenizer_from_json(json.dump(), "b");
  ASSERT_TRUE(b.is_ok()) << b.status().to_string();
  EXPECT_EQ(make_bpe_tokenizer(*a).value()->fingerprint(),
            make_bpe_tokenizer(*b).value()->fingerprint());
}

// tokenizers 0.22 and 0.23 refuse a file that lacks one of these ("missing field `trim_offsets`",
// "data did not match any variant of untagged enum PyDecoderWrapper"), and we do not.
TEST(TokenizerJson, WhatHuggingFaceNeedsIsWrittenOut) {
  Json json = example();
  json["pre_tokenizer"]["pretokenizers"][0].erase("invert");
  Json& parts = json["pre_tokenizer"]["pretokenizers"];
  parts.insert(parts.begin(), Json::object({{"type", "Digits"}}));
  auto spec = tokenizer_from_json(json.dump(), "f");
  ASSERT_TRUE(spec.is_ok()) << spec.status().to_string();
  const Json whole = Json::parse(make_bpe_tokenizer(std::move(*spec)).value()->to_json());
  for (const char* flag : {"single_word", "lstrip", "rstrip", "normalized"}) {
    EXPECT_EQ(whole["added_tokens"][0][flag], false) << flag;
  }
  const Json& before = whole["pre_tokenizer"]["pretokenizers"];
  const Json& after = whole["post_processor"]["processors"];
  for (const Json& part : {before[2], after[0], whole["decoder"]}) {
    EXPECT_EQ(part["type"], "ByteLevel");
    EXPECT_EQ(part["add_prefix_space"], false);
    EXPECT_EQ(part["trim_offsets"], true);
    EXPECT_TRUE(part["use_regex"].is_boolean());
  }
  EXPECT_EQ(before[2]["use_regex"], false);
  EXPECT_EQ(before[0]["individual_digits"], false);
  EXPECT_EQ(before[1]["invert"], false);
  EXPECT_EQ(after[1]["pair"].size(), 3u);
  EXPECT_EQ(after[1]["special_tokens"]["<|begin_of_text|>"]["ids"], Json::array({259}));
}

TEST(TokenizerJson, WhatIsNotSupportedIsRefusedByName) {
  const auto with = [](const char* pointer, Json value) {
    Json json = example();
    json[Json::json_pointer(pointer)] = std::move(value);
    return refusal(json);
  };
  EXPECT_THAT(with("/model/type", "Unigram"), HasSubstr("model.type is \"Unigram\"; only BPE"));
  EXPECT_THAT(with("/model/dropout", 0.1), HasSubstr("model.dropout is 0.1"));
  EXPECT_THAT(with("/model/end_of_word_suffix", "</w>"), HasSubstr("end_of_word_suffix"));
  EXPECT_THAT(with("/normalizer", {{"type", "Lowercase"}}), HasSubstr("Lowercase"));
  EXPECT_THAT(with("/pre_tokenizer", {{"type", "Metaspace"}}), HasSubstr("Metaspace"));
  EXPECT_THAT(with("/pre_tokenizer/pretokenizers/0/behavior", "Torn"), HasSubstr("Torn"));
  EXPECT_THAT(with("/pre_tokenizer/pretokenizers/0", {{"type", "Punctuation"}, {"behavior", 1}}),
              HasSubstr("Punctuation has behavior 1"));
  EXPECT_THAT(with("/normalizer", {{"type", "ByteLevel"}}),
              HasSubstr("comes after ByteLevel, which is among the normalizers"));
  EXPECT_THAT(with("/decoder", {{"type", "WordPiece"}}), HasSubstr("WordPiece"));
  EXPECT_THAT(with("/post_processor", {{"type", "BertProcessing"}}), HasSubstr("BertProcessing"));
  EXPECT_THAT(with("/model/vocab/\xE2\x96\x81word", 261), HasSubstr("byte-level alphabet"));
  EXPECT_THAT(with("/pre_tokenizer", nullptr), HasSubstr("UNIMPLEMENTED"));
}

TEST(TokenizerJson, WhatIsWrongIsRefusedByPlace) {
  const auto with = [](const char* pointer, Json value) {
    Json json = example();
    json[Json::json_pointer(pointer)] = std::move(value);
    return refusal(json);
  };
  EXPECT_THAT(with("/model/merges/1", "h q q"), HasSubstr("model.merges[1] needs token"));
  EXPECT_THAT(with("/model/merges/0", 3), HasSubstr("model.merges[0] is 3; expected"));
  EXPECT_THAT(with("/model/merges/0", "he"), HasSubstr("expected \"a b\""));
  EXPECT_THAT(with("/model/vocab/he", -1), HasSubstr("id -1 for token \"he\""));
  EXPECT_THAT(with("/model/vocab/he", 257), HasSubstr("id 257 belongs to two tokens"));
  EXPECT_THAT(with("/model/vocab/he", 500000000), HasSubstr("the highest id is 500000000"));
  EXPECT_THAT(with("/added_tokens/1/id", 259), HasSubstr("id 259 to two tokens"));
  EXPECT_THAT(with("/added_tokens/1/content", ""), HasSubstr("added_tokens[1]"));
  EXPECT_THAT(with("/model/vocab", 1), HasSubstr("model.vocab is missing"));
  EXPECT_THAT(with("/model", nullptr), HasSubstr("model is missing"));
  EXPECT_THAT(tokenizer_from_json("{", "f").status().message(), HasSubstr("f: not valid JSON"));
  EXPECT_THAT(tokenizer_from_json(std::string(1000000, '['), "f").status().message(),
              HasSubstr("not valid JSON"));
}

// What never happens where every byte has a token may be asked for.
TEST(TokenizerJson, UnknownTokensMatterOnlyWhereBytesAreMissing) {
  for (const char* missing : {"", "z"}) {
    Json json = example();
    if (*missing != 0) json["model"]["vocab"].erase(missing);
    const bool whole = *missing == 0;
    for (const Json& unknown : {Json(""), Json("<none>")}) {
      json["model"]["unk_token"] = unknown;
      EXPECT_THAT(refusal(json), HasSubstr(whole ? "accepted" : "model.unk_token is"));
    }
    json["model"].erase("unk_token");
    json["model"]["byte_fallback"] = true;
    EXPECT_THAT(refusal(json), HasSubstr(whole ? "accepted" : "model.byte_fallback is set and"));
  }
}

TEST(TokenizerJson, AByteLevelNormalizerHasNoSpacesToStrip) {
  Json json = example();
  json["normalizer"] = {{"type", "ByteLevel"}};
  json["pre_tokenizer"] = nullptr;
  EXPECT_EQ(refusal(json), "accepted");
  json["added_tokens"][0]["normalized"] = true;
  EXPECT_EQ(refusal(json), "accepted");
  json["added_tokens"][0]["lstrip"] = true;
  EXPECT_THAT(refusal(json), HasSubstr("normalizer ByteLevel with added token"));
}

// tokenizers 0.22.2 gives "<x>" 261 and "he" 256 then.
TEST(TokenizerJson, AnIdThatHuggingFaceGivesOtherwiseIsSaid) {
  const auto warning = [](const char* content, int id) {
    Json json = example();
    json["added_tokens"].push_back({{"id", id}, {"content", content}, {"special", true}});
    const auto spec = tokenizer_from_json(json.dump(), "f");
    return spec.is_ok() ? spec->warning : spec.status().to_string();
  };
  EXPECT_EQ(warning("<x>", 261), "");
  EXPECT_EQ(warning("he", 256), "");
  EXPECT_THAT(warning("<x>", 300), HasSubstr("f: added token \"<x>\" has id 300"));
  EXPECT_THAT(warning("<x>", 300), HasSubstr("gives it 261"));
  EXPECT_THAT(warning("he", 261), HasSubstr("gives it 256"));
}

TEST(TokenizerJson, WrittenThenReadEncodesTheSame) {
  test::TempDir dir;
  auto trainer = BpeTrainer::create({.vocab_size = 290, .least_count = 1}).value();
  const std::string text =
      "when in the course of human events it becomes necessary \xC3\xA9\n\n 1776";
  ASSERT_TRUE(trainer->add(text).is_ok());
  for (const auto& tokenizer : {trainer->train().value(), make_bytes_tokenizer()}) {
    ASSERT_TRUE(save_tokenizer(posix_file_system(), *tokenizer, dir.path()).is_ok());
    for (const std::string& spec : {dir.path(), dir / "tokenizer.json"}) {
      auto loaded = load_tokenizer(posix_file_system(), spec);
      ASSERT_TRUE(loaded.is_ok()) << loaded.status().to_string();
      EXPECT_EQ((*loaded)->fingerprint(), tokenizer->fingerprint());
      EXPECT_EQ((*loaded)->name(), tokenizer->name());
      EXPECT_EQ((*loaded)->vocab_size(), tokenizer->vocab_size());
      EXPECT_EQ((*loaded)->special().eos, tokenizer->special().eos);
      EXPECT_EQ(*(*loaded)->encode(text + "<|endoftext|>"),
                *tokenizer->encode(text + "<|endoftext|>"));
      EXPECT_EQ((*loaded)->to_json(), tokenizer->to_json());
    }
  }
}

TEST(TokenizerJson, SpecialTokensComeFromTheConfig) {
  test::TempDir dir;
  dir.write("tokenizer.json", example().dump());
  dir.write("tokenizer_config.json",
            R"({"eos_token": {"content": "<|begin_of_text|>"}, "pad_token": "<|end_of_text|>",
                "bos_token": null, "add_bos_token": false})");
  test::ExpectLog expect("add_bos_token is false, but the tokenizer.json's post_processor puts a");
  auto tokenizer = load_tokenizer(posix_file_system(), dir.path());
  ASSERT_TRUE(tokenizer.is_ok()) << tokenizer.status().to_string();
  EXPECT_EQ((*tokenizer)->special().eos, 259);
  EXPECT_EQ((*tokenizer)->special().pad, 260);
  EXPECT_FALSE((*tokenizer)->special().add_bos);
  dir.write("tokenizer_config.json", R"({"eos_token": "<nothing>"})");
  EXPECT_THAT(load_tokenizer(posix_file_system(), dir.path()).status().message(),
              HasSubstr("eos_token is \"<nothing>\""));
  EXPECT_EQ(load_tokenizer(posix_file_system(), dir / "no").status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace raddle::data
