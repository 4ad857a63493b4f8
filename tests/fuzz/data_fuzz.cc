// SPDX-License-Identifier: Apache-2.0
// Damaged token shards, JSONL files, tokenizers and cursors: accepted or refused with a Status,
// never a crash.
#include <gtest/gtest.h>

#include <cstring>

#include "runtime/data/bpe_tokenizer.h"
#include "runtime/data/cursor.h"
#include "runtime/data/loader.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/source.h"
#include "runtime/data/special_tokens.h"
#include "runtime/data/token_shard.h"
#include "runtime/data/token_shard_format.h"
#include "runtime/data/token_shard_writer.h"
#include "runtime/data/tokenizer_json.h"
#include "tests/support/fuzz.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

std::string shard_bytes(const test::TempDir& dir, int64_t vocab, bool weighted = false) {
  auto writer = TokenShardWriter::create(posix_file_system(), dir / "seed", vocab, 1).value();
  for (const int32_t length : {3, 1, 12}) {
    std::vector<int32_t> ids;
    for (int32_t i = 0; i < length; ++i) ids.push_back(i * 7 % static_cast<int32_t>(vocab));
    EXPECT_TRUE(writer->append(ids, weighted && length > 1 ? 0.5f : 1.0f).is_ok());
    if (weighted) {
      EXPECT_TRUE(writer->append(ids, 0).is_ok());
    }
    EXPECT_TRUE(writer->end_document().is_ok());
  }
  EXPECT_TRUE(writer->finish().is_ok());
  std::string bytes = *posix_file_system().read_all(dir / "seed");
  EXPECT_TRUE(posix_file_system().remove_all(dir / "seed").is_ok());
  return bytes;
}

// Makes the header's checksum true again, so that the checks behind it are reached too.
void repair_header(std::string& bytes) {
  if (bytes.size() < sizeof(TokenShardHeader)) return;
  const uint64_t hash = hash_bytes(bytes.data(), kTokenShardHashedHeader);
  std::memcpy(bytes.data() + kTokenShardHashedHeader, &hash, sizeof(hash));
}

TEST(Fuzz, TokenShard) {
  test::TempDir dir;
  int accepted = 0, refused = 0;
  const std::vector<std::string> corpus = {shard_bytes(dir, 300), shard_bytes(dir, 100000),
                                           shard_bytes(dir, 300, true)};
  test::fuzz(corpus, 9000, [&](std::string input) {
    if (input.size() % 4 != 0) repair_header(input);
    // By sizes alone a shard may hold any ids, and a loader over it must still be safe.
    auto shard = TokenShard::open(dir.write("x", input), VerifyShard::kSizes);
    test::expect_clean(shard.status());
    shard.is_ok() ? ++accepted : ++refused;
    if (!shard.is_ok()) return;
    test::expect_clean(TokenShard::open(dir / "x", VerifyShard::kContents).status());
    LoaderOptions options;
    options.capacity = 8;
    options.sequence_length = 4;
    auto loader = Loader::create({*shard}, options);
    test::expect_clean(loader.status());
    Batch batch(8);
    for (int i = 0; loader.is_ok() && i < 4; ++i) {
      test::expect_clean((*loader)->next(batch).status());
      test::expect_clean((*loader)->next_step(2, {i % 2, 2}, {&batch, 1}).status());
    }
  });
  EXPECT_GT(accepted, 0);
  EXPECT_GT(refused, 0);
}

TEST(Fuzz, Jsonl) {
  test::TempDir dir;
  const std::vector<std::string> corpus = {
      "{\"id\":\"q\",\"text\":\"one\"}\n{\"text\":\"a\",\"id\":\"\"}",
      "{\"text\":\"one\"}\n{\"id\":3,\"text\":\"tw\\u00e9\\n\",\"tags\":[1,{\"a\":null}]}\n",
      "\n\n{\"text\":\"\xE2\x82\xAC\"}", "{\"text\":1}\n", "[[[[{}]]]]\n\"text\"\n1e400\n"};
  test::fuzz(corpus, 15000, [&](const std::string& input) {
    SourceOptions options;
    if (input.size() % 2 != 0) options.prompt_field = "id";
    auto source = open_source(dir.write("x.jsonl", input), options);
    test::expect_clean(source.status());
    std::string_view document;
    while (source.is_ok()) {
      auto more = (*source)->next(&document);
      test::expect_clean(more.status());
      if (!more.is_ok() || !*more) break;
    }
  });
}

TEST(Fuzz, TokenizerJson) {
  BpeSpec spec;
  spec.tokens = byte_tokens();
  for (const char* token : {"ab", " ab", "<|x|>"}) spec.tokens.emplace_back(token);
  spec.merges = {{'a', 'b', 256}, {' ', 256, 257}};
  spec.added = {{258, "<|x|>", true}};
  spec.patterns = {kGpt2Pattern};
  int accepted = 0;
  test::ExpectLog lacking("the vocabulary has no token for");
  test::fuzz({tokenizer_to_json(spec), make_bytes_tokenizer()->to_json()}, 2500,
             [&](const std::string& input) {
               auto read = tokenizer_from_json(input, "x");
               test::expect_clean(read.status());
               if (!read.is_ok()) return;
               auto tokenizer = make_bpe_tokenizer(std::move(*read));
               test::expect_clean(tokenizer.status());
               if (!tokenizer.is_ok()) return;
               ++accepted;
               test::expect_clean((*tokenizer)->encode("ab ab<|x|>\xFF 12 caf\xC3\xA9").status());
             });
  EXPECT_GT(accepted, 2);
}

TEST(Fuzz, TokenizerConfig) {
  test::ExpectLog lacking("which the tokenizer.json does not have");
  test::ExpectLog other("add_bos_token is true, but the tokenizer.json's post_processor");
  test::fuzz(
      {R"({"bos_token": "<|x|>", "eos_token": {"content": "<|x|>"}, "add_bos_token": true})"},
      20000, [&](const std::string& input) {
        BpeSpec spec;
        spec.added = {{0, "<|x|>", true}};
        test::expect_clean(
            find_special_tokens({{"tokenizer_config.json", input}, {"config.json", input}}, "x",
                                FilesFrom::kAnyTool, spec));
      });
}

TEST(Fuzz, Text) {
  auto tokenizer =
      make_bpe_tokenizer({.tokens = byte_tokens(), .patterns = {kGpt2Pattern}}).value();
  test::fuzz({"don't 12 \xC3\xA9\xE4\xB8\xAD \xF0\x9F\x98\x80\n\n x", "\xFF\xFE\x00 a"}, 20000,
             [&](const std::string& input) {
               const auto ids = tokenizer->encode(input);
               ASSERT_TRUE(ids.is_ok());
               ASSERT_EQ(*tokenizer->decode(*ids), input);
             });
}

TEST(Fuzz, Cursor) {
  const LoaderIdentity identity;
  const Cursor cursor{2, 3, 4, 5};
  test::fuzz({cursor_to_json(cursor, identity)}, 20000, [&](const std::string& input) {
    test::expect_clean(cursor_from_json(input, identity).status());
  });
}

}  // namespace
}  // namespace raddle::data
