// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/schedule.h"

#include <gtest/gtest.h>

namespace raddle::session {
namespace {

Schedule base(Schedule::Kind kind) {
  Schedule s;
  s.kind = kind;
  s.peak = 1;
  s.min_ratio = 0.1;
  s.warmup_steps = 10;
  s.total_steps = 110;
  return s;
}

TEST(Schedule, WarmsUpLinearlyToThePeak) {
  for (const auto kind :
       {Schedule::Kind::kConstant, Schedule::Kind::kCosine, Schedule::Kind::kWarmupStableDecay}) {
    EXPECT_DOUBLE_EQ(learning_rate(base(kind), 1), 0.1);
    EXPECT_DOUBLE_EQ(learning_rate(base(kind), 5), 0.5);
    EXPECT_DOUBLE_EQ(learning_rate(base(kind), 10), 1.0);
  }
}

TEST(Schedule, EachKindDecaysInItsOwnWay) {
  EXPECT_DOUBLE_EQ(learning_rate(base(Schedule::Kind::kConstant), 110), 1.0);
  const Schedule cosine = base(Schedule::Kind::kCosine);
  EXPECT_NEAR(learning_rate(cosine, 60), 0.55, 1e-12);
  EXPECT_NEAR(learning_rate(cosine, 110), 0.1, 1e-12);
  EXPECT_NEAR(learning_rate(cosine, 500), 0.1, 1e-12);
  const Schedule wsd = base(Schedule::Kind::kWarmupStableDecay);  // decays over the last 22 steps
  EXPECT_DOUBLE_EQ(learning_rate(wsd, 88), 1.0);
  EXPECT_NEAR(learning_rate(wsd, 99), 0.55, 1e-12);
  EXPECT_NEAR(learning_rate(wsd, 110), 0.1, 1e-12);
}

}  // namespace
}  // namespace raddle::session
