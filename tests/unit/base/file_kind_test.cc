// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/file_kind.h"

#include <gtest/gtest.h>

#include <string>

namespace raddle {
namespace {

using std::string_literals::operator""s;

std::string what(const std::string& begin) {
  const auto kind = recognize_file(begin);
  return kind ? kind->what : "";
}

TEST(RecognizeFile, KnowsWhatOftenLiesUnderAnotherName) {
  EXPECT_EQ(what(""), "empty");
  EXPECT_EQ(what("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 548105171\n"),
            "a git-lfs pointer, not the file itself");
  EXPECT_EQ(what("PK\x03\x04"s + std::string(26, '\0') + "archive/data.pkl"), "a PyTorch pickle");
  EXPECT_EQ(what("\x80\x02\x8a\nl\xfc\x9c"s), "a PyTorch pickle");
  EXPECT_EQ(what("PK\x03\x04"s + std::string(26, '\0') + "model.safetensors"), "a zip archive");
  EXPECT_EQ(what("\n <!DOCTYPE HTML><title>Log in"), "a web page");
  EXPECT_EQ(what("<html>"), "a web page");
  EXPECT_EQ(what("<?xml version=\"1.0\"?><Error><Code>AccessDenied"), "an XML answer of a server");
  EXPECT_EQ(what("Entry not found"), "a text that begins with \"Entry not found\"");
  EXPECT_EQ(what("{\"error\": \"gated\"}"), "a text that begins with \"{\"error\": \"gated\"}\"");
  EXPECT_EQ(what("GGUF\3\0\0\0"s), "a GGUF file (of llama.cpp)");
  EXPECT_EQ(what("\x1f\x8b\x08"s), "a gzip archive");
  EXPECT_EQ(what("\x28\xb5\x2f\xfd"s), "a zstd archive");
  EXPECT_EQ(what(std::string(64, '\0')), "nothing but zeros");
}

TEST(RecognizeFile, SaysNothingOfWhatItDoesNotKnow) {
  EXPECT_EQ(what("\x58\x02\0\0\0\0\0\0{\"a\":"s), "");  // safetensors
  EXPECT_EQ(what("\xff\xfe\x01\x02"s), "");
}

TEST(RecognizeFile, SaysWhatToDo) {
  EXPECT_NE(recognize_file("version https://git-lfs")->remedy.find("git lfs pull"),
            std::string::npos);
}

}  // namespace
}  // namespace raddle
