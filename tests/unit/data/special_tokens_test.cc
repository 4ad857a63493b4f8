// SPDX-License-Identifier: Apache-2.0
// Which tokens begin and end a text, from every place that says it; and that what was found goes
// through the files of a run and of a checkpoint unchanged.
#include "runtime/data/special_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/data/byte_alphabet.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;
using Json = nlohmann::json;

// Bytes, and added tokens 256 to 259: <a> <b> <c> </s>.
Json plain() {
  Json vocab;
  for (size_t byte = 0; byte < 256; ++byte) vocab[byte_alphabet()[byte]] = byte;
  Json added = Json::array();
  for (const char* content : {"<a>", "<b>", "<c>", "</s>"}) {
    added.push_back({{"id", 256 + added.size()}, {"content", content}, {"special", true}});
  }
  return {{"added_tokens", added},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"use_regex", true}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", Json::array()}}}};
}

// A template with the tokens around the text.
Json with_template(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  Json single = Json::array(), known = Json::object();
  const auto add = [&](const std::string& token) {
    single.push_back({{"SpecialToken", {{"id", token}, {"type_id", 0}}}});
    const int id = token == "</s>" ? 259 : 256 + (token[1] - 'a');
    known[token] = {{"id", token}, {"ids", {id}}, {"tokens", {token}}};
  };
  for (const auto& token : before) add(token);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  for (const auto& token : after) add(token);
  Json json = plain();
  json["post_processor"] = {
      {"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", known}};
  return json;
}

StatusOr<std::shared_ptr<const Tokenizer>> load(const Json& tokenizer,
                                                const std::map<std::string, Json>& more = {}) {
  TokenizerFiles files = {{"tokenizer.json", tokenizer.dump()}};
  for (const auto& [name, json] : more) files[name] = json.dump();
  return tokenizer_from_files(std::move(files), "here");
}

SpecialTokens special(const Json& tokenizer, const std::map<std::string, Json>& more = {}) {
  auto loaded = load(tokenizer, more);
  EXPECT_TRUE(loaded.is_ok()) << loaded.status().to_string();
  return loaded.is_ok() ? (*loaded)->special() : SpecialTokens();
}

TEST(SpecialTokens, TheEndIsWhatTheFirstPlaceSays) {
  const Json config = {{"eos_token", {{"content", "<a>"}}}}, map = {{"eos_token", "<b>"}},
             ids = {{"eos_token_id", {258, 257}}}, id = {{"eos_token_id", 256}};
  {
    // transformers takes the other one where there is no added_tokens_decoder.
    test::ExpectLog expect("here/special_tokens_map.json: eos_token is \"<b>\", but");
    EXPECT_EQ(special(with_template({}, {"<c>"}),
                      {{"tokenizer_config.json", config}, {"special_tokens_map.json", map}})
                  .eos,
              256);
  }
  EXPECT_EQ(special(with_template({}, {"<c>"}), {{"special_tokens_map.json", map}}).eos, 257);
  EXPECT_EQ(special(with_template({}, {"<c>"}), {{"generation_config.json", id}}).eos, 258);
  EXPECT_EQ(special(plain(), {{"generation_config.json", ids}, {"config.json", id}}).eos, 258);
  EXPECT_EQ(special(plain(), {{"config.json", id}}).eos, 256);
  EXPECT_EQ(special(plain()).eos, 259);  // by its customary name
  // An id of an ordinary token is a default that was left over; null says that there is none.
  EXPECT_EQ(special(plain(), {{"config.json", {{"eos_token_id", 2}}}}).eos, 259);
  EXPECT_EQ(special(plain(), {{"tokenizer_config.json", {{"eos_token", nullptr}}}}).eos,
            std::nullopt);
}

