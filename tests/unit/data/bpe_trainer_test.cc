// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/bpe_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "runtime/base/random.h"
#include "runtime/data/bpe_tokenizer.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> learned(const Tokenizer& tokenizer) {
  std::vector<std::string> tokens;
  for (int32_t id = 256; id < tokenizer.vocab_size(); ++id) {
    tokens.emplace_back(tokenizer.token_bytes(id));
  }
  return tokens;
}

std::shared_ptr<const Tokenizer> train(std::string_view text, int64_t vocab, int64_t least = 2) {
  auto trainer = BpeTrainer::create({.vocab_size = vocab, .least_count = least}).value();
  EXPECT_TRUE(trainer->add(text).is_ok());
  return trainer->train().value();
}

TEST(BpeTrainer, AKnownCaseByHand) {
  // Words: "ab" once, " ab" twice, " abc" twice. Pairs: ab 5, ' a' 4, bc 2: ab = 256. Then ' ab' 4,
  // 'abc' 2: ' ab' = 257; then ' abc' 2 = 258. Nothing else occurs twice.
  EXPECT_THAT(learned(*train("ab ab ab abc abc", 260)),
              ElementsAre("ab", " ab", " abc", "<|endoftext|>"));
  // A tie, twice each: (a,b) has smaller ids than (x,y).
  EXPECT_THAT(learned(*train("xy\nab\nxy\nab", 258)), ElementsAre("ab", "<|endoftext|>"));
}

TEST(BpeTrainer, SaysWhenTheTextIsTooSmall) {
  test::ExpectLog expect("pairs for 3 merges only, of 743 asked for");
  EXPECT_EQ(train("ab ab ab abc abc", 1000)->vocab_size(), 260);
}

// The rule itself, counted anew for every merge.
std::vector<std::string> slow_train(const std::vector<std::string>& words, size_t merges) {
  std::vector<std::vector<int32_t>> texts;
  std::vector<std::string> tokens = byte_tokens();
  for (const std::string& word : words) {
    texts.emplace_back();
    for (const char byte : word) texts.back().push_back(static_cast<unsigned char>(byte));
  }
  while (tokens.size() < 256 + merges) {
    std::map<std::pair<int32_t, int32_t>, int64_t> counts;
    for (const auto& text : texts) {
      for (size_t i = 0; i + 1 < text.size(); ++i) ++counts[{text[i], text[i + 1]}];
    }
    auto best = counts.end();
    for (auto it = counts.begin(); it != counts.end(); ++it) {
      if (best == counts.end() || it->second > best->second) best = it;
    }
    if (best == counts.end() || best->second < 2) break;
    const auto [left, right] = best->first;
    for (auto& text : texts) {
      for (size_t i = 0; i + 1 < text.size(); ++i) {
        if (text[i] != left || text[i + 1] != right) continue;
        text[i] = static_cast<int32_t>(tokens.size());
        text.erase(text.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      }
    }
    tokens.push_back(tokens[size_t(left)] + tokens[size_t(right)]);
  }
  tokens.erase(tokens.begin(), tokens.begin() + 256);
  return tokens;
}

TEST(BpeTrainer, AgreesWithCountingAnew) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    RandomStream draws(seed, 0);
    std::vector<std::string> words;
    std::string text;
    for (int i = 0; i < 300; ++i) {
      std::string word = "\n";  // a newline before a letter is a word of its own
      words.push_back(word);
      word.clear();
      for (uint64_t n = 1 + draws.below(9); n > 0; --n) word += "aab"[draws.below(3)];
      words.push_back(word);
      text += "\n" + word;
    }
    auto expected = slow_train(words, 40);
    ASSERT_EQ(expected.size(), 40u);
    expected.emplace_back("<|endoftext|>");
    ASSERT_EQ(learned(*train(text, 256 + 41)), expected) << seed;
  }
}

TEST(BpeTrainer, TheOrderOfTextsDoesNotMatter) {
  const std::vector<std::string> texts = {"one fish two fish", "red fish blue fish", "\xFF fishes"};
  auto a = BpeTrainer::create({.vocab_size = 270}).value();
  auto b = BpeTrainer::create({.vocab_size = 270}).value();
  for (size_t i = 0; i < texts.size(); ++i) {
    ASSERT_TRUE(a->add(texts[i]).is_ok());
    ASSERT_TRUE(b->add(texts[texts.size() - 1 - i]).is_ok());
  }
  test::ExpectLog expect("the text has pairs for");
  EXPECT_EQ((*a->train())->fingerprint(), (*b->train())->fingerprint());
}

TEST(BpeTrainer, ReadsFilesAndCanBeCancelled) {
  test::TempDir dir;
  const std::string file = dir.write("a.jsonl", "{\"text\":\"aa aa\"}\n{\"text\":\"aa aa\"}\n");
  const auto tokenizer = train_bpe({file}, {}, {.vocab_size = 258});
  ASSERT_TRUE(tokenizer.is_ok());
  EXPECT_THAT(learned(**tokenizer), ElementsAre("aa", "<|endoftext|>"));
  const std::string empty = dir.write("empty.txt", ""), none = dir.write("none.jsonl", "\n\n");
  EXPECT_THAT(train_bpe({empty}, {}, {.vocab_size = 258}).status().message(),
              HasSubstr(empty + " is empty (0 bytes), so there is nothing to learn"));
  EXPECT_THAT(train_bpe({none}, {}, {.vocab_size = 258}).status().message(), HasSubstr(none));
  {
    test::ExpectLog expect(empty + " is empty (0 bytes); passed over");
    EXPECT_TRUE(train_bpe({empty, file}, {}, {.vocab_size = 258}).is_ok());
    EXPECT_THAT(train_bpe({empty, empty}, {}, {.vocab_size = 258}).status().message(),
                HasSubstr("none of"));
  }
  StopToken stop;
  stop.cancel();
  EXPECT_EQ(train_bpe({file}, {}, {.vocab_size = 258, .stop = &stop}).status().code(),
            Code::kCancelled);
  EXPECT_THAT(BpeTrainer::create({.vocab_size = 256}).status().message(), HasSubstr("257"));
  EXPECT_THAT(BpeTrainer::create({.pattern = "("}).status().message(), HasSubstr("split pattern"));
}

}  // namespace
}  // namespace raddle::data
