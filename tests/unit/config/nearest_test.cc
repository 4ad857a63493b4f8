// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/nearest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace raddle::config {
namespace {

TEST(EditDistance, CountsEachKindOfSlipOnce) {
  EXPECT_EQ(edit_distance("steps", "steps"), 0u);
  EXPECT_EQ(edit_distance("step", "steps"), 1u);
  EXPECT_EQ(edit_distance("stepss", "steps"), 1u);
  EXPECT_EQ(edit_distance("stops", "steps"), 1u);
  EXPECT_EQ(edit_distance("setps", "steps"), 1u);
  EXPECT_EQ(edit_distance("", "steps"), 5u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

std::string match(std::string_view typed, std::vector<std::string_view> candidates) {
  const auto index = nearest_match(typed, candidates);
  return index ? std::string(candidates[*index]) : "";
}

TEST(NearestMatch, FindsTheLikelyName) {
  EXPECT_EQ(match("trian", {"eval", "train", "plan"}), "train");
  EXPECT_EQ(match("train.step", {"train.seed", "train.steps"}), "train.steps");
  EXPECT_EQ(match("steps", {"train.seed", "train.steps"}), "train.steps");
  EXPECT_EQ(match("setps", {"train.seed", "train.steps"}), "train.steps");
}

TEST(NearestMatch, TiesGoToTheFirst) { EXPECT_EQ(match("bat", {"cat", "hat"}), "cat"); }

TEST(NearestMatch, OffersNothingFarAway) {
  EXPECT_EQ(match("zebra", {"eval", "train", "plan"}), "");
  EXPECT_EQ(match("", {"a", "b"}), "");
  EXPECT_EQ(match("x", {"a", "b"}), "");
  EXPECT_EQ(match(std::string(100000, 'a'), {"train"}), "");
  EXPECT_EQ(match("train", {}), "");
}

}  // namespace
}  // namespace raddle::config