TEST(SpecialTokens, DocumentsAreSurroundedAsThePostProcessorSays) {
  const auto both = special(with_template({"<a>", "<b>"}, {"</s>"}));
  EXPECT_THAT(both.begin, ElementsAre(256, 257));
  EXPECT_THAT(both.end, ElementsAre(259));
  EXPECT_EQ(both.bos, 256);
  EXPECT_TRUE(both.add_bos);
  Json roberta = plain();
  roberta["post_processor"] = {
      {"type", "RobertaProcessing"}, {"cls", {"<a>", 256}}, {"sep", {"</s>", 259}}};
  EXPECT_THAT(special(roberta).begin, ElementsAre(256));
  EXPECT_THAT(special(roberta).end, ElementsAre(259));
  Json nested = with_template({"<a>"}, {"<c>"});
  nested["post_processor"] = {{"type", "Sequence"},
                              {"processors",
                               {with_template({"<b>"}, {})["post_processor"],
                                {{"type", "ByteLevel"}},
                                nested["post_processor"]}}};
  EXPECT_THAT(special(nested).begin, ElementsAre(256, 257));  // the later one stands outside
  EXPECT_THAT(special(nested).end, ElementsAre(258));
  // Another end token than the one that texts end with: each ends a generated text.
  const auto two =
      special(with_template({}, {"<c>"}), {{"tokenizer_config.json", {{"eos_token", "</s>"}}},
                                           {"generation_config.json", {{"eos_token_id", {257}}}}});
  EXPECT_THAT(two.end, ElementsAre(258));
  EXPECT_THAT(two.stops, ElementsAre(257, 258, 259));
  Json wrong = with_template({"<a>"}, {});
  wrong["post_processor"]["single"].push_back({{"Sequence", {{"id", "B"}}}});
  EXPECT_THAT(load(wrong).status().message(), HasSubstr("expected one text in it"));
  wrong = with_template({"<a>"}, {});
  wrong["post_processor"]["special_tokens"]["<a>"]["ids"] = {1000};
  EXPECT_THAT(load(wrong).status().message(), HasSubstr("puts token \"<a>\""));
}

TEST(SpecialTokens, AddBosTokenWithoutAClassWinsOverThePostProcessor) {
  const Json yes = {{"bos_token", "<b>"}, {"add_bos_token", true}, {"add_eos_token", false}};
  {
    test::ExpectLog expect("puts nothing before a text. It is obeyed, as no tokenizer_class");
    EXPECT_THAT(special(plain(), {{"tokenizer_config.json", yes}}).begin, ElementsAre(257));
    EXPECT_EQ(special(plain(), {{"tokenizer_config.json", yes}}).add_eos, false);
  }
  const Json no = {{"bos_token", "<a>"}, {"add_bos_token", false}};
  {
    test::ExpectLog expect("puts a token before a text. It is obeyed, as no tokenizer_class");
    EXPECT_THAT(special(with_template({"<a>"}, {}), {{"tokenizer_config.json", no}}).begin,
                IsEmpty());
  }
  EXPECT_THAT(
      load(plain(), {{"tokenizer_config.json", {{"add_bos_token", true}}}}).status().message(),
      HasSubstr("add_bos_token is true, but no bos_token is named"));
}

// AutoTokenizer of transformers 4.57.6 obeys the word for these classes alone, that of 5.24.0
// for none that has a tokenizer.json.
TEST(SpecialTokens, AddBosTokenIsObeyedWhereTheClassObeysIt) {
  const auto begin_of = [](const char* kind, bool add, const Json& tokenizer) {
    const Json config = {{"tokenizer_class", kind}, {"bos_token", "<a>"}, {"add_bos_token", add}};
    return special(tokenizer, {{"tokenizer_config.json", config}}).begin;
  };
  for (const char* kind : {"LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizerFast",
                           "GemmaTokenizer", "CohereTokenizerFast", "GPTNeoXTokenizerFast"}) {
    test::ExpectLog expect(std::string("It is obeyed, as by transformers 4 for ") + kind);
    EXPECT_THAT(begin_of(kind, true, plain()), ElementsAre(256)) << kind;
    EXPECT_THAT(begin_of(kind, false, with_template({"<a>"}, {})), IsEmpty()) << kind;
  }
  for (const char* kind : {"PreTrainedTokenizerFast", "TokenizersBackend", "GPT2Tokenizer",
                           "GPT2TokenizerFast", "Qwen2Tokenizer", "BloomTokenizerFast", "Other"}) {
    test::ExpectLog expect(std::string("It is passed over, as by transformers for ") + kind);
    EXPECT_THAT(begin_of(kind, true, plain()), IsEmpty()) << kind;
    EXPECT_THAT(begin_of(kind, false, with_template({"<a>"}, {})), ElementsAre(256)) << kind;
  }
  // Nothing is said where both say the same.
  for (const char* kind : {"LlamaTokenizer", "PreTrainedTokenizerFast"}) {
    EXPECT_THAT(begin_of(kind, false, plain()), IsEmpty());
    EXPECT_THAT(begin_of(kind, true, with_template({"<a>"}, {})), ElementsAre(256));
  }
}

