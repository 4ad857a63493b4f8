// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "runtime/data/utf8.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// All documents, then the message of the error that ended them, if any.
std::vector<std::string> read(const std::string& path, const SourceOptions& options = {}) {
  std::vector<std::string> documents;
  auto source = open_source(path, options);
  if (!source.is_ok()) return {source.status().to_string()};
  std::string_view document;
  while (true) {
    auto more = (*source)->next(&document);
    if (!more.is_ok()) documents.push_back(more.status().to_string());
    if (!more.is_ok() || !*more) return documents;
    documents.emplace_back(document);
  }
}

TEST(TextSource, AFileIsOneDocumentOrIsSplit) {
  test::TempDir dir;
  const std::string path = dir.write("a.txt", "one\n\ntwo\xFF\n\n\n\nthree");
  EXPECT_THAT(read(path), ElementsAre("one\n\ntwo\xFF\n\n\n\nthree"));
  SourceOptions split;
  split.document_separator = "\n\n";
  EXPECT_THAT(read(path, split), ElementsAre("one", "two\xFF", "three"));
  EXPECT_THAT(read(dir.write("empty.txt", "")), ElementsAre());
  EXPECT_THAT(read(dir / "missing.txt")[0], HasSubstr("NOT_FOUND"));
  EXPECT_THAT(read(dir.path())[0], HasSubstr("not a regular file"));
}

TEST(JsonlSource, ReadsTheFieldAndSkipsBlankLines) {
  test::TempDir dir;
  const std::string path = dir.write(
      "a.jsonl", "{\"text\": \"a\\u00e9\\n\", \"id\": 1}\r\n\n{\"text\": \"\"}\n{\"text\":\"b\"}");
  EXPECT_THAT(read(path), ElementsAre("a\xC3\xA9\n", "b"));
  SourceOptions other;
  other.text_field = "body";
  EXPECT_THAT(
      read(path, other),
      ElementsAre(HasSubstr("line 1, byte 0 of the file: the object has no field \"body\"")));
}

TEST(JsonlSource, ErrorsNameFileLineByteAndExpectation) {
  test::TempDir dir;
  const auto last = [&](const char* text) { return read(dir.write("x.jsonl", text)).back(); };
  EXPECT_THAT(last("{\"text\":\"a\"}\n{\"text\" 1}"),
              AllOf(HasSubstr("DATA_LOSS"), HasSubstr("x.jsonl line 2, byte 21"),
                    HasSubstr("not valid JSON")));
  EXPECT_THAT(last("{\"text\":\"a\xFF\"}"),
              AllOf(HasSubstr("line 1, byte 10"), HasSubstr("byte 0xFF is not valid UTF-8")));
  EXPECT_THAT(last("[1]"), HasSubstr("found a JSON array; expected an object"));
  EXPECT_THAT(last("{\"text\":1}"), HasSubstr("field \"text\" is a number; expected a string"));
  EXPECT_THAT(last("{\"text\":\"a\\q\"}"), HasSubstr("not valid JSON"));
}

TEST(Source, FormatNames) {
  EXPECT_EQ(*parse_source_format("jsonl"), SourceFormat::kJsonl);
  EXPECT_THAT(parse_source_format("csv").status().message(),
              HasSubstr("expected auto, text or jsonl"));
}

TEST(Utf8, FindsTheFirstInvalidByte) {
  EXPECT_EQ(utf8_valid_prefix(""), 0u);
  EXPECT_EQ(utf8_valid_prefix("plain ascii text"), 16u);
  EXPECT_EQ(utf8_valid_prefix("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), 10u);
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xFF"}) {
    EXPECT_EQ(utf8_valid_prefix(std::string("ab") + bad), 2u) << testing::PrintToString(bad);
  }
  EXPECT_EQ(utf8_invalid_prefix("\xFF\x80\xFEz"), 3u);
  EXPECT_EQ(utf8_invalid_prefix("\xFF"), 1u);
}

}  // namespace
}  // namespace raddle::data
