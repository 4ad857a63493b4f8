// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/cost_fit.h"

#include <gtest/gtest.h>

#include <vector>

namespace raddle::balance {
namespace {

std::vector<Measured> planted(int64_t a_fs, int64_t b_ps, std::initializer_list<int64_t> lengths) {
  std::vector<Measured> rows;
  for (const int64_t s : lengths) rows.push_back({s, a_fs * s / 1000 * s + b_ps * s});
  return rows;
}

TEST(CostFit, RecoversWhatWasPlanted) {
  const auto rows = planted(41'000, 1'160'000, {1000, 4000, 16'000, 64'000, 256'000});
  const Fit fit = fit_quadratic(rows).value();
  EXPECT_NEAR(static_cast<double>(fit.attention_fs_per_token2), 41'000, 1);
  EXPECT_NEAR(static_cast<double>(fit.linear_ps_per_token), 1'160'000, 100);
  EXPECT_EQ(fit_linear(planted(0, 777, {10, 90})).value().linear_ps_per_token, 777);
  EXPECT_EQ(fit.time_ps(0), 0);
}

TEST(CostFit, NoisePullsEachRowByItsOwnShare) {
  auto rows = planted(50'000, 2'000'000, {2000, 8000, 32'000, 128'000});
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].time_ps += (i % 2 == 0 ? 1 : -1) * rows[i].time_ps / 50;
  }
  const Fit fit = fit_quadratic(rows).value();
  for (const Measured& row : rows) {
    EXPECT_NEAR(static_cast<double>(fit.time_ps(row.tokens)) / static_cast<double>(row.time_ps), 1,
                .04);
  }
}

TEST(CostFit, WhatCannotBeFitted) {
  EXPECT_EQ(fit_quadratic({}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(fit_linear({}).status().code(), Code::kInvalidArgument);
  const std::vector<Measured> same = {{100, 5}, {100, 6}};
  EXPECT_NE(fit_quadratic(same).status().message().find("two lengths"), std::string::npos);
  // Falls below a line: a would be negative.
  const std::vector<Measured> falling = {{100, 1000}, {200, 1100}};
  EXPECT_NE(fit_quadratic(falling).status().message().find("negative"), std::string::npos);
  const std::vector<Measured> zero = {{100, 0}, {200, 5}};
  EXPECT_EQ(fit_quadratic(zero).status().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace raddle::balance
