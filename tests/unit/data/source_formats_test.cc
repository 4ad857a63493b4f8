// SPDX-License-Identifier: Apache-2.0
// What files hold is told by name and content: JSON in its forms, compressed files, and what is no
// text at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>

#include "runtime/data/json_text.h"
#include "runtime/data/source.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle::data {
namespace {

using std::string_literals::operator""s;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// {"text": "one"}\n and {"text": "two"}\n
const std::string kGzipOne =
    "\x1f\x8b\x08\0\0\0\0\0\x02\x03\xab\x56\x2a\x49\xad\x28\x51\xb2\x52\x50\xca\xcf\x4b\x55\xaa\xe5"
    "\x02\0\x6d\x03\xd1\x06\x10\0\0\0"s;
const std::string kGzipTwo =
    "\x1f\x8b\x08\0\0\0\0\0\x02\x03\xab\x56\x2a\x49\xad\x28\x51\xb2\x52\x50\x2a\x29\xcf\x57\xaa\xe5"
    "\x02\0\xa2\xe4\x8d\x6d\x10\0\0\0"s;
const std::string kGzipUtf16 =
    "\x1f\x8b\x08\0\0\0\0\0\x02\x03\xfb\xff\xef\xff\xbf\x7c\x86\x3c\x86\x54\x06\0\x55\x42\x22\x74"
    "\x0a\0\0\0"s;
const std::string kZstdOne =
    "\x28\xb5\x2f\xfd\x20\x10\x81\0\0\x7b\x22\x74\x65\x78\x74\x22\x3a\x20\x22\x6f\x6e\x65\x22\x7d"
    "\x0a"s;
const std::string kZstdTwo =
    "\x28\xb5\x2f\xfd\x20\x10\x81\0\0\x7b\x22\x74\x65\x78\x74\x22\x3a\x20\x22\x74\x77\x6f\x22\x7d"
    "\x0a"s;

class SourceFormats : public ::testing::Test {
 protected:
  // All documents, then the message of the error that ended them, if any.
  std::vector<std::string> read(const char* name, const std::string& bytes,
                                const SourceOptions& options = {}) {
    std::vector<std::string> documents;
    auto source = open_source(dir_.write(name, bytes), options);
    if (!source.is_ok()) return {source.status().to_string()};
    std::string_view document;
    while (true) {
      auto more = (*source)->next(&document);
      if (!more.is_ok()) documents.push_back(more.status().to_string());
      replaced_ = (*source)->replaced();
      separators_ = (*source)->separators();
      if (!more.is_ok() || !*more) return documents;
      documents.emplace_back(document);
    }
  }
  std::string refusal(const char* name, const std::string& bytes,
                      const SourceOptions& options = {}) {
    const auto documents = read(name, bytes, options);
    return documents.empty() ? "" : documents.back();
  }
  test::TempDir dir_;
  uint64_t replaced_ = 0, separators_ = 0;
};

TEST_F(SourceFormats, JsonLinesByAnyName) {
  const std::string lines = "{\"text\": \"one\"}\r\n\n{\"text\": \"two\"}\n";
  for (const char* name : {"a.jsonl", "a.JSONL", "a.json", "a.jl", "a.ndjson", "a.txt", "a"}) {
    EXPECT_THAT(read(name, lines), ElementsAre("one", "two")) << name;
    EXPECT_THAT(read(name, "\xEF\xBB\xBF" + lines), ElementsAre("one", "two")) << name;
  }
  SourceOptions text;
  text.format = SourceFormat::kText;
  EXPECT_THAT(read("a.jsonl", lines, text), ElementsAre(lines));
}

TEST_F(SourceFormats, JsonArraysAndObjectsOfManyLines) {
  for (const char* name : {"a.json", "a.txt", "a.jsonl"}) {
    EXPECT_THAT(read(name, "[{\"text\": \"one\"},\n {\"text\": \"]},\\\"\"}\n]\n"),
                ElementsAre("one", "]},\""))
        << name;
    EXPECT_THAT(read(name, "{\n  \"text\":\n \"one\"\n}\n{\n\"text\": \"two\"}"),
                ElementsAre("one", "two"))
        << name;
  }
  EXPECT_THAT(refusal("a.json", "[{\"text\": \"one\"}"),
              AllOf(HasSubstr("after value 1"), HasSubstr("cut off")));
  EXPECT_THAT(refusal("a.json", "[{\"text\": \"one\"}] x"), HasSubstr("follows the array's end"));
  EXPECT_THAT(refusal("a.json", "[{\"text\": \"one\"}, {\"text\": tru}]"),
              AllOf(HasSubstr("value 2, byte 27"), HasSubstr("not valid JSON")));
  EXPECT_THAT(refusal("a.json", "{\"rows\": [1], \"in\": {\"x\": 1}}"),
              HasSubstr("no field \"text\", only rows, in; name"));
  EXPECT_THAT(refusal("a.json", "{\"rows\": [1]}"), Not(HasSubstr("data.format")));
  EXPECT_THAT(refusal("a.json", "plain words"), HasSubstr("not valid JSON"));
}

TEST_F(SourceFormats, ObjectsMayFollowEachOtherInOneLine) {
  const std::string one = "{\"text\": \"one\"}", two = "{\"text\": \"two\", \"a\": [\"}{\"]}";
  for (const char* between : {"", " ", "\r", "\r\r"}) {
    EXPECT_THAT(read("a.jsonl", one + between + two + between + one + "\n" + two),
                ElementsAre("one", "two", "one", "two"));
  }
  EXPECT_THAT(read("a.jsonl", one + two + " x\n" + one),
              ElementsAre("one", HasSubstr("line 1, byte 44 of the file: not valid JSON here")));
  EXPECT_THAT(read("a.jsonl", one + ", " + two), ElementsAre(HasSubstr("not valid JSON here")));
  EXPECT_THAT(read("a.jsonl", one + "{\"text\": \"cut"),
              ElementsAre("one", HasSubstr("not valid JSON here")));
}

TEST_F(SourceFormats, ATextThatIsNullSaysHowToGoOn) {
  EXPECT_THAT(
      refusal("a.jsonl", "{\"text\": \"one\"}\n{\"text\": null}\n"),
      AllOf(HasSubstr("line 2"), HasSubstr("is a null"), HasSubstr("select(.text != null)")));
}

TEST_F(SourceFormats, WhatIsNoFileSaysWhatToDo) {
  std::filesystem::create_directory(dir_ / "dir");
  const auto said = [&](const std::string& name) {
    return std::string(open_source(dir_ / name, {}).status().message());
  };
  EXPECT_THAT(said("dir"), HasSubstr("not a regular file; name the files in it"));
  EXPECT_THAT(said("dir/*.txt"), HasSubstr("patterns are not filled in"));
  EXPECT_THAT(said("gone.txt"), Not(HasSubstr("pattern")));
  ASSERT_EQ(mkfifo((dir_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(said("pipe"), HasSubstr("it is a pipe"));
}

TEST_F(SourceFormats, TextThatOnlyBeginsLikeJsonIsText) {
  for (const char* text :
       {"{ not json }", "[1] a footnote", "{}\nint main() {}", "[", "{", " \n"}) {
    EXPECT_THAT(read("a.txt", text), ElementsAre(text));
  }
  EXPECT_THAT(read("a.txt", "\xEF\xBB\xBFwords"), ElementsAre("words"));
}

// A log of objects, with a line that is none.
TEST_F(SourceFormats, WhatWasTakenForJsonSaysHowToTakeItAsText) {
  const std::string log = "{\"level\": \"info\"}\nstarted\n";
  for (const char* name : {"a.txt", "a.log"}) {
    EXPECT_THAT(refusal(name, log), AllOf(HasSubstr("no field \"text\", only level"),
                                          HasSubstr("if it is text, set data.format = text")));
    EXPECT_THAT(refusal(name, "{\"text\": \"one\"}\nstarted\n"),
                AllOf(HasSubstr("line 2"), HasSubstr("if it is text, set data.format = text")));
  }
  SourceOptions lines;
  lines.format = SourceFormat::kJsonl;
  EXPECT_THAT(refusal("a.txt", log, lines), Not(HasSubstr("data.format")));
}

TEST_F(SourceFormats, FilesPutTogetherHaveMarksInside) {
  const std::string mark = "\xEF\xBB\xBF", one = "{\"text\": \"one\"}\n",
                    two = "{\"text\":\n\"two\"}\n";
  EXPECT_THAT(read("a.jsonl", mark + one + mark + one), ElementsAre("one", "one"));
  EXPECT_THAT(read("a.jsonl", one + mark + "\n" + one), ElementsAre("one", "one"));
  EXPECT_THAT(read("a.json", two + mark + two), ElementsAre("two", "two"));
  EXPECT_THAT(refusal("a.json", "[" + one + "]" + mark + "[" + one + "]"),
              HasSubstr("a byte order mark follows the array's end"));
}

// Chinese and Japanese have few zero bytes.
TEST_F(SourceFormats, Utf16WithoutAMarkIsNamed) {
  const std::string chinese =
      "\x2D\x4E\x87\x65\x02\x30\x0A\0\x00\x4E\x2A\x4E\xE5\x65\x2C\x67\x3D\xD8\x00\xDE"s;
  std::string swapped = chinese;
  for (size_t i = 0; i + 1 < swapped.size(); i += 2) std::swap(swapped[i], swapped[i + 1]);
  EXPECT_THAT(refusal("a.txt", chinese),
              AllOf(HasSubstr("UTF-16 text without"), HasSubstr("iconv -f UTF-16LE")));
  EXPECT_THAT(refusal("a.txt", swapped),
              AllOf(HasSubstr("UTF-16 text without"), HasSubstr("iconv -f UTF-16BE")));
  // Kana and a line end, whose bytes are nearly all ASCII's: "wagahai wa neko de aru" twice.
  std::string japanese;
  for (int i = 0; i < 2; ++i) {
    japanese +=
        "\x42\x30\x4B\x30\x6F\x30\x44\x30\x6F\x30\x6D\x30\x53\x30\x67\x30\x42\x30"
        "\x0A\0"s;
  }
  EXPECT_THAT(refusal("a.txt", japanese), HasSubstr("iconv -f UTF-16LE"));
  EXPECT_THAT(refusal("a.txt", "hello\0world\nhello\0world\nhello\0world\n"s),
              HasSubstr("byte 5 is zero"));
  const std::string wide = "A\0\0\0b\0\0\0\x42\x30\0\0\n\0\0\0"s + "\0\xF6\x01\0"s;
  std::string backwards = wide + wide;
  for (size_t i = 0; i < backwards.size(); i += 4) {
    std::swap(backwards[i], backwards[i + 3]);
    std::swap(backwards[i + 1], backwards[i + 2]);
  }
  EXPECT_THAT(refusal("a.txt", wide + wide), HasSubstr("iconv -f UTF-32LE"));
  EXPECT_THAT(refusal("a.txt", backwards), HasSubstr("iconv -f UTF-32BE"));
  std::string numbers;
  for (int i = 0; i < 64; ++i) numbers += static_cast<char>(i * 37 % 256);
  EXPECT_THAT(refusal("a.txt", numbers), HasSubstr("binary"));
}

TEST_F(SourceFormats, FieldsNobodyAskedForMayHoldAnything) {
  EXPECT_THAT(read("a.jsonl",
                   "{\"a\": NaN, \"b\": [Infinity, {\"c\": -Infinity}], \"d\": 1e400, \"text\": "
                   "\"one\", \"e\": \"\\ud83d\"}\n"),
              ElementsAre("one"));
  EXPECT_EQ(replaced_, 0u);
  std::string deep = "{\"x\": " + std::string(100000, '[') + std::string(100000, ']');
  EXPECT_THAT(read("a.jsonl", deep + ", \"text\": \"one\"}"), ElementsAre("one"));
  EXPECT_THAT(refusal("a.jsonl", "{\"x\": [1,], \"text\": \"one\"}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("a.jsonl", "{\"x\": 1, \"text\": \"one\"} 2"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("a.jsonl", "{\"text\": null}"), HasSubstr("is a null; expected a string"));
}

TEST_F(SourceFormats, HalvesOfSurrogatePairsBecomeReplacementCharacters) {
  EXPECT_THAT(
      read("a.jsonl", "{\"text\": \"\\ud83d\\ude00 \\ud83d x \\ude00 \\ud83d\\n\\ud83d\\u0041\"}"),
      ElementsAre("\xF0\x9F\x98\x80 \xEF\xBF\xBD x \xEF\xBF\xBD \xEF\xBF\xBD\n\xEF\xBF\xBD"
                  "A"));
  EXPECT_EQ(replaced_, 4u);
}

TEST_F(SourceFormats, TheLastOfDuplicateKeysAndNestedFields) {
  EXPECT_THAT(read("a.jsonl", "{\"text\": \"one\", \"text\": \"two\"}"), ElementsAre("two"));
  SourceOptions nested;
  nested.text_field = "content.body";
  EXPECT_THAT(read("a.jsonl",
                   "{\"content\": {\"id\": 1, \"body\": \"deep\"}, \"body\": \"no\"}\n"
                   "{\"content.body\": \"flat\"}\n",
                   nested),
              ElementsAre("deep", "flat"));
  EXPECT_THAT(refusal("a.jsonl", "{\"content\": \"x\"}", nested),
              HasSubstr("no field \"content.body\""));
}

TEST_F(SourceFormats, GzipAndZstandardAreUnpacked) {
  EXPECT_THAT(read("a.jsonl.gz", kGzipOne), ElementsAre("one"));
  EXPECT_THAT(read("a.bin", kGzipOne + kGzipTwo), ElementsAre("one", "two"));  // two members
  EXPECT_THAT(read("a.gz", kGzipOne + std::string(512, '\0')), ElementsAre("one"));
  EXPECT_THAT(read("a.jsonl.zst", kZstdOne + kZstdTwo), ElementsAre("one", "two"));
  const std::string skippable = "\x5a\x2a\x4d\x18\x03\0\0\0abc"s;
  EXPECT_THAT(read("a.zst", skippable + skippable + kZstdOne + skippable + kZstdTwo),
              ElementsAre("one", "two"));
  SourceOptions text;
  text.format = SourceFormat::kText;
  EXPECT_THAT(read("a.gz", kGzipOne, text), ElementsAre("{\"text\": \"one\"}\n"));
  // Cut off anywhere, it is an error and no shorter text.
  for (size_t bytes = 3; bytes < kGzipOne.size(); ++bytes) {
    ASSERT_THAT(refusal("a.gz", kGzipOne.substr(0, bytes)),
                AllOf(HasSubstr("DATA_LOSS"), HasSubstr("a.gz"), HasSubstr("breaks off")))
        << bytes;
  }
  for (size_t bytes = 5; bytes < kZstdOne.size(); ++bytes) {
    ASSERT_THAT(refusal("a.zst", kZstdOne.substr(0, bytes)), HasSubstr("breaks off")) << bytes;
  }
  std::string damaged = kGzipOne;
  damaged[damaged.size() - 6] ^= 1;
  EXPECT_THAT(refusal("a.gz", damaged), HasSubstr("damaged gzip data"));
  EXPECT_THAT(refusal("a.gz", kGzipOne + "x"), HasSubstr("no gzip data"));
  EXPECT_THAT(refusal("a.txt.gz", kGzipUtf16), HasSubstr("UTF-16"));
}

TEST_F(SourceFormats, AFileThatIsCutWhileItIsReadIsAnError) {
  std::string lines;
  while (lines.size() < (1 << 21)) lines += "{\"text\": \"one\"}\n";
  std::string packed;
  while (packed.size() < (1 << 21)) packed += kGzipOne;
  std::string frames;
  while (frames.size() < (1 << 21)) frames += kZstdOne;
  for (const auto& [name, bytes] :
       {std::pair{"a.jsonl", lines}, std::pair{"a.gz", packed}, std::pair{"a.zst", frames},
        std::pair{"a.txt", std::string(lines.size(), 'x')}}) {
    const std::string path = dir_.write(name, bytes);
    auto source = open_source(path, {}).value();
    DocumentPart part;
    ASSERT_TRUE(*source->next_part(&part));
    EXPECT_NE(part.text, "");
    std::filesystem::resize_file(path, 1000);
    StatusOr<bool> more = true;
    while (more.is_ok() && *more) more = source->next_part(&part);
    EXPECT_EQ(more.status().code(), Code::kDataLoss) << name;
    EXPECT_THAT(more.status().message(),
                AllOf(HasSubstr(path), HasSubstr("ends at byte 1000, but had 209")));
  }
}

TEST_F(SourceFormats, WhatIsNoTextIsRefusedByName) {
  const std::string zeros(64, '\0');
  const std::pair<const char*, std::string> files[] = {
      {"UTF-16",
       "\xff\xfe"
       "a\0b\0"s},
      {"UTF-16", "\xfe\xff\0a\0b"s},
      {"UTF-16 text without", "a\0 \0l\0i\0n\0e\0 \0"s},
      {"UTF-32", "\xff\xfe\0\0a\0\0\0"s},
      {"xz",
       "\xfd"
       "7zXZ\0\0\4"s},
      {"bzip2", "BZh91AY&SY\xff\0"s},
      {"zip", "PK\x03\x04\x14\0"s},
      {"Parquet", "PAR1\x15\0\x15\x80"s},
      {"Arrow file", "ARROW1\0\0"s},
      {"Arrow stream", "\xff\xff\xff\xff\x88\0\0\0"s},
      {"NumPy", "\x93NUMPY\1\0v\0"s},
      {"PDF", "%PDF-1.7\n"},
      {"safetensors", "\x40\0\0\0\0\0\0\0{\"w\":"s},
      {"git-lfs pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"},
      {"pickle", "\x80\x04\x95\x10\0"s},
      {"byte 3 is zero", "abc\0"s + std::string(40, 'x')},
      {"not UTF-8, so this is a binary", "\x01\xfe\xfdxx\x02 words and more words"},
      {"tables (.tsv)", "id\ttext\n1\ta\n"}};
  for (const auto& [what, bytes] : files) {
    const bool table = std::string_view(what).starts_with("tables");
    EXPECT_THAT(refusal(table ? "a.tsv" : "a.txt", bytes),
                AllOf(HasSubstr("UNIMPLEMENTED"), HasSubstr(what), HasSubstr("/a.t")))
        << what;
  }
  // Whoever asks for bytes as they are gets them, but for files that are known by name.
  SourceOptions text;
  text.format = SourceFormat::kText;
  EXPECT_THAT(read("a.txt", "abc\0x"s, text), ElementsAre("abc\0x"s));
  EXPECT_THAT(read("a.tsv", "id\ttext\n", text), ElementsAre("id\ttext\n"));
  EXPECT_THAT(refusal("a.txt",
                      "\xff\xfe"
                      "a\0b\0"s,
                      text),
              HasSubstr("UTF-16"));
  // A zero far behind the beginning.
  EXPECT_THAT(refusal("a.txt", std::string(100000, 'x') + zeros), HasSubstr("byte 100000 is zero"));
  // Words that happen to begin as some files do.
  for (const char* words : {"BZh is no word", "ORC and elf", "GIF89a is a format", "PK"}) {
    EXPECT_THAT(read("a.txt", words), ElementsAre(words));
  }
}

// French as Windows saves it.
TEST_F(SourceFormats, TextOfAnotherEncodingIsRefused) {
  std::string french;
  while (french.size() < 8000) french += "Les \xE9l\xE8ves \x93 \x94 ";
  EXPECT_THAT(refusal("a.txt", "plain\n" + french),
              AllOf(HasSubstr("UNIMPLEMENTED"), HasSubstr("0xE9 at byte 10"),
                    HasSubstr("iconv -f WINDOWS-1252")));
  // Behind a long beginning, and in documents.
  const std::string plain(1 << 21, 'x');
  EXPECT_THAT(refusal("a.txt", std::string(1 << 16, 'x') + french), HasSubstr("at byte 65540"));
  SourceOptions split;
  split.document_separator = "\x93";
  EXPECT_THAT(refusal("a.txt", french, split), HasSubstr("iconv"));
  SourceOptions bytes;
  bytes.format = SourceFormat::kText;
  EXPECT_THAT(read("a.txt", french, bytes), ElementsAre(french));
}

TEST_F(SourceFormats, AFewBrokenBytesAreNoOtherEncoding) {
  std::string greek;
  while (greek.size() < 300000) greek += "\xCE\xB1\xCE\xB2 ";  // parts end inside characters
  for (const size_t bytes : {size_t{65536}, size_t{65537}, size_t{65538}, greek.size()}) {
    const std::string whole = greek.substr(0, bytes / 5 * 5);
    for (const char* end : {"", "\xCE", "\xFF and \x80"}) {
      const std::string text = whole + end;
      auto source = open_source(dir_.write("a.txt", text), {}).value();
      std::string_view document;
      ASSERT_TRUE(*source->next(&document));
      EXPECT_TRUE(document == text);
      ASSERT_FALSE(*source->next(&document));
      EXPECT_EQ(source->census().invalid(), static_cast<uint64_t>(*end == 0        ? 0
                                                                  : *end == '\xCE' ? 1
                                                                                   : 2));
    }
  }
  // One byte in 1,000 of a long text that has no other than ASCII, and 64 of any.
  std::string english(1'050'000, 'x');
  for (size_t at = 999; at < english.size(); at += 1000) english[at] = '\xE9';
  EXPECT_TRUE(refusal("a.txt", english) == english);
  EXPECT_THAT(refusal("a.txt", english + "\xE9"), HasSubstr("1051 of its first 1050001 bytes"));
  EXPECT_THAT(read("a.txt", std::string(64, '\xE9')), ElementsAre(std::string(64, '\xE9')));
}

TEST(Utf8Census, CountsTheSameInParts) {
  const std::string text = "a\xFF\x80\xC3\xA9\xE4\xB8\xAD\xE4\xB8 \xF0\x9F\x98\x80\xF0\x9F\x98";
  for (size_t step = 1; step <= text.size(); ++step) {
    Utf8Census census;
    for (size_t at = 0; at < text.size(); at += step) {
      census.add(std::string(text.substr(at, step)), 100 + at, at + step >= text.size());
    }
    EXPECT_EQ(census.invalid(), 7u) << step;
    test::ExpectLog expect("a.txt: 7 bytes are in no UTF-8 character, the first 0xFF at byte 101");
    census.warn("a.txt");
  }
}

TEST_F(SourceFormats, SeparatorsAreCounted) {
  SourceOptions options;
  options.document_separator = "\n\n";
  EXPECT_THAT(read("a.txt", "one\n\ntwo", options), ElementsAre("one", "two"));
  EXPECT_EQ(separators_, 1u);
  EXPECT_THAT(read("a.txt", "one\r\n\r\ntwo", options), ElementsAre("one\r\n\r\ntwo"));
  EXPECT_EQ(separators_, 0u);
}

}  // namespace
}  // namespace raddle::data
