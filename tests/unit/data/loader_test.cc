// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "runtime/base/random.h"
#include "runtime/data/token_shard_writer.h"
#include "tests/support/allocation_hook.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::HasSubstr;

// Token i of the whole data has id i, so a batch shows where each of its rows came from.
class LoaderTest : public ::testing::Test {
 protected:
  void add_shard(const std::vector<int>& lengths, int64_t vocab = 100000) {
    const std::string path = dir_ / ("shard" + std::to_string(shards_.size()));
    auto writer = TokenShardWriter::create(posix_file_system(), path, vocab, 7).value();
    for (const int length : lengths) {
      std::vector<int32_t> ids;
      for (int i = 0; i < length; ++i) {
        ids.push_back(next_id_++);
        document_of_.push_back(documents_);
      }
      ++documents_;
      ASSERT_TRUE(writer->append(ids).is_ok());
      ASSERT_TRUE(writer->end_document().is_ok());
    }
    ASSERT_TRUE(writer->finish().is_ok());
    shards_.push_back(*TokenShard::open(path, VerifyShard::kContents));
  }
  void add_random_shards() {
    RandomStream draws(11, 3);
    for (int shard = 0; shard < 3; ++shard) {
      std::vector<int> lengths;
      for (int i = 0; i < 40; ++i) lengths.push_back(1 + static_cast<int>(draws.below(90)));
      add_shard(lengths);
    }
    add_shard({5000});  // a book
  }
  static LoaderOptions options(int64_t capacity, int64_t length, uint64_t seed = 1) {
    LoaderOptions result;
    result.capacity = capacity;
    result.sequence_length = length;
    result.seed = seed;
    return result;
  }
  std::unique_ptr<Loader> make(const LoaderOptions& options) {
    auto loader = Loader::create(shards_, options);
    EXPECT_TRUE(loader.is_ok()) << loader.status().to_string();
    return std::move(*loader);
  }
  // Checks one batch row by row and counts its tokens and targets.
  void check(const Batch& batch, int64_t length) {
    for (size_t s = 0; s + 1 < batch.cu_seqlens.size(); ++s) {
      const int begin = batch.cu_seqlens[s], end = batch.cu_seqlens[s + 1];
      ASSERT_LE(end - begin, length);
      for (int row = begin; row < end; ++row) {
        const auto r = static_cast<size_t>(row);
        const int32_t id = batch.tokens[r];
        ++inputs_[id];
        ASSERT_EQ(batch.positions[r], row - begin);
        ASSERT_EQ(document_of_[size_t(id)], document_of_[size_t(batch.tokens[size_t(begin)])]);
        if (row + 1 < end) {
          ASSERT_EQ(batch.tokens[r + 1], id + 1);
        }
        if (batch.weights[r] == 0) continue;
        ASSERT_EQ(batch.targets[r], id + 1);
        ASSERT_EQ(document_of_[size_t(id)], document_of_[size_t(id) + 1]);
        ++targets_[id + 1];
      }
    }
  }

  test::TempDir dir_;
  Loader::Shards shards_;
  std::vector<int> document_of_;
  int32_t next_id_ = 0;
  int documents_ = 0;
  std::map<int32_t, int> inputs_, targets_;
};

bool are_same(const Batch& a, const Batch& b) {
  return a.tokens == b.tokens && a.targets == b.targets && a.weights == b.weights &&
         a.positions == b.positions && a.cu_seqlens == b.cu_seqlens &&
         a.mtp_targets == b.mtp_targets && a.mtp_weights == b.mtp_weights;
}

TEST_F(LoaderTest, AnIdBeyondTheModelIsRefused) {
  add_random_shards();
  LoaderOptions small = options(64, 64);
  small.vocab_size = next_id_;
  Batch batch(64);
  EXPECT_TRUE(make(small)->next(batch).is_ok());
  small.vocab_size = 1;
  EXPECT_NE(make(small)->next(batch).status().message().find(
                "is not less than vocab_size 1; the model has no row for it"),
            std::string::npos);
}

TEST_F(LoaderTest, AnEpochHasEveryTokenOnceAndNeverMixesDocuments) {
  add_random_shards();
  for (const auto& [capacity, length] :
       std::vector<std::pair<int, int>>{{64, 64}, {100, 32}, {7, 3}, {1, 1}}) {
    inputs_.clear();
    targets_.clear();
    LoaderOptions once = options(capacity, length);
    once.repeat = false;
    auto loader = make(once);
    Batch batch(capacity);
    int64_t loose = 0;  // batches that another piece would have fitted into: the last one at most
    while (*loader->next(batch)) {
      check(batch, length);
      if (HasFatalFailure()) return;
      loose += capacity - batch.token_count >= length;
    }
    EXPECT_LE(loose, 1);
    EXPECT_EQ(inputs_.size(), size_t(next_id_));
    // Every token but the first of each document is a target.
    EXPECT_EQ(targets_.size(), size_t(next_id_ - documents_));
    for (const auto& [id, count] : inputs_) ASSERT_EQ(count, 1) << id;
    for (const auto& [id, count] : targets_) ASSERT_EQ(count, 1) << id;
    EXPECT_EQ(batch.token_count, 0);
    EXPECT_FALSE(*loader->next(batch));
  }
}

