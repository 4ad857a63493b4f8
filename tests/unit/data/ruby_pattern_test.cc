// SPDX-License-Identifier: Apache-2.0
// Regular expressions of Oniguruma's Ruby syntax. The pinned words are those of Hugging Face's
// library (tests/interop/pin_splits.py).
#include "runtime/data/ruby_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "runtime/base/file_system.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/text_walk.h"

namespace raddle::data {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

// The words of a text that comes in parts of so many bytes, written as in splits.json.
std::string words_of(const PreTokenizer& splitter, const std::string& text, size_t part) {
  WordIterator iterator(splitter);
  TextRest rest;
  std::string all, shown;
  std::vector<std::string> words;
  const auto note = [&](std::string_view word) {
    words.emplace_back(word);
    return Status::ok();
  };
  for (size_t at = 0; at < text.size() || at == 0; at += part) {
    const bool more = at + part < text.size();
    const std::string_view here = rest.join(std::string_view(text).substr(at, part));
    const auto taken = walk_words(iterator, here, more, note, note);
    if (!taken.is_ok()) return taken.status().to_string();
    rest.keep(here, *taken);
  }
  size_t at = 0;
  for (const std::string& word : words) {
    const size_t begin = text.find(word, at);
    if (begin == text.npos) return "a word that the text does not have";
    if (begin > at) shown += fmt::format(" -{}", begin - at);
    shown += fmt::format(" {}", word.size());
    at = begin + word.size();
  }
  return shown.empty() ? shown : shown.substr(1);
}

TEST(RubyPattern, CutsTheWordsOfHuggingFace) {
  const std::map<std::string, SplitBehavior> behaviors = {
      {"isolated", SplitBehavior::kIsolated},
      {"removed", SplitBehavior::kRemoved},
      {"contiguous", SplitBehavior::kContiguous},
      {"merged_with_previous", SplitBehavior::kMergedWithPrevious},
      {"merged_with_next", SplitBehavior::kMergedWithNext}};
  const std::string path = std::string(RADDLE_SOURCE_DIR) + "/tests/cases/tok/splits.json";
  const Json cases = Json::parse(posix_file_system().read_all(path).value());
  int count = 0;
  for (const Json& pin : cases["pins"]) {
    const SplitRule rule(pin["pattern"].get<std::string>(), behaviors.at(pin["behavior"]),
                         pin["invert"].get<bool>());
    const auto splitter = PreTokenizer::create({rule});
    ASSERT_TRUE(splitter.is_ok()) << splitter.status().to_string();
    for (size_t i = 0; i < cases["texts"].size(); ++i) {
      const auto text = cases["texts"][i].get<std::string>();
      const auto expected = pin["words"][i].get<std::string>();
      const auto shown = [&] { return pin["pattern"].dump() + pin["behavior"].dump() + text; };
      EXPECT_EQ(words_of(**splitter, text, text.size()), expected) << shown();
      if (!(*splitter)->allows_parts()) continue;
      for (const size_t part : {1, 3}) {
        EXPECT_EQ(words_of(**splitter, text, part), expected) << shown() << " by " << part;
      }
      ++count;
    }
  }
  EXPECT_GT(count, 2000);
}

TEST(RubyPattern, IsWrittenForPcre2) {
  const std::pair<const char*, const char*> pairs[] = {
      {R"(\p{N}{1,3}+)", R"((?:\p{N}{1,3})+)"},
      {R"(\p{N}{2}?)", R"((?:\p{N}{2})?)"},
      {R"(\p{N}{1,2}?)", R"(\p{N}{1,2}?)"},
      {R"(a++)", R"(a++)"},
      {R"(a{,2})", R"(a{0,2})"},
      {R"([\p{L}&&[^\p{N}]])", R"((?:(?!\p{N})\p{L}))"},
      {R"([^\p{L}[\p{N}]])", R"([^\p{L}\p{N}])"},
      {R"([\p{L}[^\p{N}]])", R"((?:\p{L}|[^\p{N}]))"},
      {R"([^\p{L}&&[^\p{N}]])", R"((?:(?!(?:(?!\p{N})\p{L}))(?s:.)))"},
      {R"((?m).)", R"((?-i:(?s:.)))"},
      {R"(a(?i)b|c)", R"(a(?i:b|c))"},
      {R"(^a$)", R"((?m:^)a(?m:$))"},
      {R"(\h\d)", R"([0-9A-Fa-f]\p{Nd})"},
      {R"(\u4e00)", R"(\x{4e00})"},
  };
  for (const auto& [ruby, pcre2] : pairs) {
    const auto pattern = pcre2_of_ruby(ruby);
    ASSERT_TRUE(pattern.is_ok()) << pattern.status().to_string();
    EXPECT_EQ(pattern->pcre2, pcre2) << ruby;
  }
}

// What Oniguruma takes otherwise than PCRE2, or not at all, and what is not written for PCRE2.
TEST(RubyPattern, WhatIsNotReadIsRefusedByName) {
  const std::pair<const char*, const char*> pairs[] = {
      {R"(a\Qb)", "\\Q at byte 3"},
      {R"(\y)", "\\y"},
      {"(?~abc)", "this kind of group"},
      {"(?(1)a|b)", "this kind of group"},
      {"(?P<n>a)", "this kind of group"},
      {"(*FAIL)", "(*"},
      {R"((?<n>t)\k<n>)", "\\k"},
      {R"((?<n>t)\g<n>)", "\\g"},
      {R"(\1(a))", "back reference"},
      {"a{3,1}", "ends before it begins"},
      {R"(\xE4\xB8\xAD)", "byte of a longer character"},
      {R"(\pL)", "\\p without"},
      {"[[:foo:]]", "a class of this name"},
      {R"([\d-a])", "a range that begins with a class"},
      {"(?i)ss", "two letters that one letter stands for"},
      {"(?i:s)t(?i)s(?:t)", "two letters that one letter stands for"},
      {"(?i)\xC3\xA9", "a letter outside of ASCII"},
      {R"((?i)[\p{Lu}])", "in a class where case does not count"},
      {"(?=a)*", "a repetition of nothing"},
      {"(a", "a group that is not closed"},
      {"a)", "closes nothing"},
      {"[a", "a class that is not closed"},
  };
  for (const auto& [ruby, message] : pairs) {
    const auto pattern = pcre2_of_ruby(ruby);
    ASSERT_FALSE(pattern.is_ok()) << ruby << " is " << pattern->pcre2;
    EXPECT_THAT(pattern.status().message(), HasSubstr(message));
    EXPECT_THAT(pattern.status().message(), HasSubstr("Ruby syntax"));
  }
  EXPECT_FALSE(pcre2_of_ruby(std::string(100000, '[')).is_ok());
  EXPECT_FALSE(pcre2_of_ruby(std::string(100000, '(')).is_ok());
  // Properties that PCRE2 does not know, or alone.
  for (const char* ruby : {R"(\p{Nonsense})", R"(\p{Xan})"}) {
    EXPECT_THAT(PreTokenizer::create({ruby}).status().message(), HasSubstr("Ruby syntax")) << ruby;
  }
}

// Ids of patterns that were always read as they are belong to the shards that were written then.
TEST(RubyPattern, TellsWhatPcre2AloneWouldTakeForAnother) {
  const auto other = [](const char* pattern) {
    return !PreTokenizer::create({pattern}).value()->other_meanings().empty();
  };
  EXPECT_FALSE(other(kGpt2Pattern));
  EXPECT_FALSE(other(R"((?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|\s*[\r\n]+|\s+(?!\S)|\s+)"));
  for (const char* pattern : {R"(\p{N}{1,3}+)", R"([\p{L}&&[^a]])", R"(\w+)", R"(\s*)", "$",
                              "(?m).", R"(\h)", R"(\p{Han}+)"}) {
    EXPECT_TRUE(other(pattern)) << pattern;
  }
}

}  // namespace
}  // namespace raddle::data
