// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/agreement.h"

#include <gtest/gtest.h>

#include "runtime/control/wire.h"

namespace raddle::control {
namespace {

TEST(Agreement, NamesWhatDiffersAndNothingElse) {
  const std::string here = *join_lines({"a = 1", "b = two", "c = 3"});
  EXPECT_EQ(difference(here, here), "");
  EXPECT_EQ(difference(here, *join_lines({"a = 1", "b = 2", "c = 3"})),
            "b is 2 there and two at rank 0");
  EXPECT_EQ(difference(here, *join_lines({"a = 1", "b = two", "d = 4"})),
            "c is not known there and 3 at rank 0; d is 4 there and not known at rank 0");
}

TEST(Agreement, NamesAFewOfMany) {
  std::vector<std::string> here, there;
  for (int i = 0; i < 9; ++i) {
    here.push_back(fmt::format("key{} = 0", i));
    there.push_back(fmt::format("key{} = 1", i));
  }
  EXPECT_EQ(
      difference(*join_lines(here), *join_lines(there)),
      "key0 is 1 there and 0 at rank 0; key1 is 1 there and 0 at rank 0; key2 is 1 there and 0 "
      "at rank 0; and 6 more");
}

TEST(Agreement, LinesThatCannotBeSentAreRefused) {
  EXPECT_EQ(join_lines({"a = 1\nb = 2"}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(join_lines({std::string(kAgreementLimit, 'x')}).status().code(),
            Code::kInvalidArgument);
}

}  // namespace
}  // namespace raddle::control
