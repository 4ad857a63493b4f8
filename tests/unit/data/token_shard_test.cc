// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/token_shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

#include "runtime/data/token_shard_format.h"
#include "runtime/data/token_shard_writer.h"
#include "runtime/data/tokenize.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string write_shard(const test::TempDir& dir, int64_t vocab,
                        const std::vector<std::vector<int32_t>>& documents) {
  const std::string path = dir / "shard.tok";
  auto writer = TokenShardWriter::create(posix_file_system(), path, vocab, 42);
  EXPECT_TRUE(writer.is_ok());
  for (const auto& document : documents) {
    EXPECT_TRUE((*writer)->append(document).is_ok());
    EXPECT_TRUE((*writer)->end_document().is_ok());
  }
  EXPECT_TRUE((*writer)->finish().is_ok());
  return path;
}

std::string read_file(const std::string& path) { return *posix_file_system().read_all(path); }

// The bytes of a shard with a header whose hash fits what was done to it.
std::string with_header(std::string bytes, const std::function<void(TokenShardHeader&)>& edit) {
  TokenShardHeader header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  edit(header);
  header.header_hash = hash_bytes(&header, kTokenShardHashedHeader);
  std::memcpy(bytes.data(), &header, sizeof(header));
  return bytes;
}

TEST(TokenShard, RoundTripsNarrowAndWideIds) {
  for (const int64_t vocab : {300, 65536, 65537, 200000}) {
    test::TempDir dir;
    const auto top = static_cast<int32_t>(vocab - 1);
    const std::string path = write_shard(dir, vocab, {{1, 2, top}, {}, {0}, {top, 5}});
    auto shard = TokenShard::open(path, VerifyShard::kContents);
    ASSERT_TRUE(shard.is_ok()) << shard.status().to_string();
    EXPECT_EQ((*shard)->token_bytes(), vocab <= 65536 ? 2 : 4);
    EXPECT_EQ((*shard)->token_count(), 6u);
    EXPECT_EQ((*shard)->document_count(), 3u);
    EXPECT_EQ((*shard)->tokenizer_fingerprint(), 42u);
    EXPECT_EQ((*shard)->document_end(1), 4u);
    std::vector<int32_t> all(6);
    ASSERT_TRUE((*shard)->copy(0, all).is_ok());
    EXPECT_THAT(all, ElementsAre(1, 2, top, 0, top, 5));
    EXPECT_EQ(posix_file_system().list(dir.path())->size(), 1u) << "something is left beside it";
  }
}

