// SPDX-License-Identifier: Apache-2.0
// Damaged token shards, JSONL files and cursors: accepted or refused with a Status, never a crash.
#include <gtest/gtest.h>

#include <cstring>

#include "runtime/data/cursor.h"
#include "runtime/data/loader.h"
#include "runtime/data/source.h"
#include "runtime/data/token_shard.h"
#include "runtime/data/token_shard_format.h"
#include "runtime/data/token_shard_writer.h"
#include "tests/support/fuzz.h"
#include "tests/support/temporary_directory.h"

namespace raddle::data {
namespace {

std::string shard_bytes(const test::TemporaryDirectory& dir, int64_t vocab) {
  auto writer = TokenShardWriter::create(posix_file_system(), dir.file("seed"), vocab, 1).value();
  for (const int32_t length : {3, 1, 12}) {
    std::vector<int32_t> ids;
    for (int32_t i = 0; i < length; ++i) ids.push_back(i * 7 % static_cast<int32_t>(vocab));
    EXPECT_TRUE(writer->append(ids).is_ok());
    EXPECT_TRUE(writer->end_document().is_ok());
  }
  EXPECT_TRUE(writer->finish().is_ok());
  return *posix_file_system().read_all(dir.file("seed"));
}

// Makes the header's checksum true again, so that the checks behind it are reached too.
void repair_header(std::string& bytes) {
  if (bytes.size() < sizeof(TokenShardHeader)) return;
  const uint64_t hash = hash_bytes(bytes.data(), kTokenShardHashedHeader);
  std::memcpy(bytes.data() + kTokenShardHashedHeader, &hash, sizeof(hash));
}

TEST(Fuzz, TokenShard) {
  test::TemporaryDirectory dir;
  int accepted = 0, refused = 0;
  test::fuzz({shard_bytes(dir, 300), shard_bytes(dir, 100000)}, 1500, [&](std::string input) {
    if (input.size() % 4 != 0) repair_header(input);
    // By sizes alone a shard may hold any ids, and a loader over it must still be safe.
    auto shard = TokenShard::open(dir.write("x", input), VerifyShard::kSizes);
    test::expect_clean(shard.status());
    shard.is_ok() ? ++accepted : ++refused;
    if (!shard.is_ok()) return;
    test::expect_clean(TokenShard::open(dir.file("x"), VerifyShard::kContents).status());
    LoaderOptions options;
    options.capacity = 8;
    options.sequence_length = 4;
    auto loader = Loader::create({*shard}, options);
    test::expect_clean(loader.status());
    Batch batch(8);
    for (int i = 0; loader.is_ok() && i < 4; ++i)
      test::expect_clean((*loader)->next(batch).status());
  });
  EXPECT_GT(accepted, 0);
  EXPECT_GT(refused, 0);
}

TEST(Fuzz, Jsonl) {
  test::TemporaryDirectory dir;
  const std::vector<std::string> corpus = {
      "{\"text\":\"one\"}\n{\"id\":3,\"text\":\"tw\\u00e9\\n\",\"tags\":[1,{\"a\":null}]}\n",
      "\n\n{\"text\":\"\xE2\x82\xAC\"}", "{\"text\":1}\n", "[[[[{}]]]]\n\"text\"\n1e400\n"};
  test::fuzz(corpus, 4000, [&](const std::string& input) {
    auto source = open_source(dir.write("x.jsonl", input), {});
    test::expect_clean(source.status());
    std::string_view document;
    while (source.is_ok()) {
      auto more = (*source)->next(&document);
      test::expect_clean(more.status());
      if (!more.is_ok() || !*more) break;
    }
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
