// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/cost_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/balance/cost_file.h"
#include "runtime/balance/shared_attention.h"

namespace raddle::balance {
namespace {

using testing::HasSubstr;

// What a message must say of a file.
std::string refusal(std::string_view text) {
  const auto costs = cost_model_from_json(text, "cost.json");
  return costs.is_ok() ? "taken" : costs.status().to_string();
}

TEST(CostModel, DefaultsGiveThePublishedTimesOfAHop) {
  const CostModel costs;
  ASSERT_TRUE(costs.validate().is_ok());
  // 312K tokens on 39 ranks: 2.8 ms of attention a hop, 9.5 ms beside it; 110 ms of attention a
  // layer.
  const double linear = 9.5e9, attention = 39 * 2.8e9;
  EXPECT_NEAR(static_cast<double>(costs.split_ps(39 * 8192, 39, costs.links.back())),
              attention + linear, 1e-4 * attention);
  // On 256 ranks a hop of 1.2K tokens takes 1.5 ms, more than its arithmetic.
  const auto comm = static_cast<double>(costs.split_ps(39 * 8192, 256, costs.links.back()));
  EXPECT_NEAR(comm, 255 * 1.5e9 + 1248 * 1.16e6, 0.02 * comm);
}

// Short sequences go by heads, two exchanges in place of a hop for each rank; of long ones the hops
// are hidden behind arithmetic.
TEST(CostModel, HeadsAreExchangedWhereHopsCannotHide) {
  const CostModel costs;
  const LinkClass& network = costs.links.back();
  EXPECT_EQ(costs.exchanged_ps(5000, 1, 8, network), costs.whole_ps(5000));
  EXPECT_LT(costs.exchanged_ps(4096, 8, 1, network), costs.split_ps(4096, 8, network));
  EXPECT_GT(costs.exchanged_ps(1 << 20, 8, 1, network), costs.split_ps(1 << 20, 8, network));
  const std::vector<int32_t> ranks = {0, 8, 16, 24};
  SharedAttention attention{AttentionBy::kCost, 32, 8};
  EXPECT_TRUE(attention.is_by_heads(costs, 2048, ranks));
  EXPECT_FALSE(attention.is_by_heads(costs, 1 << 20, ranks));
  attention.by = AttentionBy::kHeads;
  EXPECT_TRUE(attention.is_by_heads(costs, 1 << 20, ranks));
  attention.kv_heads = 2;  // four ranks do not divide them
  EXPECT_FALSE(attention.is_by_heads(costs, 2048, ranks));
  attention = {AttentionBy::kRing, 32, 8};
  EXPECT_FALSE(attention.is_by_heads(costs, 2048, ranks));
}

TEST(CostModel, TimesAreNeverNegativeAndRiseWithLength) {
  const CostModel costs;
  for (const int64_t degree : {1, 2, 3, 5, 6, 96, 256}) {
    int64_t last = 0;
    for (int64_t tokens = degree; tokens < 100'000'000; tokens = tokens * 5 / 4 + 1) {
      const int64_t time = costs.split_ps(tokens, degree, costs.best_link(degree));
      EXPECT_GT(time, last) << tokens << " on " << degree;
      last = time;
    }
  }
}

TEST(CostModel, CuttingNeverMakesWorkLess) {
  const CostModel costs;
  for (const int64_t tokens : {7, 1000, 8193, 2'000'003}) {
    for (int64_t degree = 2; degree <= std::min<int64_t>(tokens, 300); ++degree) {
      EXPECT_GE(degree * costs.split_ps(tokens, degree, costs.links.front()),
                costs.whole_ps(tokens));
    }
  }
}

TEST(CostModel, LinkIsThatOfTheFarthestRanks) {
  CostModel costs;
  EXPECT_EQ(costs.best_link(8).name, "node");
  EXPECT_EQ(costs.best_link(9).name, "network");
  EXPECT_EQ(costs.link_of(std::vector<int32_t>{8, 15, 11}).name, "node");
  EXPECT_EQ(costs.link_of(std::vector<int32_t>{7, 8}).name, "network");
}

TEST(CostModel, HashFollowsEveryCoefficientAndNoName) {
  const CostModel costs;
  CostModel other = costs;
  other.links[0].name = "island";
  EXPECT_EQ(other.hash(), costs.hash());
  for (int64_t* field :
       {&other.attention_fs_per_token2, &other.linear_ps_per_token, &other.micro_batch_ps,
        &other.kv_bytes_per_token, &other.activation_bytes_per_token, &other.activation_limit_bytes,
        &other.links[0].ranks, &other.links[0].latency_ps, &other.links[1].ps_per_token}) {
    ++*field;
    EXPECT_NE(other.hash(), costs.hash());
    --*field;
  }
}

TEST(CostFile, ReadsWhatItWrote) {
  CostModel costs;
  costs.micro_batch_ps = 7;
  costs.activation_limit_bytes = int64_t{80} << 30;
  costs.links.insert(costs.links.begin() + 1, {"rack", 64, 100'000'000, 50'000});
  const auto read = cost_model_from_json(to_json(costs), "cost.json");
  ASSERT_TRUE(read.is_ok()) << read.status().to_string();
  EXPECT_EQ(*read, costs);
}

TEST(CostFile, KeepsDefaultsOfKeysThatAreLeftOut) {
  const auto read = cost_model_from_json(R"({"version": 1, "micro_batch_ps": 5})", "cost.json");
  ASSERT_TRUE(read.is_ok()) << read.status().to_string();
  CostModel expected;
  expected.micro_batch_ps = 5;
  EXPECT_EQ(*read, expected);
}

TEST(CostFile, RefusesByName) {
  EXPECT_THAT(refusal("nonsense"), HasSubstr("cost.json"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("expected an object"));
  EXPECT_THAT(refusal("{}"), HasSubstr("version is missing, expected 1"));
  EXPECT_THAT(refusal(R"({"version": 2})"), HasSubstr("version is 2, expected 1"));
  EXPECT_THAT(refusal(R"({"version": 1, "micro_batch": 5})"),
              HasSubstr("the key micro_batch is unknown"));
  EXPECT_THAT(refusal(R"({"version": 1, "micro_batch_ps": 1.5})"),
              HasSubstr("micro_batch_ps is 1.5, expected an integer"));
  EXPECT_THAT(refusal(R"({"version": 1, "micro_batch_ps": -1})"),
              HasSubstr("micro_batch_ps is -1, expected 0 to"));
  EXPECT_THAT(refusal(R"({"version": 1, "micro_batch_ps": 18446744073709551615})"),
              HasSubstr("expected an integer"));
  EXPECT_THAT(refusal(R"({"version": 1, "attention_fs_per_token2": 0, "linear_ps_per_token": 0})"),
              HasSubstr("both 0"));
}

TEST(CostFile, RefusesLinks) {
  const auto with_links = [](std::string_view links) {
    return refusal(fmt::format(R"({{"version": 1, "links": {}}})", links));
  };
  EXPECT_THAT(with_links("[]"), HasSubstr("links is empty"));
  EXPECT_THAT(with_links("3"), HasSubstr("links is 3, expected a list"));
  EXPECT_THAT(with_links("[3]"), HasSubstr("expected an object with name"));
  EXPECT_THAT(with_links(R"([{"name": 3}])"), HasSubstr("name is 3, expected a string"));
  EXPECT_THAT(with_links(R"([{"name": "a", "speed": 3}])"), HasSubstr("unknown key speed"));
  EXPECT_THAT(with_links(R"([{"ranks": 0}])"), HasSubstr("no name"));
  EXPECT_THAT(with_links(R"([{"name": "a", "ranks": 8}])"),
              HasSubstr("link a: ranks is 8, expected 0"));
  EXPECT_THAT(
      with_links(R"([{"name": "a", "ranks": 8}, {"name": "b", "ranks": 12}, {"name": "c"}])"),
      HasSubstr("a multiple of 8"));
  EXPECT_THAT(with_links(R"([{"name": "a", "ranks": 8, "latency_ps": 2}, {"name": "b"}])"),
              HasSubstr("link b is faster than a"));
}

}  // namespace
}  // namespace raddle::balance
