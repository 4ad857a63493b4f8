// SPDX-License-Identifier: Apache-2.0
// Prompts and the texts that answer them: read from JSON, tokenized apart, weighted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/data/bpe_tokenizer.h"
#include "runtime/data/bpe_trainer.h"
#include "runtime/data/json_source.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/tokenize.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SourceOptions fields(const std::string& prompt, const std::string& text) {
  SourceOptions options;
  options.prompt_field = prompt;
  options.text_field = text;
  return options;
}

// "prompt>" or "text|" of each part, then the message of the error that ended them, if any.
std::vector<std::string> parts(const std::string& path, const SourceOptions& options) {
  std::vector<std::string> out;
  auto source = open_source(path, options);
  if (!source.is_ok()) return {source.status().to_string()};
  DocumentPart part;
  while (true) {
    auto more = (*source)->next_part(&part);
    if (!more.is_ok()) out.push_back(more.status().to_string());
    if (!more.is_ok() || !*more) return out;
    EXPECT_EQ(part.prompt, !part.last);
    out.push_back(std::string(part.text) + (part.prompt ? ">" : "|"));
  }
}

TEST(PromptField, EveryFormOfJsonHasPromptsBeforeTexts) {
  test::TempDir dir;
  const SourceOptions options = fields("q", "a");
  const std::string one = R"({"a": "yes", "q": "is it?"})", two = R"({"q": "", "a": "plain"})",
                    empty = R"({"q": "why?", "a": ""})",
                    three = R"({"q": "so", "id": 3, "a": "x"})";
  const auto expected = ElementsAre("is it?>", "yes|", ">", "plain|", "so>", "x|");
  const std::string lines = one + "\n" + two + "\n\n" + empty + "\n" + three + "\n";
  EXPECT_THAT(parts(dir.write("a.jsonl", lines), options), expected);
  const std::string array = "[" + one + ",\n" + two + "," + empty + "," + three + "]";
  EXPECT_THAT(parts(dir.write("a.json", array), options), expected);
  const std::string values = "{\n\"q\": \"is it?\", \"a\": \"yes\"}\n" + two + three;
  EXPECT_THAT(parts(dir.write("b.json", values), options), expected);
  // A whole document is both.
  auto source = open_source(dir / "a.jsonl", options).value();
  std::string_view document;
  ASSERT_TRUE(*source->next(&document));
  EXPECT_EQ(document, "is it?yes");
}

TEST(PromptField, FieldsInsideOthers) {
  test::TempDir dir;
  EXPECT_THAT(parts(dir.write("a.jsonl", R"({"m": {"user": "u", "bot": {"text": "b"}}})"),
                    fields("m.user", "m.bot.text")),
              ElementsAre("u>", "b|"));
}

TEST(PromptField, WhatIsWrongIsSaidByFieldAndOption) {
  test::TempDir dir;
  const auto last = [&](const std::string& text) {
    return parts(dir.write("x.jsonl", text), fields("prompt", "text")).back();
  };
  EXPECT_THAT(last("{\"text\":\"a\",\"prompt\":\"b\"}\n{\"text\":\"a\"}"),
              AllOf(HasSubstr("DATA_LOSS"), HasSubstr("x.jsonl line 2, byte 26"),
                    HasSubstr("no field \"prompt\", only text"), HasSubstr("data.prompt_field")));
  EXPECT_THAT(last("{\"text\":\"a\",\"prompt\":null}"),
              HasSubstr("field \"prompt\" is a null; expected a string"));
  EXPECT_THAT(last("{\"prompt\":\"a\"}"), HasSubstr("data.text_field"));
  EXPECT_THAT(parts(dir.write("plain.txt", "just text"), fields("prompt", "text")).back(),
              AllOf(HasSubstr("INVALID_ARGUMENT"), HasSubstr("plain.txt is text"),
                    HasSubstr("leave data.prompt_field empty")));
}

struct Tokens {
  std::vector<int32_t> ids;
  std::vector<float> weights;
};

