// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace raddle {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string nested(int depth) {
  return std::string(static_cast<size_t>(depth), '[') +
         std::string(static_cast<size_t>(depth), ']');
}

TEST(Json, OfWhatIsNoneIsDiscarded) {
  EXPECT_EQ(json_from(R"({"a": [1, null]})"), json({{"a", {1, nullptr}}}));
  for (const char* text : {"", "{", "{} x", "nan", "\"\xff\"", "1e999"}) {
    EXPECT_TRUE(json_from(text).is_discarded()) << text;
    EXPECT_TRUE(ordered_json_from(text).is_discarded()) << text;
    EXPECT_EQ(read_json(text, "a.json").status().code(), Code::kInvalidArgument) << text;
  }
}

TEST(Json, TooDeepIsRefusedBeforeItIsParsed) {
  EXPECT_TRUE(json_from(nested(64)).is_array());
  EXPECT_TRUE(json_from(nested(65)).is_discarded());
  EXPECT_TRUE(json_from('"' + nested(65) + '"').is_string());
  EXPECT_TRUE(ordered_json_from(nested(1000000)).is_discarded());
  const Status status = read_json(nested(65), "a.json").status();
  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_EQ(status.message(), "a.json: nested deeper than 64 levels");
}

TEST(Json, AFileThatIsNoneIsSaidToBeWhatItIs) {
  EXPECT_EQ(*read_json("[1]", "a.json"), json({1}));
  const Status status =
      read_json("version https://git-lfs.github.com/spec/v1\n", "a.json").status();
  EXPECT_NE(status.message().find("a.json"), std::string::npos) << status.message();
  EXPECT_NE(status.message().find("git lfs pull"), std::string::npos) << status.message();
}

TEST(Json, TextKeepsTheOrderOfWhatHasOne) {
  EXPECT_EQ(json_text(ordered_json_from(R"({"b":1,"a":2})")), R"({"b":1,"a":2})");
  EXPECT_EQ(json_text(json_from(R"({"b":1,"a":2})")), R"({"a":2,"b":1})");
  EXPECT_EQ(json_text(json_from("[1]"), 2), "[\n  1\n]");
}

TEST(Json, TextIsUtf8WhateverItHolds) {
  EXPECT_EQ(json_text(json("\xc3\xa4\xff")), "\"\xc3\xa4\xef\xbf\xbd\"");
}

TEST(Json, IsShownInOneShortLineOfAscii) {
  EXPECT_EQ(json_shown(json_from("[1,\n \"\xc3\xa4\"]")), R"([1,"\u00e4"])");
  const std::string shown = json_shown(json(std::string(200, 'x')));
  EXPECT_EQ(shown.size(), 80u);
  EXPECT_TRUE(shown.ends_with("x..."));
  EXPECT_EQ(json_shown(json(std::string(78, 'x'))).size(), 80u);
}

}  // namespace
}  // namespace raddle
