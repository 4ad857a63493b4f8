// SPDX-License-Identifier: Apache-2.0
// Ids as Hugging Face's library gives them, for tokenizers with every peculiarity that is read. The
// pins are written by tests/interop/pin_tokenizers.py.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "runtime/data/tokenizer.h"
#include "tests/support/log_guard.h"

namespace raddle::data {
namespace {

using Json = nlohmann::json;

Json read_json(const std::string& name) {
  const std::string path = std::string(RADDLE_SOURCE_DIR) + "/tests/cases/tok/" + name;
  return Json::parse(posix_file_system().read_all(path).value());
}

// As `changed` in pin_tokenizers.py.
Json changed(Json tokenizer, const Json& changes) {
  for (const auto& [name, value] : changes.items()) {
    const Json::json_pointer pointer(name);
    Json& parent = tokenizer[pointer.parent_pointer()];
    if (parent.is_array()) {
      parent.push_back(value);
    } else if (value.is_null() && name != "/decoder") {
      parent.erase(pointer.back());
    } else {
      parent[pointer.back()] = value;
    }
  }
  return tokenizer;
}

std::vector<int32_t> byte_by_byte(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<int32_t> ids;
  const auto encoder =
      tokenizer.encoder(SpecialText::kParse, [&](std::span<const int32_t> some, size_t) {
        ids.insert(ids.end(), some.begin(), some.end());
        return Status::ok();
      });
  for (const char byte : text) EXPECT_TRUE(encoder->add({&byte, 1}, false).is_ok());
  EXPECT_TRUE(encoder->add("", true).is_ok());
  return ids;
}

TEST(PinnedIds, AreThoseOfHuggingFace) {
  test::ExpectLog lacking("the vocabulary has no token for");
  const Json base = read_json("plain/tokenizer.json");
  int texts = 0;
  for (const Json& pin : read_json("pins.json")) {
    const auto name = pin["name"].get<std::string>();
    auto tokenizer =
        tokenizer_from_files({{"tokenizer.json", changed(base, pin["changes"]).dump()}}, name);
    ASSERT_TRUE(tokenizer.is_ok()) << name << ": " << tokenizer.status().to_string();
    for (const Json& row : pin["texts"]) {
      const auto text = row["text"].get<std::string>();
      EXPECT_EQ(Json(*(*tokenizer)->encode(text)), row["ids"]) << name << ": " << row["text"];
      EXPECT_EQ(Json(byte_by_byte(**tokenizer, text)), row["ids"]) << name << ": " << row["text"];
      EXPECT_EQ(Json(*(*tokenizer)->encode(text, SpecialText::kAsText)), row["as_text"])
          << name << ", as text: " << row["text"];
      ++texts;
    }
  }
  EXPECT_GT(texts, 500);
}

}  // namespace
}  // namespace raddle::data
