// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/stop_token.h"

#include <gtest/gtest.h>

#include <thread>

namespace raddle {
namespace {

TEST(StopToken, GradesOnlyRise) {
  StopToken stop;
  EXPECT_FALSE(stop.is_set());
  stop.stop();
  EXPECT_TRUE(stop.is_set());
  EXPECT_FALSE(stop.is_cancelled());
  stop.cancel();
  stop.stop();
  EXPECT_TRUE(stop.is_cancelled());
}

TEST(StopToken, OneFollowsEitherOfTwo) {
  StopToken a, b;
  StopToken both = StopToken::either(&a, &b), alone = StopToken::either(nullptr, &b);
  b.stop();
  EXPECT_EQ(both.grade(), StopGrade::kStop);
  a.cancel();
  EXPECT_EQ(both.grade(), StopGrade::kCancel);
  EXPECT_EQ(alone.grade(), StopGrade::kStop);
  both.begin_work(10, 1);
  both.advance(2);
  EXPECT_EQ(a.done(), 3);
  EXPECT_EQ(b.total(), 10);
}

TEST(StopToken, WhatIsFinishedInGoodOrderIsOnlyCancelled) {
  StopToken stop;
  StopToken finishing = StopToken::cancel_only(&stop);
  stop.stop();
  EXPECT_FALSE(finishing.is_set());
  stop.cancel();
  EXPECT_TRUE(finishing.is_cancelled());
}

TEST(StopToken, PartsOfAWorkTellNothing) {
  StopToken stop;
  stop.begin_work(10);
  StopToken part = StopToken::silent(&stop);
  part.begin_work(7);
  part.advance(3);
  EXPECT_EQ(stop.total(), 10);
  EXPECT_EQ(stop.done(), 0);
  stop.stop();
  EXPECT_TRUE(part.is_set());
}

TEST(StopToken, IsSetFromAnotherThread) {
  StopToken stop;
  std::thread([&] { stop.cancel(); }).join();
  EXPECT_EQ(check_stop(&stop, "the work").code(), Code::kCancelled);
  EXPECT_TRUE(check_stop(nullptr, "the work").is_ok());
}

}  // namespace
}  // namespace raddle
