// SPDX-License-Identifier: Apache-2.0
// Drawn lengths beside the shares that were published of the sets they are like.
#include "runtime/simulate/length_sets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace raddle::simulate {
namespace {

int64_t total(const std::vector<int64_t>& lengths) {
  return std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
}

// Of sequences longer than `edge`: their share of all sequences, and of all tokens.
std::pair<double, double> over(const std::vector<int64_t>& lengths, int64_t edge) {
  double count = 0, tokens = 0;
  for (const int64_t length : lengths) {
    if (length <= edge) continue;
    count += 1;
    tokens += static_cast<double>(length);
  }
  return {count / static_cast<double>(lengths.size()),
          tokens / static_cast<double>(total(lengths))};
}

// Labels of the published bins are read as their upper edges, so "128K and more" begins at 64K.
TEST(LengthSets, BytedIsAsPublished) {
  const auto lengths = draw_lengths(LengthSet::kByted, 2 << 20, int64_t{4} << 30, 1);
  EXPECT_EQ(total(lengths), int64_t{4} << 30);
  EXPECT_NEAR(over(lengths, 4096).first, .20, .03);
  EXPECT_NEAR(over(lengths, 64 << 10).first, .01, .002);
  EXPECT_NEAR(over(lengths, 1 << 20).first, .0005, .00015);
  EXPECT_NEAR(over(lengths, 1 << 20).second, .121, .02);
  EXPECT_NEAR(over(lengths, 64 << 10).second, .443, .02);
}

TEST(LengthSets, PercentilesOfWikipedia) {
  auto lengths = draw_lengths(LengthSet::kWikipedia, 2 << 20, int64_t{1} << 28, 1);
  std::ranges::sort(lengths);
  const auto at = [&](double share) {
    return static_cast<double>(
        lengths[static_cast<size_t>(share * static_cast<double>(lengths.size()))]);
  };
  EXPECT_NEAR(at(.5) / 347, 1, .03);
  EXPECT_NEAR(at(.9) / 2112, 1, .03);
  EXPECT_NEAR(at(.99) / 10'921, 1, .05);
  const auto crawled = draw_lengths(LengthSet::kCommonCrawl, 384 << 10, int64_t{1} << 28, 1);
  EXPECT_NEAR(static_cast<double>(total(crawled)) / static_cast<double>(crawled.size()), 4800, 200);
}

TEST(LengthSets, StepsKeepTheShareOfLongSequences) {
  const auto steps = draw_steps(LengthSet::kByted, 2 << 20, 32 << 20, 200, 3);
  ASSERT_EQ(steps.size(), 200u);
  std::vector<int64_t> all;
  for (const auto& step : steps) {
    EXPECT_LE(total(step), 32 << 20);
    EXPECT_GT(total(step), 30 << 20);
    all.insert(all.end(), step.begin(), step.end());
  }
  EXPECT_NEAR(over(all, 1 << 20).second, .121, .015);
  EXPECT_EQ(steps, draw_steps(LengthSet::kByted, 2 << 20, 32 << 20, 200, 3));
}

TEST(LengthSets, Names) {
  const auto named = parse_length_set("github-256k").value();
  EXPECT_EQ(named.set, LengthSet::kGithub);
  EXPECT_EQ(named.context, 256 << 10);
  EXPECT_EQ(parse_length_set("byted-2m").value().context, 2 << 20);
  for (const char* name : {"", "byted", "byted-", "byted-m", "byted-2", "byted-2g", "byted--2m",
                           "byted-0k", "byted-2049m", "github2-1m", "byted-2mm"}) {
    const auto status = parse_length_set(name).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << name;
    EXPECT_NE(status.message().find("byted-2m"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace raddle::simulate
