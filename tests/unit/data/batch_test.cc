// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace raddle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Batch two_sequences() {
  Batch batch(8);
  batch.tokens = {10, 11, 12, 20, 21, 99, 99, 99};
  batch.cu_seqlens = {0, 3, 5, 5, 5, 5, 5, 5, 5};
  return batch;
}

TEST(Batch, TargetsStayInsideTheirSequence) {
  Batch batch = two_sequences();
  ASSERT_TRUE(fill_targets(batch).is_ok());
  EXPECT_THAT(batch.tokens, ElementsAre(10, 11, 12, 20, 21, 0, 0, 0));
  EXPECT_THAT(batch.targets, ElementsAre(11, 12, 0, 21, 0, 0, 0, 0));
  EXPECT_THAT(batch.weights, ElementsAre(1, 1, 0, 1, 0, 0, 0, 0));
  EXPECT_THAT(batch.positions, ElementsAre(0, 1, 2, 0, 1, 0, 0, 0));
  EXPECT_THAT(batch.mtp_targets, ElementsAre(12, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(batch.mtp_weights, ElementsAre(1, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(batch.token_count, 5);
  EXPECT_EQ(batch.weight_sum, 3.0);
  EXPECT_EQ(batch.mtp_weight_sum, 1.0);
}

TEST(Batch, CallersTargetsAndWeightsAreKept) {
  Batch batch = two_sequences();
  batch.targets = {11, 12, 13, 21, 22, 7, 7, 7};
  batch.weights = {0, 0.5, 1, 1, 2, 7, 7, 7};
  ASSERT_TRUE(complete_batch(batch).is_ok());
  EXPECT_THAT(batch.targets, ElementsAre(11, 12, 13, 21, 22, 0, 0, 0));
  EXPECT_THAT(batch.weights, ElementsAre(0, 0.5, 1, 1, 2, 0, 0, 0));
  EXPECT_THAT(batch.mtp_targets, ElementsAre(12, 13, 0, 22, 0, 0, 0, 0));
  EXPECT_THAT(batch.mtp_weights, ElementsAre(0.5, 1, 0, 2, 0, 0, 0, 0));
  EXPECT_EQ(batch.weight_sum, 4.5);
}

TEST(Batch, ClearIsAllPadding) {
  Batch batch = two_sequences();
  ASSERT_TRUE(fill_targets(batch).is_ok());
  batch.clear();
  EXPECT_EQ(batch.token_count, 0);
  EXPECT_EQ(batch.weight_sum, 0);
  EXPECT_THAT(batch.tokens, ::testing::Each(0));
  EXPECT_THAT(batch.cu_seqlens, ::testing::Each(0));
}

TEST(Batch, BadSequencesAreRefused) {
  Batch batch = two_sequences();
  batch.cu_seqlens[0] = 1;
  EXPECT_THAT(fill_targets(batch).message(), HasSubstr("cu_seqlens[0] is 1; expected 0"));
  batch = two_sequences();
  batch.cu_seqlens[2] = 2;
  EXPECT_THAT(fill_targets(batch).message(), HasSubstr("cu_seqlens[2] is 2, less than the 3"));
  batch = two_sequences();
  batch.cu_seqlens.back() = 9;
  EXPECT_THAT(fill_targets(batch).message(), HasSubstr("ends at row 9, but the batch holds 8"));
  batch = two_sequences();
  batch.weights.resize(3);
  EXPECT_THAT(fill_targets(batch).message(), HasSubstr("differ in length"));
}

TEST(Batch, CheckNamesTheRow) {
  Batch batch = two_sequences();
  ASSERT_TRUE(fill_targets(batch).is_ok());
  EXPECT_TRUE(check_batch(batch, 22).is_ok());
  EXPECT_THAT(check_batch(batch, 21).message(), HasSubstr("targets[3] is 21"));
  batch.targets[2] = 1000;  // weight 0: never read
  EXPECT_TRUE(check_batch(batch, 22).is_ok());
  batch.weights[2] = 1;
  EXPECT_THAT(check_batch(batch, 22).message(), HasSubstr("targets[2] is 1000"));
  batch.weights[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(check_batch(batch, 22).message(), HasSubstr("weights[2]"));
  batch.weights[2] = 0;
  batch.tokens[1] = -1;
  EXPECT_THAT(check_batch(batch, 22).message(), HasSubstr("tokens[1] is -1"));
}

}  // namespace
}  // namespace raddle::data