TEST_F(LoaderTest, TrainingBatchesAreFullAndEpochsDiffer) {
  add_random_shards();
  auto loader = make(options(64, 32));
  Batch batch(64);
  std::vector<int32_t> first, second;
  while (first.size() < loader->epoch_tokens() || second.size() < loader->epoch_tokens()) {
    ASSERT_TRUE(*loader->next(batch));
    ASSERT_EQ(batch.token_count, 64);
    for (const int32_t id : batch.tokens) {
      (first.size() < loader->epoch_tokens() ? first : second).push_back(id);
    }
  }
  second.resize(first.size());
  EXPECT_NE(first, second);
  EXPECT_FALSE(std::is_sorted(first.begin(), first.end()));
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  EXPECT_EQ(first, second);
  EXPECT_EQ(std::adjacent_find(first.begin(), first.end()), first.end());
}

TEST_F(LoaderTest, SameSeedSameBatchesOtherSeedOtherOrder) {
  add_random_shards();
  auto a = make(options(64, 32, 5)), b = make(options(64, 32, 5)), c = make(options(64, 32, 6));
  Batch x(64), y(64), z(64);
  bool differs = false;
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(*a->next(x) && *b->next(y) && *c->next(z));
    ASSERT_TRUE(are_same(x, y)) << i;
    differs |= !are_same(x, z);
  }
  EXPECT_TRUE(differs);
}

TEST_F(LoaderTest, ResumesMidPackAndMidEpoch) {
  add_random_shards();
  for (const int steps : {0, 1, 17, 200, 333}) {
    auto a = make(options(50, 32));
    Batch x(50), y(50);
    for (int i = 0; i < steps; ++i) ASSERT_TRUE(*a->next(x));
    a->commit();
    auto b = make(options(50, 32));
    ASSERT_TRUE(b->restore(a->save()).is_ok());
    EXPECT_EQ(b->cursor(), a->cursor());
    EXPECT_EQ(b->cursor().tokens, uint64_t(steps) * 50);
    for (int i = 0; i < 250; ++i) {
      ASSERT_TRUE(*a->next(x) && *b->next(y));
      ASSERT_TRUE(are_same(x, y)) << steps << " " << i;
    }
  }
}

TEST_F(LoaderTest, RollbackGivesTheSameBatchAgain) {
  add_random_shards();
  auto loader = make(options(50, 32));
  Batch x(50), y(50);
  for (int i = 0; i < 300; ++i) {  // across an epoch's end
    const Cursor before = loader->cursor();
    ASSERT_TRUE(*loader->next(x));
    EXPECT_EQ(loader->cursor(), before);
    loader->rollback();
    ASSERT_TRUE(*loader->next(y));
    ASSERT_TRUE(are_same(x, y)) << i;
    loader->commit();
  }
  loader->rewind();
  EXPECT_EQ(loader->cursor(), Cursor());
}

TEST_F(LoaderTest, NextAllocatesNothing) {
  RADDLE_SKIP_WITHOUT_ALLOCATION_HOOK();
  add_random_shards();
  auto loader = make(options(64, 32));
  Batch batch(64);
  test::AllocationScope scope(test::AllocationScope::Threads::kThis);
  bool more = true;
  for (int i = 0; i < 400; ++i) {  // over several epochs
    more = more && *loader->next(batch);
    i % 3 == 0 ? loader->rollback() : loader->commit();
  }
  const test::AllocationCount count = scope.end();
  EXPECT_TRUE(more);
  EXPECT_GE(loader->cursor().epoch, 1u);
  EXPECT_EQ(count.total(), 0) << count.describe();
}

TEST_F(LoaderTest, SplitsAreDisjointAndComplete) {
  add_random_shards();
  LoaderOptions train = options(64, 32);
  train.validation_fraction = 0.1;
  train.split = Split::kTrain;
  LoaderOptions validation = validation_options(train);
  auto b = make(validation);
  Batch batch(64);
  std::vector<int32_t> order;
  while (*b->next(batch)) {
    check(batch, 32);
    for (int i = 0; i < batch.token_count; ++i) order.push_back(batch.tokens[size_t(i)]);
  }
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  const auto validation_inputs = inputs_, validation_targets = targets_;
  inputs_.clear();
  targets_.clear();
  train.repeat = false;
  auto a = make(train);
  while (*a->next(batch)) check(batch, 32);
  EXPECT_EQ(inputs_.size() + validation_inputs.size(), size_t(next_id_));
  EXPECT_NEAR(double(validation_inputs.size()) / next_id_, 0.1, 0.03);
  for (const auto& [id, count] : validation_targets) {
    EXPECT_FALSE(targets_.contains(id)) << id;
    EXPECT_FALSE(inputs_.contains(id)) << id;
  }
}

