// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/status.h"

#include <gtest/gtest.h>

namespace raddle {
namespace {

StatusOr<int> half(int value) {
  if (value % 2 != 0) return invalid_argument("{} is odd; give an even number", value);
  return value / 2;
}

Status use(int value, int* out) {
  RADDLE_ASSIGN_OR_RETURN(*out, half(value));
  return Status::ok();
}

TEST(Status, CarriesCodeScopeAndMessage) {
  const Status status = unavailable("peer {} is gone", 3).with_scope(Scope::kPeer);
  EXPECT_FALSE(status.is_ok());
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(status.scope(), Scope::kPeer);
  EXPECT_EQ(status.to_string(), "UNAVAILABLE: peer 3 is gone");
}

TEST(Status, ContextGoesInFrontAndOkStaysOk) {
  EXPECT_EQ(io_error("x").with_context("reading a").message(), "reading a: x");
  EXPECT_TRUE(Status::ok().with_context("reading a").is_ok());
}

TEST(StatusOr, PropagatesThroughTheMacros) {
  int out = 0;
  EXPECT_TRUE(use(8, &out).is_ok());
  EXPECT_EQ(out, 4);
  EXPECT_EQ(use(7, &out).message(), "7 is odd; give an even number");
}

}  // namespace
}  // namespace raddle
