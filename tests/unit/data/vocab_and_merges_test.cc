// SPDX-License-Identifier: Apache-2.0
// Directories with the older files of a tokenizer, and with other kinds.
#include "runtime/data/vocab_and_merges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/data/byte_alphabet.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class VocabAndMerges : public ::testing::Test {
 protected:
  void SetUp() override {
    Json vocab;
    for (size_t byte = 0; byte < 256; ++byte) vocab[byte_alphabet()[byte]] = byte;
    for (const char* token : {"he", "\xC4\xA0he", "<|endoftext|>", "<s>"}) {
      vocab[token] = vocab.size();
    }
    dir_.write("vocab.json", vocab.dump());
    dir_.write("merges.txt", "#version: 0.2\nh e\n\xC4\xA0 he\n");
  }
  StatusOr<std::shared_ptr<const Tokenizer>> load(const std::string& spec) {
    return load_tokenizer(posix_file_system(), spec);
  }
  test::TempDir dir_;
};

TEST_F(VocabAndMerges, AreReadAsGpt2) {
  ASSERT_TRUE(*has_tokenizer(posix_file_system(), dir_.path()));
  for (const std::string& spec : {dir_.path(), dir_ / "vocab.json", dir_ / "merges.txt"}) {
    auto tokenizer = load(spec);
    ASSERT_TRUE(tokenizer.is_ok()) << tokenizer.status().to_string();
    EXPECT_THAT(*(*tokenizer)->encode("he he he1<|endoftext|>"),
                ElementsAre(256, 257, 257, '1', 258));
    EXPECT_EQ((*tokenizer)->special().eos, 258);
    // It is saved as a tokenizer.json that gives the same.
    const auto again = *tokenizer_from_files(tokenizer_files(**tokenizer), "again");
    EXPECT_EQ(again->fingerprint(), (*tokenizer)->fingerprint());
  }
}

// Hugging Face's library reads a tokenizer.json with all of these members alone.
TEST_F(VocabAndMerges, AreWrittenWhole) {
  for (const char* kind : {"GPT2Tokenizer", "Qwen2Tokenizer"}) {
    dir_.write("tokenizer_config.json", Json{{"tokenizer_class", kind}}.dump());
    const Json json = Json::parse((*load(dir_.path()))->to_json());
    const Json& pre = json["pre_tokenizer"];
    const Json byte_level = pre["type"] == "Sequence" ? pre["pretokenizers"][1] : pre;
    for (const Json& part : {byte_level, json["decoder"]}) {
      EXPECT_EQ(part["type"], "ByteLevel") << kind;
      for (const char* key : {"add_prefix_space", "trim_offsets", "use_regex"}) {
        EXPECT_TRUE(part.contains(key)) << kind << ": " << key;
      }
    }
  }
}

TEST_F(VocabAndMerges, TakeTheirSpecialTokensFromTheFilesBeside) {
  dir_.write("special_tokens_map.json", R"({"bos_token": {"content": "<s>"}})");
  dir_.write("added_tokens.json", R"({"<more>": 260})");
  dir_.write("tokenizer_config.json",
             R"({"tokenizer_class": "GPT2Tokenizer", "add_bos_token": true})");
  auto tokenizer = load(dir_.path());
  ASSERT_TRUE(tokenizer.is_ok()) << tokenizer.status().to_string();
  EXPECT_THAT(*(*tokenizer)->encode_prompt("he<more>"), ElementsAre(259, 256, 260));
}

TEST_F(VocabAndMerges, QwenSplitsInItsOwnWay) {
  dir_.write("tokenizer_config.json", R"({"tokenizer_class": "Qwen2Tokenizer"})");
  const auto text = (*load(dir_.path()))->to_json();
  EXPECT_THAT(text, AllOf(HasSubstr("NFC"), HasSubstr("\"Split\"")));
}

TEST_F(VocabAndMerges, WhatTheFilesDoNotSayIsRefused) {
  dir_.write("tokenizer_config.json", R"({"tokenizer_class": "CLIPTokenizer"})");
  EXPECT_THAT(
      load(dir_.path()).status().to_string(),
      AllOf(HasSubstr("UNIMPLEMENTED"), HasSubstr("CLIPTokenizer"), HasSubstr("save_pretrained")));
}

