// SPDX-License-Identifier: Apache-2.0
// Weights of tokens: how they lie in a shard, and how they reach the rows of a batch.
#include "runtime/data/token_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "runtime/base/random.h"
#include "runtime/data/loader.h"
#include "runtime/data/token_shard_format.h"
#include "runtime/data/token_shard_writer.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Run {
  size_t tokens;
  float weight;
};
using Document = std::vector<Run>;

// Token i of the whole file has id i.
std::string write_shard(const test::TempDir& dir, const std::vector<Document>& documents,
                        const std::string& name = "shard.tok") {
  auto writer = TokenShardWriter::create(posix_file_system(), dir / name, 60000, 42).value();
  int32_t next = 0;
  for (const Document& document : documents) {
    for (const Run& run : document) {
      std::vector<int32_t> ids(run.tokens);
      for (int32_t& id : ids) id = next++;
      EXPECT_TRUE(writer->append(ids, run.weight).is_ok());
    }
    EXPECT_TRUE(writer->end_document().is_ok());
  }
  EXPECT_TRUE(writer->finish().is_ok());
  return dir / name;
}

std::shared_ptr<const TokenShard> open_shard(const std::string& path) {
  auto shard = TokenShard::open(path, VerifyShard::kContents);
  EXPECT_TRUE(shard.is_ok()) << shard.status().to_string();
  return *shard;
}

std::vector<float> weights_of(const TokenShard& shard) {
  std::vector<float> out(shard.token_count());
  shard.weights().copy(0, out);
  return out;
}

std::string whole_file(const std::string& path) { return *posix_file_system().read_all(path); }

TEST(TokenWeights, RunsAnswerForEveryRange) {
  RandomStream draws(1, 1);
  for (int round = 0; round < 50; ++round) {
    TokenWeights weights;
    std::vector<float> all;
    for (int i = 0; i < 12; ++i) {
      const uint64_t tokens = 1 + draws.below(5);
      const float weight = static_cast<float>(draws.below(3)) * 0.5f;
      weights.append(tokens, weight);
      all.insert(all.end(), tokens, weight);
    }
    ASSERT_EQ(weights.ends().back(), all.size());
    const TokenWeights read(weights.ends(), weights.weights());
    for (size_t begin = 0; begin <= all.size(); ++begin) {
      for (size_t end = begin; end <= all.size(); ++end) {
        const std::vector<float> expected(all.begin() + long(begin), all.begin() + long(end));
        std::vector<float> got(end - begin);
        read.copy(begin, got);
        ASSERT_EQ(got, expected);
        const auto count =
            std::count_if(expected.begin(), expected.end(), [](float w) { return w > 0; });
        ASSERT_EQ(read.count(begin, end), uint64_t(count));
        ASSERT_EQ(weights.count(begin, end), uint64_t(count));
      }
    }
  }
  EXPECT_TRUE(TokenWeights().all_one());
  EXPECT_EQ(TokenWeights().count(3, 7), 4u);
}

TEST(TokenWeights, AShardKeepsThem) {
  test::TempDir dir;
  for (const size_t more : {0, 1, 2, 3}) {  // runs, so that their padding is there and is not
    std::vector<Document> documents = {{{3, 0}, {2, 1}}, {{1, 0.25f}, {4, 1}}};
    std::vector<float> expected = {0, 0, 0, 1, 1, 0.25f, 1, 1, 1, 1};
    for (size_t i = 0; i < more; ++i) {
      documents.push_back({{1, float(i) + 2}});
      expected.push_back(float(i) + 2);
    }
    const auto shard = open_shard(write_shard(dir, documents, "s" + std::to_string(more)));
    EXPECT_EQ(weights_of(*shard), expected);
    EXPECT_EQ(shard->weights().ends().size(), 4 + more);
    EXPECT_EQ(shard->weights().count(0, shard->token_count()), 7 + more);
    std::vector<int32_t> ids(3);
    ASSERT_TRUE(shard->copy(4, ids).is_ok());
    EXPECT_THAT(ids, ElementsAre(4, 5, 6));
  }
}

TEST(TokenWeights, AShardWithoutThemIsAsItAlwaysWas) {
  test::TempDir dir;
  const std::string plain = whole_file(write_shard(dir, {{{3, 1}, {2, 1}}, {{4, 1}}}));
  EXPECT_EQ(plain.size(), 64u + 24 + 16);
  uint32_t version;
  std::memcpy(&version, plain.data() + 8, sizeof(version));
  EXPECT_EQ(version, 1u);
  const auto shard = open_shard(dir / "shard.tok");
  EXPECT_TRUE(shard->weights().all_one());
  EXPECT_THAT(weights_of(*shard), Each(1.0f));
  const auto weighted = open_shard(write_shard(dir, {{{3, 1}, {2, 1}}, {{4, 0}}}, "weighted"));
  EXPECT_NE(weighted->content_hash(), shard->content_hash());
}

