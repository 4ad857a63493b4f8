// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/ring.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace raddle::balance {
namespace {

int64_t area(int64_t tokens, int64_t degree, const ChunkPair& pair) {
  const int64_t queries = chunk_tokens(tokens, degree, pair.query_chunk).count();
  const int64_t keys = chunk_tokens(tokens, degree, pair.key_chunk).count();
  return pair.diagonal ? queries * (queries + 1) / 2 : queries * keys;
}

// How often each (query, key) is computed, over all parts and hops.
std::vector<int> covered(int64_t tokens, int64_t degree, bool causal) {
  std::vector<int> times(static_cast<size_t>(tokens * tokens), 0);
  for (int64_t part = 0; part < degree; ++part) {
    for (int64_t hop = 0; hop < degree; ++hop) {
      const RingHop ring = ring_hop(degree, part, hop, causal);
      for (const ChunkPair& pair : ring.pairs()) {
        const TokenRange queries = chunk_tokens(tokens, degree, pair.query_chunk);
        const TokenRange keys = chunk_tokens(tokens, degree, pair.key_chunk);
        for (int64_t q = queries.begin; q < queries.end; ++q) {
          const int64_t end = pair.diagonal ? q + 1 : keys.end;
          for (int64_t k = keys.begin; k < end; ++k) ++times[static_cast<size_t>(q * tokens + k)];
        }
      }
    }
  }
  return times;
}

TEST(Ring, EachVisiblePairOnce) {
  for (const int64_t degree : {1, 2, 3, 5, 6}) {
    for (const int64_t tokens : {0, 1, 2, 5, 12, 37, 60}) {
      for (const bool causal : {true, false}) {
        SCOPED_TRACE(testing::Message() << degree << " parts of " << tokens << " " << causal);
        const std::vector<int> times = covered(tokens, degree, causal);
        for (int64_t at = 0; at < tokens * tokens; ++at) {
          const bool visible = !causal || at % tokens <= at / tokens;
          ASSERT_EQ(times[static_cast<size_t>(at)], visible ? 1 : 0) << at;
        }
      }
    }
  }
}

// Chunks have k or k + 1 tokens; a hop is two squares of them, or one and two triangles.
TEST(Ring, AreasAreEqualUpToRounding) {
  for (const int64_t degree : {1, 2, 3, 5, 6, 32}) {
    for (const int64_t tokens : {0, 1, 7, 60, 961, 1920}) {
      const int64_t k = tokens / (2 * degree);
      const bool even = tokens % (2 * degree) == 0;
      for (int64_t part = 0; part < degree; ++part) {
        for (int64_t hop = 0; hop < degree; ++hop) {
          SCOPED_TRACE(testing::Message() << degree << " " << tokens << " " << part << " " << hop);
          int64_t sum = 0;
          const RingHop ring = ring_hop(degree, part, hop, true);
          for (const ChunkPair& pair : ring.pairs()) {
            sum += area(tokens, degree, pair);
          }
          const int64_t own = hop == 0 ? 1 : 0;  // the diagonals have k more in all
          const int64_t n = even ? k : k + 1;
          EXPECT_GE(sum, 2 * k * k + own * k);
          EXPECT_LE(sum, 2 * n * n + own * n);
        }
      }
    }
  }
}

// Whoever overwrites and adds as told has written each result before adding to it.
TEST(Ring, OpensBeforeItAdds) {
  for (const int64_t degree : {1, 2, 3, 6}) {
    for (const bool causal : {true, false}) {
      for (int64_t part = 0; part < degree; ++part) {
        std::set<int32_t> queries;
        for (int64_t hop = 0; hop < degree; ++hop) {
          std::set<int32_t> keys;
          const RingHop now = ring_hop(degree, part, hop, causal);
          for (const ChunkPair& pair : now.pairs()) {
            EXPECT_EQ(pair.opens_query, queries.insert(pair.query_chunk).second);
            EXPECT_EQ(pair.opens_key, keys.insert(pair.key_chunk).second);
          }
          EXPECT_TRUE(hop > 0 || keys.size() == 2);
        }
        EXPECT_EQ(queries.size(), 2u);
      }
    }
  }
}

TEST(Ring, KeysGoRoundAndTheListIsByHand) {
  const RingHop own = ring_hop(3, 1, 0, true);
  EXPECT_EQ(own.key_part, 1);
  ASSERT_EQ(own.count, 3);
  EXPECT_EQ(own.list[0], (ChunkPair{1, 1, true, true, true}));
  EXPECT_EQ(own.list[1], (ChunkPair{4, 1, false, true, false}));
  EXPECT_EQ(own.list[2], (ChunkPair{4, 4, true, false, true}));
  const RingHop earlier = ring_hop(3, 1, 1, true);
  EXPECT_EQ(earlier.key_part, 0);
  ASSERT_EQ(earlier.count, 2);
  EXPECT_EQ(earlier.list[0], (ChunkPair{1, 0, false, false, true}));
  EXPECT_EQ(earlier.list[1], (ChunkPair{4, 0, false, false, false}));
  const RingHop later = ring_hop(3, 1, 2, true);
  EXPECT_EQ(later.key_part, 2);
  ASSERT_EQ(later.count, 2);
  EXPECT_EQ(later.list[0], (ChunkPair{4, 2, false, false, true}));
  EXPECT_EQ(later.list[1], (ChunkPair{4, 3, false, false, true}));
}

}  // namespace
}  // namespace raddle::balance