TEST(TokenShard, OneThatIsCutWhileInUseIsAnErrorAndNotASignal) {
  test::TempDir dir;
  const std::vector<int32_t> ids(100'000, 7);
  const std::string path = write_shard(dir, 300, {ids});
  const auto shard = *TokenShard::open(path, VerifyShard::kContents);
  std::vector<int32_t> out(1000);
  std::filesystem::resize_file(path, 4096);
  EXPECT_TRUE(shard->copy(0, out).is_ok());
  const Status status = shard->copy(90'000, out);
  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr(path));
  EXPECT_THAT(status.message(), HasSubstr("cut while it was in use"));
}

TEST(TokenShard, WriterRefusesIdsOutsideTheVocabularyAndLeavesNothing) {
  test::TempDir dir;
  {
    auto writer = TokenShardWriter::create(posix_file_system(), dir / "a", 10, 0);
    const std::vector<int32_t> ids = {3, 10};
    EXPECT_THAT((*writer)->append(ids).message(), HasSubstr("id 10"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(TokenShard, EveryFlippedBitIsRefused) {
  test::TempDir dir;
  const std::string good = read_file(write_shard(dir, 300, {{1, 2, 3, 4, 5}, {6, 7}}));
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    auto shard = TokenShard::open(dir.write("bad", bad), VerifyShard::kContents);
    EXPECT_FALSE(shard.is_ok()) << "bit " << bit;
  }
}

TEST(TokenShard, EveryTruncationAndAnyTailIsRefusedByItsSizes) {
  test::TempDir dir;
  const std::string good = read_file(write_shard(dir, 300, {{1, 2, 3, 4, 5}, {6, 7}}));
  for (size_t bytes = 0; bytes < good.size(); ++bytes) {
    auto shard = TokenShard::open(dir.write("bad", good.substr(0, bytes)), VerifyShard::kSizes);
    EXPECT_EQ(shard.status().code(), Code::kDataLoss) << bytes;
  }
  auto shard = TokenShard::open(dir.write("bad", good + "x"), VerifyShard::kSizes);
  EXPECT_THAT(shard.status().message(), HasSubstr("but the file has"));
}

TEST(TokenShard, ForgedHeadersAreRefusedByField) {
  test::TempDir dir;
  const std::string good = read_file(write_shard(dir, 300, {{1, 2, 3, 4, 5}, {6, 7}}));
  const auto refusal = [&](const std::function<void(TokenShardHeader&)>& edit) {
    return TokenShard::open(dir.write("bad", with_header(good, edit)), VerifyShard::kContents)
        .status()
        .message();
  };
  EXPECT_THAT(refusal([](auto& h) { h.version = 9; }), HasSubstr("field version is 9"));
  EXPECT_THAT(refusal([](auto& h) { h.token_bytes = 3; }), HasSubstr("field token_bytes is 3"));
  EXPECT_THAT(refusal([](auto& h) { h.vocab_size = 0; }), HasSubstr("field vocab_size is 0"));
  EXPECT_THAT(refusal([](auto& h) { h.vocab_size = 6; }), HasSubstr("is id 6; expected less than"));
  EXPECT_THAT(refusal([](auto& h) { h.token_count = ~uint64_t{0} / 2; }),
              HasSubstr("token_count 9223372036854775807"));
  EXPECT_THAT(refusal([](auto& h) { h.document_count = uint64_t{1} << 61; }),
              HasSubstr("more than 2^64"));
  EXPECT_THAT(refusal([](auto& h) {
                h.token_count = 3;
                h.document_count = 3;
              }),
              HasSubstr("document_ends[0]"));
}

TEST(Tokenize, BytesWithEndOfTextAndABackwardLook) {
  test::TempDir dir;
  auto tokenizer = *load_tokenizer(posix_file_system(), "bytes");
  const std::string a = dir.write("a.txt", "ab<|endoftext|>");
  const std::string b = dir.write("b.jsonl", "{\"text\":\"c\"}\n{\"text\":\"de\"}\n");
  std::vector<TokenizeProgress> seen;
  TokenizeOptions options;
  options.progress = [&](const TokenizeProgress& progress) { seen.push_back(progress); };
  auto result = tokenize_files(posix_file_system(), *tokenizer, {a, b}, dir / "out", options);
  ASSERT_TRUE(result.is_ok()) << result.status().to_string();
  EXPECT_EQ(result->documents, 3u);
  EXPECT_EQ(result->tokens, 15u + 1 + 1 + 1 + 2 + 1);  // the spelled special token stays text
  EXPECT_EQ(result->bytes_done, result->bytes_total);
  EXPECT_GE(seen.size(), 3u);
  auto shard = *TokenShard::open(dir / "out", VerifyShard::kContents);
  int32_t end = 0;
  ASSERT_TRUE(shard->copy(15, {&end, 1}).is_ok());
  EXPECT_EQ(end, 256);
  auto summary = inspect_shard(*shard, tokenizer.get(), 4);
  ASSERT_TRUE(summary.is_ok());
  EXPECT_EQ(summary->sample, "ab<|");
  EXPECT_EQ(summary->shortest_document, 2u);
  EXPECT_EQ(summary->longest_document, 16u);
  EXPECT_EQ(summary->length_histogram[1], 2u);  // 2 and 3 tokens
  EXPECT_EQ(summary->length_histogram[4], 1u);
}

TEST(Tokenize, CancelAndBadInputWriteNothing) {
  test::TempDir dir;
  auto tokenizer = *load_tokenizer(posix_file_system(), "bytes");
  const std::string a = dir.write("a.txt", "ab");
  StopToken stop;
  stop.cancel();
  TokenizeOptions options;
  options.stop = &stop;
  auto& fs = posix_file_system();
  EXPECT_EQ(tokenize_files(fs, *tokenizer, {a}, dir / "out", options).status().code(),
            Code::kCancelled);
  options.stop = nullptr;
  EXPECT_EQ(tokenize_files(fs, *tokenizer, {a, dir / "no"}, dir / "out", options).status().code(),
            Code::kNotFound);
  const std::string bad = dir.write("bad.jsonl", "{\"text\":\"c\"}\n{");
  EXPECT_EQ(tokenize_files(fs, *tokenizer, {bad}, dir / "out", options).status().code(),
            Code::kDataLoss);
  EXPECT_THAT(
      tokenize_files(fs, *tokenizer, {dir.write("e", "")}, dir / "out", options).status().message(),
      HasSubstr("e is empty (0 bytes)"));
  EXPECT_EQ(*fs.list(dir.path()), (std::vector<std::string>{"a.txt", "bad.jsonl", "e"}));
}

TEST(Tokenize, InspectWantsTheTokenizerThatWroteTheShard) {
  test::TempDir dir;
  auto shard = *TokenShard::open(write_shard(dir, 300, {{1, 2}}), VerifyShard::kContents);
  auto tokenizer = *load_tokenizer(posix_file_system(), "bytes");
  EXPECT_EQ(inspect_shard(*shard, tokenizer.get(), 4).status().code(), Code::kFailedPrecondition);
  EXPECT_TRUE(inspect_shard(*shard, nullptr, 4).is_ok());
}

}  // namespace
}  // namespace raddle::data