TEST(TokenWeights, TheWriterRefusesWhatIsNoWeight) {
  test::TempDir dir;
  auto writer = TokenShardWriter::create(posix_file_system(), dir / "a", 10, 0).value();
  const std::vector<int32_t> ids = {3, 4};
  for (const float bad : {-1.0f, std::nanf(""), std::numeric_limits<float>::infinity()}) {
    const Status status = writer->append(ids, bad);
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr("the weight of tokens 0 to 1 is"));
  }
}

TEST(TokenWeights, EveryFlippedBitAndTruncationIsRefused) {
  test::TempDir dir;
  const std::string good = whole_file(write_shard(dir, {{{3, 0}, {2, 1}}, {{1, 0.5f}}}));
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    auto shard = TokenShard::open(dir.write("bad", bad), VerifyShard::kContents);
    EXPECT_FALSE(shard.is_ok()) << "bit " << bit;
  }
  for (size_t bytes = 0; bytes < good.size(); ++bytes) {
    auto shard = TokenShard::open(dir.write("bad", good.substr(0, bytes)), VerifyShard::kSizes);
    EXPECT_EQ(shard.status().code(), Code::kDataLoss) << bytes;
  }
  EXPECT_FALSE(TokenShard::open(dir.write("bad", good + "x"), VerifyShard::kSizes).is_ok());
}

// 5 tokens and a document, then 2 runs: ends at byte 88, weights at 104, their count at 112.
TEST(TokenWeights, ForgedRunsAreRefusedByField) {
  test::TempDir dir;
  const std::string good = whole_file(write_shard(dir, {{{3, 0}, {2, 1}}}));
  ASSERT_EQ(good.size(), 120u);
  const auto refusal = [&](size_t at, auto value) {
    std::string bad = good;
    std::memcpy(bad.data() + at, &value, sizeof(value));
    return TokenShard::open(dir.write("bad", bad), VerifyShard::kSizes).status().message();
  };
  EXPECT_EQ(refusal(88, uint64_t{3}), "");
  EXPECT_THAT(refusal(88, uint64_t{0}), HasSubstr("weight_run_ends[0] is 0; expected more than 0"));
  EXPECT_THAT(refusal(88, uint64_t{6}), HasSubstr("weight_run_ends[0] is 6"));
  EXPECT_THAT(refusal(96, uint64_t{3}), HasSubstr("weight_run_ends[1] is 3; expected more than 3"));
  EXPECT_THAT(refusal(96, uint64_t{4}), HasSubstr("ends at token 4, but token_count is 5"));
  EXPECT_THAT(refusal(104, -0.5f), HasSubstr("weight_run_weights[0] (tokens 0 to 2) is -0.5"));
  EXPECT_THAT(refusal(108, std::nanf("")),
              HasSubstr("weight_run_weights[1] (tokens 3 to 4) is nan"));
  EXPECT_THAT(refusal(108, INFINITY), HasSubstr("is inf; expected a finite weight"));
  EXPECT_THAT(refusal(112, uint64_t{0}), HasSubstr("weight_run_count is 0"));
  EXPECT_THAT(refusal(112, uint64_t{3}), HasSubstr("weight_run_count 3 ask for"));
  EXPECT_THAT(refusal(112, ~uint64_t{0} / 8), HasSubstr("more than 2^64"));
  EXPECT_THAT(refusal(112, ~uint64_t{0}), HasSubstr("more than 2^64"));
}

LoaderOptions options(int64_t capacity, int64_t length) {
  LoaderOptions result;
  result.capacity = capacity;
  result.sequence_length = length;
  result.seed = 3;
  return result;
}

