// SPDX-License-Identifier: Apache-2.0
// One order of the data for the whole job: a step holds the same micro-batches for any number of
// ranks, and what a rank does not take it does not read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>

#include "runtime/base/hash.h"
#include "runtime/base/random.h"
#include "runtime/data/loader.h"
#include "runtime/data/token_shard_writer.h"
#include "tests/support/allocation_hook.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::HasSubstr;

bool same(const Batch& a, const Batch& b) {
  return a.tokens == b.tokens && a.targets == b.targets && a.weights == b.weights &&
         a.positions == b.positions && a.cu_seqlens == b.cu_seqlens &&
         a.mtp_targets == b.mtp_targets && a.mtp_weights == b.mtp_weights &&
         a.token_count == b.token_count && a.weight_sum == b.weight_sum &&
         a.mtp_weight_sum == b.mtp_weight_sum;
}

class GlobalOrder : public ::testing::Test {
 protected:
  // Documents of random lengths, most of them short and one in ten longer than a sequence.
  void add_shard(RandomStream& draws, int documents) {
    const std::string path = dir_ / ("shard" + std::to_string(shards_.size()));
    auto writer = TokenShardWriter::create(posix_file_system(), path, 60000, 7).value();
    for (int d = 0; d < documents; ++d) {
      const uint64_t length = 1 + draws.below(d % 10 == 0 ? 200 : 20);
      std::vector<int32_t> ids(length);
      for (int32_t& id : ids) id = static_cast<int32_t>(draws.below(60000));
      ASSERT_TRUE(writer->append(ids).is_ok());
      ASSERT_TRUE(writer->end_document().is_ok());
    }
    ASSERT_TRUE(writer->finish().is_ok());
    shards_.push_back(*TokenShard::open(path, VerifyShard::kContents));
  }
  std::unique_ptr<Loader> make(const LoaderOptions& options) {
    auto loader = Loader::create(shards_, options);
    EXPECT_TRUE(loader.is_ok()) << loader.status().to_string();
    return std::move(*loader);
  }

  test::TempDir dir_;
  Loader::Shards shards_;
};

LoaderOptions options(int64_t capacity, int64_t length, uint64_t seed) {
  LoaderOptions result;
  result.capacity = capacity;
  result.sequence_length = length;
  result.seed = seed;
  return result;
}

struct Job {
  std::vector<std::unique_ptr<Loader>> ranks;

  // The micro-batches of the next step in their order, from what each rank takes of it; every
  // cursor is checked to be the same afterwards.
  std::vector<Batch> step(int64_t micro_batches, int64_t capacity) {
    const auto world = static_cast<int64_t>(ranks.size());
    std::vector<Batch> out(static_cast<size_t>(micro_batches), Batch(capacity));
    size_t taken = 0;
    for (int64_t rank = 0; rank < world; ++rank) {
      std::vector<Batch> mine(static_cast<size_t>(micro_batches), Batch(capacity));
      Loader& loader = *ranks[static_cast<size_t>(rank)];
      const auto count = loader.next_step(micro_batches, {rank, world}, mine);
      EXPECT_TRUE(count.is_ok()) << count.status().to_string();
      for (size_t i = 0; i < *count; ++i) {
        out[i * ranks.size() + static_cast<size_t>(rank)] = std::move(mine[i]);
      }
      taken += *count;
      loader.commit();
      EXPECT_EQ(loader.save(), ranks[0]->save());
    }
    out.resize(taken, Batch(capacity));
    return out;
  }
};

void expect_same(const std::vector<Batch>& a, const std::vector<Batch>& b, const std::string& at) {
  ASSERT_EQ(a.size(), b.size()) << at;
  for (size_t i = 0; i < a.size(); ++i) ASSERT_TRUE(same(a[i], b[i])) << at << " micro-batch " << i;
}

// Capacities, lengths, micro-batches and seeds at random; enough steps for three epochs.
TEST_F(GlobalOrder, AStepIsTheSameForAnyNumberOfRanks) {
  RandomStream draws(5, 1);
  for (int i = 0; i < 3; ++i) add_shard(draws, 20);
  for (int round = 0; round < 12; ++round) {
    const int64_t capacity = 1 + int64_t(draws.below(90));
    const int64_t length = 1 + int64_t(draws.below(uint64_t(capacity)));
    const int64_t micro_batches = 1 + int64_t(draws.below(7));
    LoaderOptions how = options(capacity, length, draws.below(1000));
    how.validation_fraction = round % 2 == 0 ? 0 : 0.2;
    how.split = round % 2 == 0 ? Split::kAll : Split::kTrain;
    Job jobs[4];
    for (size_t world = 1; world <= 4; ++world) {
      for (size_t rank = 0; rank < world; ++rank) jobs[world - 1].ranks.push_back(make(how));
    }
    for (int step = 0; jobs[0].ranks[0]->cursor().epoch < 3 && step < 400; ++step) {
      const std::vector<Batch> alone = jobs[0].step(micro_batches, capacity);
      ASSERT_EQ(alone.size(), size_t(micro_batches));
      for (size_t world = 2; world <= 4; ++world) {
        expect_same(jobs[world - 1].step(micro_batches, capacity), alone,
                    fmt::format("round {} step {} world {}", round, step, world));
        if (HasFailure()) return;
      }
    }
  }
}

