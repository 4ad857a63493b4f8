// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "runtime/base/random.h"
#include "runtime/data/bpe_tokenizer.h"
#include "runtime/data/bpe_trainer.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/utf8.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Ids = std::vector<int32_t>;

// A tokenizer whose merges are given as words; ids are bytes, then merges in order.
std::shared_ptr<const Tokenizer> with_merges(
    const std::vector<std::pair<std::string, std::string>>& merges,
    std::vector<SplitRule> patterns = {}) {
  BpeSpec spec;
  spec.tokens = byte_tokens();
  spec.patterns = std::move(patterns);
  const auto id_of = [&](const std::string& token) {
    return static_cast<int32_t>(std::find(spec.tokens.begin(), spec.tokens.end(), token) -
                                spec.tokens.begin());
  };
  for (const auto& [left, right] : merges) {
    spec.merges.push_back({id_of(left), id_of(right), static_cast<int32_t>(spec.tokens.size())});
    spec.tokens.push_back(left + right);
  }
  return make_bpe_tokenizer(std::move(spec)).value();
}

std::string random_bytes(RandomStream& draws, size_t length) {
  static const std::vector<std::string> parts = {" ",
                                                 "  ",
                                                 "\n",
                                                 "\t",
                                                 "a",
                                                 "the",
                                                 "'s",
                                                 "'re",
                                                 "7",
                                                 "2024",
                                                 "\xC3\xA9",
                                                 "\xE4\xB8\xAD",
                                                 "\xF0\x9F\x98\x80",
                                                 "\xC2\xA0",
                                                 "!?",
                                                 "\xFF",
                                                 "\x80",
                                                 "\xE4\xB8",
                                                 "\0"};
  std::string text;
  while (text.size() < length) {
    const size_t i = draws.below(parts.size() + 1);
    text += i < parts.size() ? parts[i] : std::string(1, static_cast<char>(draws.below(256)));
  }
  return text;
}

std::shared_ptr<const Tokenizer> trained() {
  auto trainer = BpeTrainer::create({.vocab_size = 300, .least_count = 1}).value();
  EXPECT_TRUE(trainer
                  ->add("the theme of the thesis is that there are others in the thicket; "
                        "the other 2024 theories, don't they, 20 20 24 24")
                  .is_ok());
  return trainer->train().value();
}

// Shards are reused by it, so whatever may change an id changes it.
TEST(Fingerprint, CoversEachFieldThatChangesIds) {
  test::ExpectLog lacking("the vocabulary has no token for");
  const auto base = [] {
    BpeSpec spec;
    spec.tokens = byte_tokens();
    for (const char* token : {"he", "<a>", "eh"}) spec.tokens.emplace_back(token);
    spec.merges = {{'h', 'e', 256}};
    spec.added = {{257, "<a>", true}};
    spec.patterns = {"\\s"};
    spec.unk = 63;
    return spec;
  };
  using Change = void (*)(BpeSpec&);
  const std::pair<const char*, Change> changes[] = {
      {"nothing", [](BpeSpec&) {}},
      {"tokens", [](BpeSpec& s) { s.tokens[0].clear(); }},
      {"merges",
       [](BpeSpec& s) {
         s.merges[0] = {'e', 'h', 258};
       }},
      {"id", [](BpeSpec& s) { s.added[0].id = 258; }},
      {"content", [](BpeSpec& s) { s.added[0].content = "<b>"; }},
      {"special", [](BpeSpec& s) { s.added[0].special = false; }},
      {"lstrip", [](BpeSpec& s) { s.added[0].lstrip = true; }},
      {"rstrip", [](BpeSpec& s) { s.added[0].rstrip = true; }},
      {"single_word", [](BpeSpec& s) { s.added[0].single_word = true; }},
      {"normalized", [](BpeSpec& s) { s.added[0].normalized = true; }},
      {"in_vocab", [](BpeSpec& s) { s.added[0].in_vocab = true; }},
      {"normal_form", [](BpeSpec& s) { s.normal_form = NormalForm::kNfd; }},
      {"prefix_space", [](BpeSpec& s) { s.prefix_space = true; }},
      {"prefix_behind", [](BpeSpec& s) { s.prefix_space = (s.prefix_behind = 1) != 0; }},
      {"pattern", [](BpeSpec& s) { s.patterns[0].pattern = "x"; }},
      {"behavior", [](BpeSpec& s) { s.patterns[0].behavior = SplitBehavior::kRemoved; }},
      {"invert",
       [](BpeSpec& s) {
         s.patterns[0] = {"\\s", SplitBehavior::kRemoved, true};
       }},
      {"whole_words", [](BpeSpec& s) { s.whole_words = true; }},
      {"unk", [](BpeSpec& s) { s.unk = 64; }},
      {"no unk", [](BpeSpec& s) { s.unk.reset(); }},
      {"fuse_unk", [](BpeSpec& s) { s.fuse_unk = true; }}};
  std::map<uint64_t, std::string> names;
  for (const auto& [name, change] : changes) {
    BpeSpec spec = base();
    change(spec);
    const auto tokenizer = make_bpe_tokenizer(std::move(spec)).value();
    const auto [place, fresh] = names.emplace(tokenizer->fingerprint(), name);
    EXPECT_TRUE(fresh) << name << " and " << place->second;
  }
}