// For no class does it put an end behind a prompt here, and documents have theirs anyway.
TEST(SpecialTokens, AddEosTokenChangesNoDocument) {
  for (const char* kind : {"LlamaTokenizer", "PreTrainedTokenizerFast", "GPT2Tokenizer"}) {
    for (const bool add : {true, false}) {
      const Json config = {
          {"tokenizer_class", kind}, {"add_bos_token", false}, {"add_eos_token", add}};
      EXPECT_THAT(special(plain(), {{"tokenizer_config.json", config}}).end, ElementsAre(259));
      EXPECT_THAT(special(with_template({}, {"<c>"}), {{"tokenizer_config.json", config}}).end,
                  ElementsAre(258));
    }
  }
  test::ExpectLog expect("add_eos_token is true, but no eos_token is named");
  const Json config = {{"eos_token", nullptr}, {"add_eos_token", true}};
  EXPECT_THAT(special(plain(), {{"tokenizer_config.json", config}}).end, IsEmpty());
}

// AutoTokenizer of transformers 4.57.6 puts 256 before "a" then, that of 5.24.0 does not.
TEST(SpecialTokens, AClassThatBeginsTextsWithoutAWordOnItIsAWarning) {
  for (const char* kind : {"LlamaTokenizerFast", "CodeLlamaTokenizer", "GemmaTokenizerFast"}) {
    const Json config = {{"tokenizer_class", kind}, {"bos_token", "<a>"}};
    test::ExpectLog expect(std::string(kind) + " without add_bos_token");
    EXPECT_THAT(special(plain(), {{"tokenizer_config.json", config}}).begin, IsEmpty());
  }
  const Json config = {{"tokenizer_class", "GPTNeoXTokenizerFast"}, {"bos_token", "<a>"}};
  EXPECT_THAT(special(plain(), {{"tokenizer_config.json", config}}).begin, IsEmpty());
}