// The steps of the job are those that next() gives one after another.
TEST_F(GlobalOrder, AStepIsTheNextBatches) {
  RandomStream draws(6, 1);
  add_shard(draws, 50);
  Job job;
  for (int rank = 0; rank < 3; ++rank) job.ranks.push_back(make(options(37, 21, 3)));
  auto plain = make(options(37, 21, 3));
  for (int step = 0; step < 60; ++step) {
    for (const Batch& got : job.step(5, 37)) {
      Batch expected(37);
      ASSERT_TRUE(*plain->next(expected));
      ASSERT_TRUE(same(got, expected)) << step;
    }
  }
}

TEST_F(GlobalOrder, ARunOfFourRanksGoesOnWithTwoOrOne) {
  RandomStream draws(7, 1);
  add_shard(draws, 60);
  const LoaderOptions how = options(48, 32, 9);
  for (const int steps : {0, 1, 3, 17}) {
    Job four;
    for (int rank = 0; rank < 4; ++rank) four.ranks.push_back(make(how));
    for (int i = 0; i < steps; ++i) four.step(6, 48);
    const std::string saved = four.ranks[3]->save();
    Job two, one;
    for (int rank = 0; rank < 2; ++rank) two.ranks.push_back(make(how));
    one.ranks.push_back(make(how));
    for (const Job* job : {&two, &one}) {
      for (const auto& loader : job->ranks) ASSERT_TRUE(loader->restore(saved).is_ok());
    }
    EXPECT_EQ(one.ranks[0]->cursor().tokens, uint64_t(steps) * 6 * 48);
    for (int i = 0; i < 20; ++i) {
      const auto expected = four.step(6, 48);
      expect_same(two.step(6, 48), expected, "two");
      expect_same(one.step(6, 48), expected, "one");
      if (HasFailure()) return;
    }
  }
}

TEST_F(GlobalOrder, AValidationPassIsTheSameForAnyNumberOfRanks) {
  RandomStream draws(8, 1);
  add_shard(draws, 61);
  LoaderOptions train = options(40, 16, 4);
  train.validation_fraction = 0.4;
  const LoaderOptions how = validation_options(train);
  std::vector<Batch> pass;
  auto alone = make(how);
  for (Batch batch(40); *alone->next(batch);) pass.push_back(batch);
  ASSERT_GT(pass.size(), 4u);
  for (size_t world = 1; world <= 4; ++world) {
    Job job;
    for (size_t rank = 0; rank < world; ++rank) job.ranks.push_back(make(how));
    // All of it as one step, and more than there is.
    expect_same(job.step(int64_t(pass.size()) + 3, 40), pass, fmt::format("world {}", world));
    EXPECT_FALSE(job.ranks[0]->skip());
  }
}

TEST_F(GlobalOrder, WhatOtherRanksTakeIsNotRead) {
  RandomStream draws(9, 1);
  add_shard(draws, 5000);
  auto loader = make(options(64, 32, 1)), other = make(options(64, 32, 1));
  std::vector<Batch> batches(4, Batch(64));
  std::filesystem::resize_file(shards_[0]->path(), 64);  // no token can be read any more
  EXPECT_EQ(loader->next_step(1, {0, 1}, batches).status().code(), Code::kDataLoss);
  loader->rollback();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(loader->skip());
  const auto taken = other->next_step(100, {100, 101}, batches);
  ASSERT_TRUE(taken.is_ok()) << taken.status().to_string();
  EXPECT_EQ(*taken, 0u);
  loader->commit();
  other->commit();
  EXPECT_EQ(loader->save(), other->save());
  EXPECT_EQ(loader->cursor().tokens, 6400u);
}

TEST_F(GlobalOrder, SkippingAllocatesNothing) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  RandomStream draws(10, 1);
  add_shard(draws, 30);
  auto loader = make(options(2000, 32, 1));
  test::AllocationScope scope(test::AllocationScope::Threads::kThis);
  for (int i = 0; i < 50; ++i) loader->skip();
  const test::AllocationCount count = scope.end();
  EXPECT_GE(loader->pieces(), 30u);
  EXPECT_EQ(count.total(), 0) << count.describe();
}

