// SPDX-License-Identifier: Apache-2.0
// A text that comes in parts has the ids, words and documents of the whole one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/base/random.h"
#include "runtime/data/bpe_tokenizer.h"
#include "runtime/data/bpe_trainer.h"
#include "runtime/data/source.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using Ids = std::vector<int32_t>;

constexpr const char* kGpt4Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::string random_text(RandomStream& draws, size_t bytes) {
  static const std::vector<std::string> pieces = {" ",
                                                  "  ",
                                                  "\n",
                                                  "\r\n",
                                                  "\t",
                                                  "a",
                                                  "e",
                                                  "the",
                                                  " the",
                                                  "'s",
                                                  "'re",
                                                  "'",
                                                  "7",
                                                  "2024",
                                                  "!?",
                                                  "\xC3\xA9",
                                                  "\xE4\xB8\xAD",
                                                  "\xF0\x9F\x98\x80",
                                                  "\xC2\xA0",
                                                  "\xCC\x81",
                                                  "e\xCC\x81",
                                                  "\xE1\x84\x80",
                                                  "\xE1\x85\xA1",
                                                  "\xEF\xAC\x81",
                                                  "\xFF",
                                                  "\x80",
                                                  "\xE4\xB8",
                                                  "\xC2",
                                                  "<a>",
                                                  "<a><b>",
                                                  "<s>",
                                                  "<l>",
                                                  "<r>",
                                                  "<",
                                                  "<a",
                                                  "123<a><b> ",
                                                  std::string(20, ' ')};
  std::string text;
  while (text.size() < bytes) text += pieces[draws.below(pieces.size())];
  return text;
}

// Nothing may hang on where the parts end.
void expect_same_in_parts(const Tokenizer& tokenizer, const std::string& text, SpecialText special,
                          RandomStream& draws) {
  const Ids whole = *tokenizer.encode(text, special);
  Ids ids;
  const auto encoder = tokenizer.encoder(special, [&](std::span<const int32_t> some, size_t done) {
    ids.insert(ids.end(), some.begin(), some.end());
    EXPECT_LE(done, text.size());
    return Status::ok();
  });
  for (int round = 0; round < 2; ++round) {  // an encoder takes one text after another
    ids.clear();
    const size_t longest = 1 + draws.below(40);
    std::string_view left = text;
    while (!left.empty()) {
      // A part's bytes are gone when the next one comes.
      const std::string part(left.substr(0, draws.below(longest + 1)));
      left.remove_prefix(part.size());
      ASSERT_TRUE(encoder->add(part, false).is_ok());
    }
    ASSERT_TRUE(encoder->add("", true).is_ok());
    ASSERT_EQ(ids, whole) << testing::PrintToString(text);
  }
}

void try_texts(const Tokenizer& tokenizer, int rounds) {
  RandomStream draws(3, 0);
  for (int round = 0; round < rounds; ++round) {
    const std::string text = random_text(draws, draws.below(200));
    expect_same_in_parts(tokenizer, text, SpecialText::kAsText, draws);
    expect_same_in_parts(tokenizer, text, SpecialText::kParse, draws);
    if (testing::Test::HasFatalFailure()) return;
  }
}

BpeSpec spec_with(std::vector<SplitRule> patterns) {
  BpeSpec spec;
  spec.tokens = byte_tokens();
  const std::pair<std::string, std::string> merges[] = {
      {"t", "h"}, {"th", "e"}, {" ", "the"}, {" ", " "},       {"  ", "  "}, {"\xC3", "\xA9"},
      {"2", "0"}, {"a", "e"},  {"a", "th"},  {"\x80", "\xFF"}, {"the", " "}};
  for (const auto& [left, right] : merges) {
    const auto id_of = [&](const std::string& token) {
      return static_cast<int32_t>(std::find(spec.tokens.begin(), spec.tokens.end(), token) -
                                  spec.tokens.begin());
    };
    spec.merges.push_back({id_of(left), id_of(right), static_cast<int32_t>(spec.tokens.size())});
    spec.tokens.push_back(left + right);
  }
  spec.patterns = std::move(patterns);
  return spec;
}

const std::vector<std::vector<SplitRule>> kPatterns = {
    {},
    {kGpt2Pattern},
    {kGpt4Pattern},
    {"\\p{N}", kGpt2Pattern},
    {{"\\s+", SplitBehavior::kRemoved, false}},
    {{"\\p{L}+", SplitBehavior::kRemoved, true}},
    {{"\\s", SplitBehavior::kContiguous, false}, kGpt2Pattern},
    {{" ", SplitBehavior::kMergedWithNext, false}},
    {{"[\\r\\n]", SplitBehavior::kMergedWithPrevious, false}},
    {{kGpt2Pattern, SplitBehavior::kMergedWithPrevious, true}},
    {"(?<!\\s)[a-z]+|."},
    {"\\bthe|."},
    {"(?m)^the|."},
    {"a(?=[^7]*7)|\\X"}};

TEST(TextParts, EveryPatternAndBehaviour) {
  for (const auto& patterns : kPatterns) {
    SCOPED_TRACE(patterns.empty() ? "no pattern" : patterns[0].pattern);
    try_texts(*make_bpe_tokenizer(spec_with(patterns)).value(), 150);
  }
  try_texts(*make_bytes_tokenizer(), 150);
}