Tokens tokenize(const test::TempDir& dir, const Tokenizer& tokenizer, const std::string& lines,
                const SourceOptions& source) {
  TokenizeOptions options;
  options.source = source;
  options.existing = Existing::kReplace;
  const auto done = tokenize_files(posix_file_system(), tokenizer, {dir.write("t.jsonl", lines)},
                                   dir / "out.tok", options);
  EXPECT_TRUE(done.is_ok()) << done.status().to_string();
  const auto shard = TokenShard::open(dir / "out.tok", VerifyShard::kContents).value();
  Tokens out;
  out.ids.resize(shard->token_count());
  out.weights.resize(shard->token_count());
  EXPECT_TRUE(shard->copy(0, out.ids).is_ok());
  shard->weights().copy(0, out.weights);
  const auto summary = inspect_shard(*shard, nullptr, 0).value();
  EXPECT_EQ(summary.weighted_tokens, uint64_t(std::count_if(out.weights.begin(), out.weights.end(),
                                                            [](float w) { return w > 0; })));
  return out;
}

// "ab" is a token, and a beginning and an end stand around every document.
std::shared_ptr<const Tokenizer> merging_tokenizer() {
  BpeSpec spec;
  spec.tokens = byte_tokens();
  spec.tokens.insert(spec.tokens.end(), {"ab", "<s>", "</s>"});
  spec.merges = {{'a', 'b', 256}};
  spec.added = {{257, "<s>", true}, {258, "</s>", true}};
  spec.patterns = {kGpt2Pattern};
  spec.special.bos = 257;
  spec.special.eos = 258;
  spec.special.begin = {257};
  spec.special.end = {258};
  return make_bpe_tokenizer(std::move(spec)).value();
}

TEST(PromptField, NoTokenReachesOverTheBorder) {
  test::TempDir dir;
  const auto tokenizer = merging_tokenizer();
  const auto whole = tokenize(dir, *tokenizer, R"({"text": "xaby"})", {});
  EXPECT_THAT(whole.ids, ElementsAre(257, 'x', 256, 'y', 258));
  EXPECT_THAT(whole.weights, ElementsAre(1, 1, 1, 1, 1));
  const auto apart = tokenize(dir, *tokenizer, R"({"p": "xa", "text": "by"})", fields("p", "text"));
  EXPECT_THAT(apart.ids, ElementsAre(257, 'x', 'a', 'b', 'y', 258));
  EXPECT_THAT(apart.weights, ElementsAre(0, 0, 0, 1, 1, 1));
  // The prompt's tokens are those that a model is asked with.
  EXPECT_EQ(tokenizer->encode_prompt("xa").value(),
            std::vector<int32_t>(apart.ids.begin(), apart.ids.begin() + 3));
  const auto inside =
      tokenize(dir, *tokenizer, R"({"p": "ab", "text": "ab"})", fields("p", "text"));
  EXPECT_THAT(inside.ids, ElementsAre(257, 256, 256, 258));
  EXPECT_THAT(inside.weights, ElementsAre(0, 0, 1, 1));
}

TEST(PromptField, AnEmptyPromptIsNoneAndSpelledSpecialTokensStayText) {
  test::TempDir dir;
  const auto tokens = tokenize(
      dir, *merging_tokenizer(),
      "{\"p\": \"\", \"text\": \"a\"}\n{\"p\": \"</s>\", \"text\": \"b\"}\n", fields("p", "text"));
  EXPECT_THAT(tokens.ids, ElementsAre(257, 'a', 258, 257, '<', '/', 's', '>', 'b', 258));
  EXPECT_THAT(tokens.weights, ElementsAre(0, 1, 1, 0, 0, 0, 0, 0, 1, 1));
}

TEST(PromptField, ATokenizerLearnsNoMergeOverTheBorder) {
  test::TempDir dir;
  std::string lines;
  for (int i = 0; i < 50; ++i) lines += "{\"p\": \"q\", \"text\": \"z\"}\n";
  const std::string path = dir.write("t.jsonl", lines + "{\"p\": \"mn\", \"text\": \"mn\"}\n");
  BpeTrainOptions options;
  options.vocab_size = 258;
  const auto tokenizer = train_bpe({path}, fields("p", "text"), options).value();
  EXPECT_EQ(tokenizer->encode("qz").value().size(), 2u);
  EXPECT_EQ(tokenizer->encode("mn").value().size(), 1u);
}

}  // namespace
}  // namespace raddle::data