TEST_F(VocabAndMerges, AMarkAndCarriageReturnsChangeNothing) {
  const auto expected = *load(dir_.path());
  dir_.write("merges.txt", "\xEF\xBB\xBF#version: 0.2\r\nh e\r\n\xC4\xA0 he\r\n");
  auto tokenizer = load(dir_.path());
  ASSERT_TRUE(tokenizer.is_ok()) << tokenizer.status().to_string();
  EXPECT_EQ((*tokenizer)->fingerprint(), expected->fingerprint());
}

TEST_F(VocabAndMerges, WhatIsWrongIsSaidOfTheFileThatItIsIn) {
  const auto said = [&](const std::string& merges) {
    dir_.write("merges.txt", merges);
    return load(dir_.path()).status().message();
  };
  EXPECT_THAT(said("#version: 0.2\nh e\nq u\n"),
              HasSubstr("/merges.txt: line 3 needs token \"qu\", which vocab.json does not have"));
  EXPECT_THAT(said("he\n"), HasSubstr("/merges.txt: line 1 is \"he\"; expected two tokens"));
  EXPECT_THAT(said("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
              AllOf(HasSubstr("/merges.txt: line 1"), HasSubstr("it is a git-lfs pointer")));
  EXPECT_THAT(said("<!DOCTYPE html>\n<html>"),
              AllOf(HasSubstr("/merges.txt: line 1"), HasSubstr("it is a web page")));
  for (const char* none : {"", "\n\n", "#version: 0.2\n"}) {
    EXPECT_THAT(said(none), HasSubstr("/merges.txt: it holds no merges, so that token"));
  }
  dir_.write("merges.txt", "h e\n");
  dir_.write("vocab.json", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
  EXPECT_THAT(load(dir_.path()).status().message(),
              AllOf(HasSubstr("/vocab.json: not a JSON object"), HasSubstr("git-lfs")));
}

TEST_F(VocabAndMerges, OneOfTheTwoIsNotEnough) {
  test::TempDir other;
  for (const char* name : {"vocab.json", "merges.txt"}) {
    other.write(name, *posix_file_system().read_all(dir_ / name));
    EXPECT_THAT(load(other / name).status().to_string(),
                AllOf(HasSubstr("NOT_FOUND"), HasSubstr(other / name),
                      HasSubstr("vocab.json and merges.txt belong together")));
    ASSERT_TRUE(posix_file_system().remove_all(other / name).is_ok());
  }
}

TEST(NamedTokenizer, MessagesNameTheFileThatWasGiven) {
  test::TempDir dir;
  dir.write("my-tok.json", "{");
  EXPECT_THAT(load_tokenizer(posix_file_system(), dir / "my-tok.json").status().message(),
              AllOf(HasSubstr(dir / "my-tok.json"), HasSubstr("not valid JSON")));
}

TEST(NamedTokenizer, MayHaveAnyName) {
  test::TempDir dir;
  dir.write("tok", load_tokenizer(posix_file_system(), "bytes").value()->to_json());
  const auto tokenizer = load_tokenizer(posix_file_system(), dir / "tok");
  ASSERT_TRUE(tokenizer.is_ok()) << tokenizer.status().to_string();
  EXPECT_EQ((*tokenizer)->vocab_size(), 257);
}

TEST(OtherTokenizers, AreRefusedByName) {
  test::TempDir dir;
  for (const char* name : {"tokenizer.model", "spm.model", "vocab.txt"}) {
    test::TempDir own;
    own.write(name, "\n\x0e\n");
    EXPECT_THAT(
        load_tokenizer(posix_file_system(), own / name).status().to_string(),
        AllOf(HasSubstr("UNIMPLEMENTED"), HasSubstr(own / name), HasSubstr("are not read")));
  }
  dir.write("tokenizer.model", "\n\x0e\n");
  EXPECT_THAT(
      load_tokenizer(posix_file_system(), dir.path()).status().to_string(),
      AllOf(HasSubstr("UNIMPLEMENTED"), HasSubstr("tokenizer.model"), HasSubstr("SentencePiece")));
  dir.write("tokenizer.json", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
  EXPECT_THAT(load_tokenizer(posix_file_system(), dir.path()).status().message(),
              HasSubstr("a git-lfs pointer"));
}

}  // namespace
}  // namespace raddle::data