// Weights at random; every row has that of its target, however its piece is cut and packed.
TEST(TokenWeights, ReachTheRowsOfABatchWithTheirTargets) {
  test::TempDir dir;
  RandomStream draws(2, 1);
  std::vector<Document> documents;
  for (int d = 0; d < 80; ++d) {
    documents.emplace_back();
    for (uint64_t runs = 1 + draws.below(5); runs > 0; --runs) {
      documents.back().push_back({1 + draws.below(20), float(draws.below(4)) * 0.5f});
    }
  }
  const auto shard = open_shard(write_shard(dir, documents));
  const std::vector<float> weights = weights_of(*shard);
  for (const auto& [capacity, length] :
       std::vector<std::pair<int, int>>{{64, 64}, {40, 13}, {7, 3}}) {
    auto loader = Loader::create({shard}, options(capacity, length)).value();
    std::vector<int> seen(weights.size());
    Batch batch(capacity);
    const uint64_t epoch = loader->epoch_tokens();
    uint64_t rows = 0, weighted = 0;
    while (rows < epoch) {
      ASSERT_TRUE(*loader->next(batch));
      double sum = 0;
      for (size_t row = 0; row < size_t(batch.token_count) && rows < epoch; ++row, ++rows) {
        const auto id = size_t(batch.tokens[row]);
        sum += batch.weights[row];
        if (batch.targets[row] == 0) {  // no target; id 0 is a document's first
          ASSERT_EQ(batch.weights[row], 0);
          continue;
        }
        ASSERT_EQ(batch.targets[row], id + 1);
        ASSERT_EQ(batch.weights[row], weights[id + 1]) << id;
        weighted += batch.weights[row] > 0;
        ++seen[id + 1];
        const bool last = std::count(batch.cu_seqlens.begin(), batch.cu_seqlens.end(), row + 1) > 0;
        ASSERT_EQ(batch.mtp_weights[row], last ? 0 : batch.weights[row + 1]);
      }
      if (rows < epoch) {
        ASSERT_EQ(batch.weight_sum, sum);
      }
    }
    EXPECT_EQ(weighted, loader->epoch_targets());
    // Each token that counts is a target once; the first of a document never is.
    size_t first = 0;
    for (size_t i = 0, d = 0; i < seen.size(); ++i) {
      const bool begins = i == first;
      if (begins) first = shard->document_end(d++);
      if (weights[i] > 0) {
        ASSERT_EQ(seen[i], begins ? 0 : 1) << i;
      }
    }
  }
}

TEST(TokenWeights, PiecesWithNothingToLearnAreLeftOut) {
  test::TempDir dir;
  const auto shard = open_shard(write_shard(dir, {{{100, 0}, {3, 1}}, {{20, 0}}, {{4, 1}}}));
  auto loader = Loader::create({shard}, options(16, 8)).value();
  // Tokens 96 to 102 of the first document, and the third.
  EXPECT_EQ(loader->pieces(), 2u);
  EXPECT_EQ(loader->epoch_tokens(), 7u + 4);
  EXPECT_EQ(loader->epoch_targets(), 3u + 3);
  // The token after a piece may be what counts.
  const auto next = open_shard(write_shard(dir, {{{8, 0}, {1, 1}}}, "next"));
  EXPECT_EQ(Loader::create({next}, options(16, 8)).value()->pieces(), 1u);
  // Nothing at all counts: the caller sees it.
  const auto masked = open_shard(write_shard(dir, {{{20, 0}}}, "masked"));
  auto none = Loader::create({masked}, options(16, 8)).value();
  EXPECT_EQ(none->epoch_targets(), 0u);
  std::vector<Batch> batches(1, Batch(16));
  EXPECT_EQ(*none->next_step(1, {}, batches), 1u);  // and it ends
}

// A step may hold no more than the rest of one document and a prompt: no rank takes it.
TEST(TokenWeights, StepsWithNothingToLearnArePassedOverByAllRanks) {
  test::TempDir dir;
  std::vector<Document> documents;
  for (int d = 0; d < 20; ++d) {
    documents.push_back({{1, 0}, {1, 1}, {5, 0}});
    documents.push_back({{6, 0}, {1, 1}});
    documents.push_back({{2, 0}, {1, 0.5f}});
  }
  const auto shard = open_shard(write_shard(dir, documents));
  const LoaderOptions how = options(7, 7);
  auto plain = Loader::create({shard}, how).value();
  int masked = 0;
  std::vector<Batch> expected;
  for (int i = 0; i < 200; ++i) {
    Batch batch(7);
    ASSERT_TRUE(*plain->next(batch));
    if (batch.weight_sum > 0) expected.push_back(batch);
    masked += batch.weight_sum == 0;
  }
  EXPECT_GT(masked, 10);
  for (const int64_t micro_batches : {1, 3}) {
    std::vector<std::unique_ptr<Loader>> ranks;
    for (int rank = 0; rank < 3; ++rank) ranks.push_back(Loader::create({shard}, how).value());
    for (size_t step = 0; step < 60; ++step) {
      double sum = 0;
      for (int64_t rank = 0; rank < 3; ++rank) {
        std::vector<Batch> mine(3, Batch(7));
        const size_t taken = *ranks[size_t(rank)]->next_step(micro_batches, {rank, 3}, mine);
        for (size_t i = 0; i < taken; ++i) sum += mine[i].weight_sum;
        if (micro_batches == 1 && rank == 0) {
          ASSERT_EQ(mine[0].tokens, expected[step].tokens);
        }
        ranks[size_t(rank)]->commit();
        ASSERT_EQ(ranks[size_t(rank)]->save(), ranks[0]->save());
      }
      ASSERT_GT(sum, 0) << step;
    }
  }
}

}  // namespace
}  // namespace raddle::data