TEST(SpecialTokens, AFileThatIsNoneSaysWhatItIs) {
  const std::pair<const char*, const char*> kinds[] = {
      {"", "is empty"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a git-lfs pointer"},
      {"<!DOCTYPE html><html></html>", "web page"},
      {"{\"eos_token\": ", "not valid JSON"},
      {"[1]", "not a JSON object"}};
  for (const char* name :
       {"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}) {
    for (const auto& [text, kind] : kinds) {
      const auto read =
          tokenizer_from_files({{"tokenizer.json", plain().dump()}, {name, text}}, "here");
      ASSERT_FALSE(read.is_ok()) << name << ": " << text;
      EXPECT_THAT(read.status().message(), HasSubstr(kind));
      EXPECT_THAT(read.status().message(), HasSubstr(std::string("here/") + name));
    }
  }
}

TEST(SpecialTokens, ATokenThatTheFileLacks) {
  {
    test::ExpectLog expect("pad_token is \"[PAD]\", which the tokenizer.json does not have");
    EXPECT_EQ(special(plain(), {{"tokenizer_config.json", {{"pad_token", "[PAD]"}}}}).pad,
              std::nullopt);
  }
  EXPECT_THAT(load(plain(), {{"tokenizer_config.json", {{"eos_token", "[X]"}}}}).status().message(),
              HasSubstr("here/tokenizer_config.json: eos_token is \"[X]\""));
  // A word of the vocabulary may be one too, spelled as the file spells it.
  EXPECT_EQ(special(plain(), {{"tokenizer_config.json", {{"eos_token", "\xC4\xA0"}}}}).eos, ' ');
}

TEST(SpecialTokens, AreTheSameAfterSavingAndLoading) {
  // Of the files that other tools wrote; not of those that the run has.
  test::ExpectLog obeyed("is obeyed, as no tokenizer_class");
  test::ExpectLog no_end("add_eos_token is true, but no eos_token is named");
  const std::map<std::string, Json> configs[] = {
      {},
      {{"tokenizer_config.json", {{"bos_token", "<a>"}, {"add_bos_token", true}}}},
      {{"tokenizer_config.json", {{"bos_token", "<a>"}, {"add_bos_token", false}}}},
      {{"tokenizer_config.json", {{"eos_token", nullptr}, {"add_eos_token", true}}}},
      {{"generation_config.json", {{"eos_token_id", {256, 257}}}}},
      {{"config.json", {{"eos_token_id", 258}, {"bos_token_id", 256}, {"pad_token_id", 257}}}}};
  for (const Json& json : {plain(), with_template({"<a>"}, {}), with_template({"<b>"}, {"<c>"})}) {
    for (const auto& config : configs) {
      const auto first = *load(json, config);
      test::TempDir dir;
      ASSERT_TRUE(save_tokenizer(posix_file_system(), *first, dir.path()).is_ok());
      const auto again = *load_tokenizer(posix_file_system(), dir.path());
      const SpecialTokens &a = first->special(), &b = again->special();
      EXPECT_EQ(a.begin, b.begin);
      EXPECT_EQ(a.end, b.end);
      EXPECT_EQ(a.stops, b.stops);
      EXPECT_TRUE(a.bos == b.bos && a.eos == b.eos && a.pad == b.pad);
      EXPECT_TRUE(a.add_bos == b.add_bos && a.add_eos == b.add_eos);
      EXPECT_EQ(tokenizer_files(*again), tokenizer_files(*first));
    }
  }
}

// Each name is one that some tokenizer's files have; that there are no others is asserted.
TEST(SpecialTokens, AreWrittenUnderAllNamesOfTokenizerFiles) {
  const std::map<std::string, Json> several = {
      {"generation_config.json", {{"eos_token_id", {256, 257}}}}};
  std::vector<std::string> written;
  for (const auto& [name, text] : tokenizer_files(**load(plain(), several)))
    written.push_back(name);
  EXPECT_THAT(written, UnorderedElementsAreArray(kTokenizerFileNames));
}

// Whatever class they name: what a run holds was settled when it began, and is no news.
TEST(SpecialTokens, OfARunAreObeyedInSilence) {
  const test::TempDir dir;
  {
    test::ExpectLog expect("It is obeyed, as by transformers 4 for LlamaTokenizer");
    const Json config = {
        {"tokenizer_class", "LlamaTokenizer"}, {"bos_token", "<b>"}, {"add_bos_token", true}};
    const auto first = load(plain(), {{"tokenizer_config.json", config}}).value();
    ASSERT_TRUE(save_tokenizer(posix_file_system(), *first, dir.path()).is_ok());
  }
  EXPECT_THAT((*load_tokenizer(posix_file_system(), dir.path()))->special().begin,
              ElementsAre(257));
}

TEST(SpecialTokens, PromptsBeginAsDocumentsDo) {
  const auto tokenizer = *load(with_template({"<a>"}, {"</s>"}));
  EXPECT_THAT(*tokenizer->encode_prompt("x"), ElementsAre(256, 'x'));
  EXPECT_THAT(*tokenizer->encode_prompt(""), ElementsAre(256));
  EXPECT_THAT(*tokenizer->encode_prompt("<a>x"), ElementsAre(256, 'x'));  // spelled by the user
  EXPECT_THAT(*tokenizer->encode("x"), ElementsAre('x'));
  const auto without = *load(plain());
  EXPECT_THAT(*without->encode_prompt("x"), ElementsAre('x'));
  EXPECT_THAT(without->encode_prompt("").status().message(), HasSubstr("the prompt is empty"));
}

}  // namespace
}  // namespace raddle::data