TEST(BytesTokenizer, IdsAreBytes) {
  auto tokenizer = *load_tokenizer(posix_file_system(), "bytes");
  EXPECT_EQ(tokenizer->name(), "bytes");
  EXPECT_EQ(tokenizer->vocab_size(), 257);
  EXPECT_EQ(tokenizer->special().eos, 256);
  EXPECT_THAT(*tokenizer->encode("a\xFF<|endoftext|>"), ElementsAre('a', 255, 256));
  EXPECT_EQ(tokenizer->encode("<|endoftext|>", SpecialText::kAsText)->size(), 13u);
  EXPECT_EQ(*tokenizer->decode(Ids{'h', 'i', 256}), "hi<|endoftext|>");
  EXPECT_THAT(tokenizer->decode(Ids{1, 257}).status().message(), HasSubstr("id 257 at position 1"));
  EXPECT_THAT(tokenizer->decode(Ids{-1}).status().message(), HasSubstr("id -1"));
}

TEST(Bpe, MergesByRankThenFromTheLeft) {
  // ids: ab 256, abc 257, bc 258.
  auto tokenizer = with_merges({{"a", "b"}, {"ab", "c"}, {"b", "c"}});
  EXPECT_THAT(*tokenizer->encode("abc"), ElementsAre(257));
  EXPECT_THAT(*tokenizer->encode("bc"), ElementsAre(258));
  EXPECT_THAT(*tokenizer->encode("xbcab"), ElementsAre('x', 258, 256));
  // "ab" is learned first, so "bc" cannot take the b.
  EXPECT_THAT(*tokenizer->encode("aabcc"), ElementsAre('a', 257, 'c'));
  auto runs = with_merges({{"a", "a"}, {"aa", "a"}});  // aa 256, aaa 257
  EXPECT_THAT(*runs->encode("aaaaa"), ElementsAre(256, 257));
  EXPECT_THAT(*runs->encode("aaaa"), ElementsAre(256, 256));
  EXPECT_THAT(*runs->encode("aaa"), ElementsAre(257));
}

TEST(Bpe, LongWordsEncodeAsShortOnesDo) {
  // The scan for short words and the queue for long ones must agree: a separator that no merge
  // crosses makes many short words one long one.
  auto tokenizer = with_merges(
      {{"a", "b"}, {"b", "a"}, {"ab", "a"}, {"ab", "ab"}, {"c", "a"}, {"abab", "ba"}, {"a", "a"}});
  RandomStream draws(5, 0);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    Ids expected;
    for (int i = 0; i < 12; ++i) {
      std::string word;
      for (uint64_t n = draws.below(20); n > 0; --n) word += "abc"[draws.below(3)];
      const Ids ids = *tokenizer->encode(word);
      expected.insert(expected.end(), ids.begin(), ids.end());
      expected.push_back('|');
      text += word + "|";
    }
    ASSERT_EQ(*tokenizer->encode(text), expected) << text;
  }
}

TEST(PreTokenizer, Gpt2Words) {
  const auto words = [](std::vector<SplitRule> patterns, std::string_view text) {
    auto tokenizer = PreTokenizer::create(std::move(patterns)).value();
    WordIterator iterator(*tokenizer);
    iterator.start(text);
    std::vector<std::string> out;
    for (std::string_view word; *iterator.next(&word);) out.emplace_back(word);
    return out;
  };
  EXPECT_THAT(words({kGpt2Pattern}, "Hello,  world's 123\n\n x"),
              ElementsAre("Hello", ",", " ", " world", "'s", " 123", "\n\n", " x"));
  EXPECT_THAT(words({kGpt2Pattern}, "caf\xC3\xA9 \xE4\xB8\xAD\xE6\x96\x87!"),
              ElementsAre("caf\xC3\xA9", " \xE4\xB8\xAD\xE6\x96\x87", "!"));
  EXPECT_THAT(words({"\\p{N}"}, "ab12c"), ElementsAre("ab", "1", "2", "c"));
  EXPECT_THAT(words({"\\p{N}+", kGpt2Pattern}, "ab 12c"), ElementsAre("ab", " ", "12", "c"));
  EXPECT_THAT(words({}, "ab 12"), ElementsAre("ab 12"));
  EXPECT_THAT(words({kGpt2Pattern}, ""), ElementsAre());
  EXPECT_THAT(words({"x*"}, "axb"), ElementsAre("a", "x", "b"));
  EXPECT_THAT(PreTokenizer::create({"a(b"}).status().message(), HasSubstr("\"a(b\""));
}

