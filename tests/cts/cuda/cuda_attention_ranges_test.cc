// SPDX-License-Identifier: Apache-2.0
// The index arithmetic of the attention kernels, on the host: each pair of query and key that the
// mask allows is visited exactly once, whatever sequences the tiles span, and each element of a
// tile is held by exactly one thread.
#include <gtest/gtest.h>

#include <map>
#include <vector>

#define RADDLE_CUDA_DEVICE inline
#include "kernels/cuda/attention/parameters.h"
#include "kernels/cuda/attention/ranges.h"
#include "runtime/base/random.h"

namespace raddle::cuda {
namespace {

// cu_seqlens of rows + 1 entries with empty sequences between others, and padding at the end.
std::vector<int32_t> draw_cu_seqlens(RandomStream& random, int rows) {
  std::vector<int32_t> cu = {0};
  const int padding =
      static_cast<int>(random.below(4)) == 0 ? static_cast<int>(random.below(70)) : 0;
  const int valid = padding < rows ? rows - padding : 0;
  while (cu.back() < valid && static_cast<int>(cu.size()) < rows) {
    const int longest = random.below(2) == 0 ? 5 : 150;
    const int end = cu.back() + static_cast<int>(random.below(static_cast<uint64_t>(longest)));
    cu.push_back(end < valid ? end : valid);
  }
  cu.resize(static_cast<size_t>(rows) + 1, valid);
  cu.back() = valid;
  return cu;
}

// Which sequence a row is in, the plain way; -1: padding.
int plain_sequence(const std::vector<int32_t>& cu, int row) {
  for (size_t s = 0; s + 1 < cu.size(); ++s) {
    if (row >= cu[s] && row < cu[s + 1]) return static_cast<int>(s);
  }
  return -1;
}

using Visits = std::vector<int>;  // of (query, key)

// As a block does: rows of a tile stay, `steps` of the other side come at a time.
template <RowRange seen_by(RowRange, int, bool)>
void walk_tiles(const std::vector<int32_t>& cu, int rows, TileShape shape, bool causal,
                bool rows_are_keys, Visits& visits) {
  for (int tile = 0; tile < rows; tile += shape.rows) {
    const int valid = rows_in_tile(tile, shape.rows, cu.back());
    const auto range_of = [&](int row) {
      return seen_by(sequence_of(cu.data(), rows, row), row, causal);
    };
    if (valid == 0) continue;
    const RowRange walk = walk_of(range_of(tile), range_of(tile + valid - 1));
    for (int first = walk.begin; first < walk.end; first += shape.steps) {
      for (int row = tile; row < tile + valid; ++row) {
        const RowRange visible = range_of(row);
        for (int thread = 0; thread < kNeighbours; ++thread) {
          for (int j = 0; j < shape.steps / kNeighbours; ++j) {
            const int step = first + score_column(thread, j);
            if (!contains(visible, step)) continue;
            const int query = rows_are_keys ? step : row, key = rows_are_keys ? row : step;
            ++visits[static_cast<size_t>(query * rows + key)];
          }
        }
      }
    }
  }
}

Visits plain_visits(const std::vector<int32_t>& cu, int rows, bool causal) {
  Visits visits(static_cast<size_t>(rows) * static_cast<size_t>(rows));
  for (int query = 0; query < rows; ++query) {
    const int sequence = plain_sequence(cu, query);
    for (int key = 0; key < rows && sequence >= 0; ++key) {
      const bool allowed = plain_sequence(cu, key) == sequence && (!causal || key <= query);
      visits[static_cast<size_t>(query * rows + key)] = allowed ? 1 : 0;
    }
  }
  return visits;
}

TEST(AttentionRanges, EachPairThatTheMaskAllowsIsVisitedOnce) {
  RandomStream random(20261128, 1);
  for (int round = 0; round < 60; ++round) {
    const int rows = 1 + static_cast<int>(random.below(300));
    const std::vector<int32_t> cu = draw_cu_seqlens(random, rows);
    for (const bool causal : {true, false}) {
      const Visits expected = plain_visits(cu, rows, causal);
      for (const TileShape shape : {kForward64, kBackward80, kBackward128}) {
        Visits by_queries(expected.size()), by_keys(expected.size());
        walk_tiles<keys_of>(cu, rows, shape, causal, false, by_queries);
        walk_tiles<queries_of>(cu, rows, shape, causal, true, by_keys);
        ASSERT_EQ(by_queries, expected) << "round " << round << ", " << rows << " rows";
        ASSERT_EQ(by_keys, expected) << "round " << round << ", " << rows << " rows";
      }
    }
  }
}

TEST(AttentionRanges, OutputColumnsCoverARowOnce) {
  for (int columns = 16; columns <= 256; columns += 16) {
    std::vector<int> held(static_cast<size_t>(columns));
    for (int thread = 0; thread < kNeighbours; ++thread) {
      for (int e = 0; e < columns / kNeighbours; ++e) {
        const int column = output_column(columns, thread, e);
        ASSERT_GE(column, 0);
        ASSERT_LT(column, columns);
        ++held[static_cast<size_t>(column)];
      }
    }
    EXPECT_EQ(held, std::vector<int>(held.size(), 1)) << columns << " columns";
  }
}

TEST(AttentionRanges, BlocksHaveDistinctTasks) {
  constexpr int kTiles = 5, kHeads = 3, kChunks = 2;
  for (const bool last_first : {true, false}) {
    std::map<std::vector<int>, int> tasks;
    for (int64_t block = 0; block < kTiles * kHeads * kChunks; ++block) {
      const BlockTask task = block_task(block, kTiles, kHeads, kChunks, last_first);
      EXPECT_TRUE(task.tile >= 0 && task.tile < kTiles && task.head >= 0 && task.head < kHeads &&
                  task.chunk >= 0 && task.chunk < kChunks);
      ++tasks[{task.tile, task.head, task.chunk}];
    }
    EXPECT_EQ(tasks.size(), size_t{kTiles * kHeads * kChunks});
    EXPECT_EQ(block_task(0, kTiles, kHeads, kChunks, last_first).tile, last_first ? kTiles - 1 : 0);
  }
}

TEST(AttentionRanges, OwnChunkComesLast) {
  for (int chunks = 1; chunks <= 4; ++chunks) {
    for (int own = 0; own < chunks; ++own) {
      std::vector<int> seen(static_cast<size_t>(chunks));
      for (int step = 0; step < chunks; ++step) {
        ++seen[static_cast<size_t>(chunk_at(step, own, chunks))];
      }
      EXPECT_EQ(seen, std::vector<int>(seen.size(), 1));
      EXPECT_EQ(chunk_at(chunks - 1, own, chunks), own);
    }
  }
}

TEST(AttentionRanges, SplitsCoverTheCacheOnce) {
  for (const int visible : {1, 255, 256, 257, 1000}) {
    int next = 0;
    for (int split = 0; split < 6; ++split) {
      const RowRange keys = keys_of_split(split, 256, visible);
      EXPECT_EQ(keys.begin == keys.end, split >= splits_of(visible, 256));
      if (keys.begin == keys.end) continue;
      EXPECT_EQ(keys.begin, next);
      next = keys.end;
    }
    EXPECT_EQ(next, visible);
  }
}

}  // namespace
}  // namespace raddle::cuda
