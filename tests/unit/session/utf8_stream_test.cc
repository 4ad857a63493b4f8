// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/utf8_stream.h"

#include <gtest/gtest.h>

namespace raddle::session {
namespace {

TEST(Utf8Stream, HoldsBackAnUnfinishedCharacter) {
  Utf8Stream stream;
  EXPECT_EQ(stream.add("a\xe2\x82"), "a");
  EXPECT_EQ(stream.add("\xac"
                       "b"),
            "\xe2\x82\xac"
            "b");
  EXPECT_EQ(stream.add("\xf0\x9f"), "");
  EXPECT_EQ(stream.add("\x98\x80"), "\xf0\x9f\x98\x80");
}

TEST(Utf8Stream, PassesBrokenBytesOn) {
  Utf8Stream stream;
  EXPECT_EQ(stream.add("\xff\x80"), "\xff\x80");
  EXPECT_EQ(stream.add("\xe2z"), "\xe2z");
}

}  // namespace
}  // namespace raddle::session