TEST_F(LoaderTest, CursorsOfOtherDataOrOptionsAreRefusedByName) {
  add_shard({100, 200});
  const std::string saved = make(options(64, 32, 5))->save();
  const auto refusal = [&](const LoaderOptions& other) { return make(other)->restore(saved); };
  EXPECT_EQ(refusal(options(64, 32, 6)).code(), Code::kFailedPrecondition);
  EXPECT_THAT(refusal(options(64, 32, 6)).message(), HasSubstr("seed was 5 and is 6"));
  EXPECT_THAT(
      refusal(options(65, 31, 6)).message(),
      AllOf(HasSubstr("seed was 5 and is 6"), HasSubstr("sequence_length was 32 and is 31")));
  add_shard({10});
  EXPECT_THAT(refusal(options(64, 32, 5)).message(), HasSubstr("data_hash was"));
}

// The tokens that `loader` delivers next, `rows` of them.
std::vector<int32_t> next_tokens(Loader& loader, int64_t capacity, size_t rows) {
  std::vector<int32_t> tokens;
  while (tokens.size() < rows) {
    Batch batch(capacity);
    EXPECT_TRUE(*loader.next(batch));
    tokens.insert(tokens.end(), batch.tokens.begin(), batch.tokens.end());
  }
  tokens.resize(rows);
  return tokens;
}

// The order is one of tokens: another capacity goes on with the very next one.
TEST_F(LoaderTest, AnotherCapacityGoesOnExactly) {
  add_shard({100, 200, 31});
  auto first = make(options(48, 16, 5)), other = make(options(112, 16, 5));
  next_tokens(*first, 48, 5 * 48);
  first->commit();
  ASSERT_TRUE(other->restore(first->save()).is_ok());
  EXPECT_EQ(next_tokens(*other, 112, 448), next_tokens(*first, 48, 448));
  EXPECT_EQ(other->cursor().tokens, 5u * 48);
}

TEST_F(LoaderTest, AnotherOrderBeginsWithTheNextEpoch) {
  add_shard({100, 200, 31});
  auto first = make(options(48, 16, 5)), other = make(options(48, 16, 6));
  next_tokens(*first, 48, 8 * 48);
  first->commit();
  ASSERT_EQ(first->cursor().epoch, 1u);
  const auto found = other->restore_into_order(first->save());
  ASSERT_TRUE(found.is_ok()) << found.status().to_string();
  EXPECT_THAT(found->differences, HasSubstr("seed was 5 and is 6"));
  EXPECT_EQ(other->cursor(), (Cursor{2, 0, 0, 8 * 48}));
  auto undisturbed = make(options(48, 16, 6));
  ASSERT_TRUE(undisturbed->restore(cursor_to_json({2, 0, 0, 0}, undisturbed->identity())).is_ok());
  EXPECT_EQ(next_tokens(*other, 48, 480), next_tokens(*undisturbed, 48, 480));
}

TEST_F(LoaderTest, DamagedCursorsAreRefusedAndChangeNothing) {
  add_shard({100, 200});
  auto loader = make(options(64, 32));
  Batch batch(64);
  ASSERT_TRUE(*loader->next(batch));
  loader->commit();
  const Cursor before = loader->cursor();
  const LoaderIdentity& identity = loader->identity();
  EXPECT_EQ(loader->restore("").code(), Code::kDataLoss);
  EXPECT_EQ(loader->restore("{\"version\":1}").code(), Code::kDataLoss);
  EXPECT_THAT(loader->restore(cursor_to_json({0, 9999, 0, 0}, identity)).message(),
              HasSubstr("position 9999"));
  EXPECT_THAT(loader->restore(cursor_to_json({0, 1, 32, 0}, identity)).message(),
              HasSubstr("offset 32"));
  EXPECT_EQ(loader->cursor(), before);
}

TEST_F(LoaderTest, BadOptionsAreRefused) {
  add_shard({100, 200});
  const auto refusal = [&](const LoaderOptions& bad) {
    return Loader::create(shards_, bad).status().message();
  };
  EXPECT_THAT(refusal(options(0, 1)), HasSubstr("capacity is 0"));
  EXPECT_THAT(refusal(options(8, 9)), HasSubstr("sequence length is 9"));
  LoaderOptions bad = options(8, 8);
  bad.validation_fraction = 1.0;
  EXPECT_THAT(refusal(bad), HasSubstr("validation fraction"));
  bad = validation_options(options(8, 8));
  EXPECT_THAT(refusal(bad), HasSubstr("the validation split has 0 pieces"));
  Batch batch(4);
  EXPECT_THAT(make(options(8, 8))->next(batch).status().message(), HasSubstr("4 rows"));
  add_shard({5}, 400000);
  EXPECT_THAT(refusal(options(8, 8)), HasSubstr("tokenize all data with one tokenizer"));
}

}  // namespace
}  // namespace raddle::data