TEST(PreTokenizer, ARunawayPatternGivesUpWithAStatus) {
  auto tokenizer =
      make_bpe_tokenizer({.tokens = byte_tokens(), .patterns = {"(a+)+(a+)+(a+)+(a+)+$"}}).value();
  std::string text(2001, 'a');
  text.back() = 'b';
  const auto ids = tokenizer->encode(text);
  EXPECT_EQ(ids.status().code(), Code::kResourceExhausted);
  EXPECT_THAT(ids.status().message(), HasSubstr("gave up at byte 0"));
}

TEST(Tokenizers, EveryByteAndRandomTextRoundTrip) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const auto& tokenizer : {make_bytes_tokenizer(), trained(), with_merges({{"a", "b"}})}) {
    EXPECT_EQ(*tokenizer->decode(*tokenizer->encode(all)), all);
    EXPECT_EQ(*tokenizer->decode(*tokenizer->encode("")), "");
    RandomStream draws(9, 0);
    for (int round = 0; round < 300; ++round) {
      const std::string text = random_bytes(draws, 1 + draws.below(400));
      ASSERT_EQ(*tokenizer->decode(*tokenizer->encode(text)), text);
    }
  }
}

TEST(Tokenizers, AddedTokensAreTheLeftmostAndLongest) {
  BpeSpec spec;
  spec.tokens = byte_tokens();
  for (const char* text : {"<a>", "<a><b>", "  "}) spec.tokens.emplace_back(text);
  spec.added = {{256, "<a>", true}, {257, "<a><b>", true}, {258, "  ", false}};
  auto tokenizer = make_bpe_tokenizer(std::move(spec)).value();
  EXPECT_THAT(*tokenizer->encode("<a><a><b>x<"), ElementsAre(256, 257, 'x', '<'));
  EXPECT_THAT(*tokenizer->encode("<a>  b", SpecialText::kAsText),
              ElementsAre('<', 'a', '>', 258, 'b'));
}

TEST(Tokenizers, StreamsInBoundedPieces) {
  const std::string text(300000, 'x');
  for (const auto& tokenizer : {make_bytes_tokenizer(), with_merges({{"x", "y"}}, {"\\w\\w"})}) {
    size_t ids = 0, pieces = 0, before = 0;
    ASSERT_TRUE(tokenizer
                    ->encode_stream(text, SpecialText::kParse,
                                    [&](std::span<const int32_t> part, size_t bytes) {
                                      ids += part.size();
                                      ++pieces;
                                      EXPECT_EQ(bytes, ids);
                                      EXPECT_GE(bytes, before);
                                      EXPECT_LE(part.size(), 70000u);
                                      before = bytes;
                                      return Status::ok();
                                    })
                    .is_ok());
    EXPECT_EQ(ids, text.size());
    EXPECT_GE(pieces, 4u);
  }
}

TEST(Tokenizers, ThreadsMayShareOne) {
  auto tokenizer = trained();
  RandomStream draws(1, 1);
  const std::string text = random_bytes(draws, 20000);
  const Ids expected = *tokenizer->encode(text);
  std::vector<std::thread> threads;
  std::atomic<int> same{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) same += *tokenizer->encode(text) == expected;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(same, 20);
}

TEST(Tokenizers, BytesThatTheVocabularyLacksAreLeftOutOrUnknown) {
  BpeSpec spec;
  spec.tokens = byte_tokens();
  spec.tokens['A'] = "<none>";
  spec.added = {{'A', "<none>", true}};
  {
    test::ExpectLog expect("no token for 1 bytes that texts may hold, the first 0x41");
    EXPECT_THAT(*make_bpe_tokenizer(spec).value()->encode("xAAy"), ElementsAre('x', 'y'));
  }
  test::ExpectLog expect("it becomes the unknown token");
  spec.unk = 'A';
  EXPECT_THAT(*make_bpe_tokenizer(spec).value()->encode("xAAy"), ElementsAre('x', 'A', 'A', 'y'));
  spec.fuse_unk = true;
  EXPECT_THAT(*make_bpe_tokenizer(spec).value()->encode("xAAy"), ElementsAre('x', 'A', 'y'));
}

}  // namespace
}  // namespace raddle::data
