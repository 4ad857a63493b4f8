// SPDX-License-Identifier: Apache-2.0
// Damaged safetensors headers and manifests: accepted or refused with a Status, never a crash. What
// is accepted must stay within the file.
#include <gtest/gtest.h>

#include <cstring>

#include "checkpoint/manifest.h"
#include "checkpoint/safetensors_header.h"
#include "runtime/base/hash.h"
#include "tests/support/fuzz.h"

namespace raddle::checkpoint {
namespace {

std::string safetensors_bytes(const std::string& json, size_t payload) {
  std::string bytes(8, '\0');
  const uint64_t length = json.size();
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + json + std::string(payload, 'p');
}

std::vector<std::string> safetensors_corpus() {
  const float value = 1;
  const std::vector<TensorView> tensors = {{"w", DType::kF32, {2, 3}, &value},
                                           {"b", DType::kBF16, {}, &value},
                                           {"none", DType::kI64, {0, 5}, nullptr}};
  const auto head = encode_safetensors_header(tensors, {{"key", "value"}});
  return {*head + std::string(26, 'x'),
          safetensors_bytes(R"({"m":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}})", 2),
          safetensors_bytes(R"({"q":{"dtype":"F4","shape":[2,2],"data_offsets":[0,2]},)"
                            R"("r":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
                            3),
          safetensors_bytes("{}", 0)};
}

TEST(Fuzz, SafetensorsHeader) {
  int accepted = 0, refused = 0;
  test::fuzz(safetensors_corpus(), 30000, [&](std::string input) {
    // Every other time the length is made to fit again, so that the checks behind it are reached.
    const size_t brace = input.rfind('}');
    if (input.size() % 2 == 0 && input.size() > 8 && brace != std::string::npos && brace >= 8) {
      const uint64_t length = brace - 7;
      std::memcpy(input.data(), &length, sizeof(length));
    }
    const auto header = parse_safetensors_header(std::as_bytes(std::span(input)), "fuzz");
    test::expect_clean(header.status());
    header.is_ok() ? ++accepted : ++refused;
    if (!header.is_ok()) return;
    uint64_t end = 0;
    for (const HeaderEntry& entry : header->entries) {
      EXPECT_EQ(entry.begin, end);
      EXPECT_LE(entry.begin, entry.end);
      end = entry.end;
    }
    EXPECT_EQ(header->payload_offset + end, input.size());
  });
  EXPECT_GT(accepted, 0);
  EXPECT_GT(refused, 0);
}

std::string manifest_text() {
  Manifest manifest;
  manifest.step = 7;
  manifest.files = {{"shard-00001-of-00001.safetensors", 300, 5, {}}};
  manifest.files[0].tensors = {{"param.w", DType::kF32, {2, 3}, 9}, {"n", DType::kI64, {}, 10}};
  manifest.state = {{"cursor", {1, 2, 3}}, {"loss", 2.5}, {"text", "a\n\"b\""}};
  return encode_manifest(manifest).value();
}

// Makes the body's checksum true again, so that the checks behind it are reached too.
void repair_checksum(std::string& text) {
  const auto value = nlohmann::json::parse(text, nullptr, false);
  const size_t at = text.rfind("\"xxh3\": \"");  // the envelope's comes last
  if (!value.is_object() || !value.contains("body") || at == std::string::npos) return;
  const std::string body =
      value["body"].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (at + 25 <= text.size()) text.replace(at + 9, 16, hash_hex(hash_text(body)));
}

TEST(Fuzz, Manifest) {
  int accepted = 0, refused = 0;
  test::fuzz({manifest_text(), "{}"}, 10000, [&](std::string input) {
    if (input.size() % 4 != 0) repair_checksum(input);
    const auto manifest = parse_manifest(input, "fuzz");
    test::expect_clean(manifest.status());
    manifest.is_ok() ? ++accepted : ++refused;
    if (!manifest.is_ok()) return;
    EXPECT_GE(manifest->step, 0);
    const auto again = encode_manifest(*manifest);
    ASSERT_TRUE(again.is_ok());
    EXPECT_TRUE(parse_manifest(*again, "again").is_ok());
  });
  EXPECT_GT(accepted, 100) << "too few inputs get behind the checksum";
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace raddle::checkpoint