TEST(TextParts, AddedTokensPrefixAndNormalForms) {
  for (const int flags : {0, 1, 2, 3, 4, 5, 6, 7, 8, 20, 31, 33, 55}) {
    for (const NormalForm form : {NormalForm::kNone, NormalForm::kNfc, NormalForm::kNfkd}) {
      SCOPED_TRACE(testing::Message() << "flags " << flags << ", form " << static_cast<int>(form));
      BpeSpec spec = spec_with({kGpt4Pattern});
      spec.normal_form = form;
      spec.prefix_space = (flags & 1) != 0;
      const bool normalized = (flags & 2) != 0;
      const auto add = [&](const char* content, bool special, bool lstrip, bool rstrip) {
        AddedToken token{static_cast<int32_t>(spec.tokens.size()), content, special};
        token.lstrip = lstrip;
        token.rstrip = rstrip;
        token.normalized = normalized;
        token.single_word = (flags & 8) != 0 && !special;
        spec.tokens.emplace_back(content);
        spec.added.push_back(token);
      };
      add("<a>", true, false, false);
      add("<a><b>", false, false, false);
      add("<s>", true, true, true);
      if ((flags & 4) != 0) {
        add("<l>", false, true, false);
        add("<r>", false, false, true);
      }
      if ((flags & 16) != 0) add("  ", false, false, false);
      if ((flags & 32) != 0) {
        spec.patterns.insert(spec.patterns.begin(), {"\\p{N}"});
        spec.prefix_behind = 1;
      }
      try_texts(*make_bpe_tokenizer(std::move(spec)).value(), 60);
    }
  }
}

// What is left over of a text stays small.
TEST(TextParts, MemoryDoesNotGrowWithTheText) {
  for (const auto& patterns : {kPatterns[1], kPatterns[2], kPatterns[3]}) {
    for (const NormalForm form : {NormalForm::kNone, NormalForm::kNfc}) {
      BpeSpec spec = spec_with(patterns);
      spec.normal_form = form;
      auto tokenizer = make_bpe_tokenizer(std::move(spec)).value();
      size_t added = 0, ids = 0;
      const auto encoder =
          tokenizer->encoder(SpecialText::kAsText, [&](std::span<const int32_t> some, size_t done) {
            ids += some.size();
            EXPECT_LE(added - done, 200000u);  // 65,536 ids at a time, each of a few bytes
            return Status::ok();
          });
      std::string part;
      while (part.size() < 50000) part += "the caf\xC3\xA9 of 2024 \xE4\xB8\xAD ";
      for (int i = 0; i < 40; ++i) {
        added += part.size();
        ASSERT_TRUE(encoder->add(part, false).is_ok());
      }
      EXPECT_GT(ids, 400000u);
    }
  }
}

TEST(TextParts, TheTrainerLearnsTheSame) {
  RandomStream draws(5, 0);
  for (const auto& patterns : kPatterns) {
    if (patterns.size() != 1 || patterns[0].behavior != SplitBehavior::kIsolated) continue;
    SCOPED_TRACE(patterns[0].pattern);
    const BpeTrainOptions options = {.vocab_size = 260, .pattern = patterns[0].pattern};
    auto whole = BpeTrainer::create(options).value(), parts = BpeTrainer::create(options).value();
    for (int i = 0; i < 20; ++i) {
      const std::string text = random_text(draws, 300);
      ASSERT_TRUE(whole->add(text).is_ok());
      for (size_t at = 0; at < text.size(); at += 7) {
        ASSERT_TRUE(parts->add(text.substr(at, 7), at + 7 >= text.size()).is_ok());
      }
    }
    EXPECT_EQ((*whole->train())->fingerprint(), (*parts->train())->fingerprint());
  }
}

// Documents, and of each whether it came in more than one part.
TEST(TextParts, LongDocumentsOfAFile) {
  test::TempDir dir;
  SourceOptions options;
  options.document_separator = "<end>";
  const std::string longest(3'000'000, 'x');
  // The second separator lies across the end of what a part holds.
  std::string text = "<end>" + longest + "<end>short<end><end>" + std::string((1 << 20) - 2, 'y') +
                     "<end>" + std::string(1 << 20, 'z') + "<end";
  auto source = open_source(dir.write("a.txt", text), options).value();
  std::vector<std::string> documents(1);
  size_t parts = 0;
  DocumentPart part;
  while (*source->next_part(&part)) {
    ++parts;
    EXPECT_LE(part.text.size(), size_t{1} << 21);
    documents.back() += part.text;
    if (part.last) documents.emplace_back();
  }
  EXPECT_EQ(parts, 6u);
  ASSERT_EQ(documents.size(), 5u);
  EXPECT_TRUE(documents[0] == longest);
  EXPECT_EQ(documents[1], "short");
  EXPECT_TRUE(documents[2] == std::string((1 << 20) - 2, 'y'));
  EXPECT_TRUE(documents[3] == std::string(1 << 20, 'z') + "<end");
  EXPECT_EQ(source->separators(), 5u);
  EXPECT_EQ(source->bytes_done(), text.size());

  source = open_source(dir / "a.txt", options).value();
  std::string_view document;
  for (size_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(*source->next(&document));
    EXPECT_TRUE(document == documents[i]) << i;
  }
  EXPECT_FALSE(*source->next(&document));
}

}  // namespace
}  // namespace raddle::data