// What a planner of meshes sees before a token is read, and what it may then do with it.
TEST_F(GlobalOrder, SequencesAreKnownAndCanBeSpread) {
  RandomStream draws(11, 1);
  add_shard(draws, 40);
  auto planner = make(options(50, 30, 2)), plain = make(options(50, 30, 2));
  std::vector<Sequence> sequences;
  Batch expected(50);
  std::map<uint64_t, uint64_t> rows_of;  // by sample
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(planner->lay_out(sequences));
    ASSERT_TRUE(*plain->next(expected));
    ASSERT_EQ(std::accumulate(sequences.begin(), sequences.end(), 0u,
                              [](uint32_t sum, const Sequence& s) { return sum + s.rows; }),
              50u);
    Batch whole(50);
    ASSERT_TRUE(planner->fill(sequences, whole).is_ok());
    ASSERT_TRUE(same(whole, expected));
    // Each in a batch of its own.
    for (size_t s = 0; s < sequences.size(); ++s) {
      Batch own(30);
      ASSERT_TRUE(planner->fill({&sequences[s], 1}, own).is_ok());
      const auto begin = expected.tokens.begin() + expected.cu_seqlens[s];
      ASSERT_EQ(own.token_count, sequences[s].rows);
      ASSERT_TRUE(std::equal(begin, begin + sequences[s].rows, own.tokens.begin()));
      EXPECT_EQ(rows_of[sequences[s].sample], sequences[s].offset);
      rows_of[sequences[s].sample] += sequences[s].rows;
    }
  }
  // Samples are numbered without a gap, over the ends of epochs.
  EXPECT_EQ(rows_of.begin()->first, 0u);
  EXPECT_EQ(rows_of.rbegin()->first + 1, rows_of.size());
  EXPECT_GT(rows_of.size(), planner->pieces());
}

TEST_F(GlobalOrder, BadPartsAndSequencesAreRefused) {
  RandomStream draws(12, 1);
  add_shard(draws, 40);
  auto loader = make(options(50, 30, 2));
  std::vector<Batch> batches(2, Batch(50));
  for (const RankPart part : {RankPart{0, 0}, RankPart{-1, 2}, RankPart{2, 2}}) {
    EXPECT_THAT(loader->next_step(4, part, batches).status().message(),
                HasSubstr("expected 0 <= rank < world"));
  }
  EXPECT_THAT(loader->next_step(4, {0, 1}, batches).status().message(),
              HasSubstr("more than the 2 batches given"));
  loader->rollback();
  std::vector<Sequence> sequences;
  ASSERT_TRUE(loader->lay_out(sequences));
  Batch batch(50);
  const auto refusal = [&](auto edit) {
    std::vector<Sequence> bad = sequences;
    edit(bad);
    return loader->fill(bad, batch).message();
  };
  EXPECT_THAT(refusal([](auto& s) { s[0].piece = ~0u; }), HasSubstr("sequence 0 is"));
  EXPECT_THAT(refusal([](auto& s) { s[1].rows = 0; }), HasSubstr("sequence 1 is 0 tokens"));
  EXPECT_THAT(refusal([](auto& s) { s[0].offset = ~0u; }), HasSubstr("expected at least one"));
  EXPECT_THAT(refusal([](auto& s) { s.push_back(s[0]); }), HasSubstr("but the batch has 50 rows"));
}

// Of the loader of one rank that came before this one: the same batches to the bit.
TEST_F(GlobalOrder, OneRankSeesWhatItAlwaysSaw) {
  RandomStream draws(14, 1);
  for (int i = 0; i < 2; ++i) add_shard(draws, 100);
  LoaderOptions how = options(48, 40, 6);
  how.validation_fraction = 0.1;
  how.split = Split::kTrain;
  const auto digest_of = [&](const LoaderOptions& which) {
    auto loader = make(which);
    Batch batch(48);
    uint64_t digest = 0;
    for (int i = 0; i < 500 && *loader->next(batch); ++i) {
      const auto add = [&digest](const auto& values) {
        digest = hash_bytes(values.data(), values.size() * sizeof(values[0]), digest);
      };
      add(batch.tokens), add(batch.targets), add(batch.weights), add(batch.positions);
      add(batch.cu_seqlens), add(batch.mtp_targets), add(batch.mtp_weights);
    }
    return hash_hex(digest);
  };
  EXPECT_EQ(digest_of(how), "130b89ffce07ab3a");
  EXPECT_EQ(digest_of(validation_options(how)), "e128be54ce56c82e");
}

// As cursors were before the order was one of the job.
TEST_F(GlobalOrder, CursorsOfOneRankOfSeveralAreAnotherOrder) {
  RandomStream draws(13, 1);
  add_shard(draws, 40);
  auto loader = make(options(50, 30, 2));
  for (int i = 0; i < 3; ++i) loader->skip();
  loader->commit();
  const std::string saved = loader->save();
  ASSERT_TRUE(saved.ends_with("}}"));
  const auto of_rank = [&](int rank, int world) {
    return saved.substr(0, saved.size() - 2) +
           fmt::format(",\"rank\":{},\"world\":{}}}}}", rank, world);
  };
  const Cursor before = loader->cursor();
  loader->rewind();
  ASSERT_TRUE(loader->restore(of_rank(0, 1)).is_ok());
  EXPECT_EQ(loader->cursor(), before);
  const Status refused = loader->restore(of_rank(1, 2));
  EXPECT_EQ(refused.code(), Code::kFailedPrecondition);
  EXPECT_THAT(refused.message(), HasSubstr("rank 1 of 2 alone and is that of all ranks"));
}

}  // namespace
}  // namespace raddle::data
