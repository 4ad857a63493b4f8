// SPDX-License-Identifier: Apache-2.0
// Damaged safetensors headers and manifests: accepted or refused with a Status, never a crash. What
// is accepted must stay within the file.
#include <gtest/gtest.h>

#include <cstring>

#include "checkpoint/json.h"
#include "checkpoint/manifest.h"
#include "checkpoint/merge_parts.h"
#include "checkpoint/parts.h"
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
  manifest.tensors = {{"param.w", DType::kF32, {2, 3}}, {"n", DType::kI64, {}}};
  manifest.files = {{"part-00001-of-00002-shard-00001-of-00001.safetensors", 300, 5, {}},
                    {"part-00002-of-00002-shard-00001-of-00001.safetensors", 300, 6, {}}};
  manifest.files[0].slices = {{0, {0, 4}, 9}};
  manifest.files[1].slices = {{0, {4, 6}, 10}, {1, {0, 1}, 11}};
  const nlohmann::json state = {{"cursor", {1, 2, 3}}, {"loss", 2.5}, {"text", "a\n\"b\""}};
  manifest.state = std::make_shared<const nlohmann::json>(state);
  return encode_manifest(manifest).value();
}

std::string manifest_text_1() {
  const auto body = nlohmann::json::parse(R"({"step":7,"state":{"cursor":[1,2]},"files":[
    {"name":"shard-00001-of-00001.safetensors","bytes":300,"xxh3":"0000000000000005","tensors":[
      {"name":"param.w","dtype":"F32","shape":[2,3],"xxh3":"0000000000000009"},
      {"name":"n","dtype":"I64","shape":[],"xxh3":"000000000000000a"}]}]})");
  return seal_json("raddle-checkpoint", 1, body, "version 1")->dump(1);
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

// What a manifest promises: names, and every element in exactly one place of a file with room.
void expect_sound(const Manifest& manifest) {
  EXPECT_GE(manifest.step, 0);
  uint64_t slices = 0, elements = 0, in_tensors = 0;
  for (const LogicalTensor& tensor : manifest.tensors) {
    in_tensors += static_cast<uint64_t>(tensor.shape.elements());
  }
  for (const ManifestFile& file : manifest.files) {
    uint64_t payload = 0;
    for (const ManifestSlice& slice : file.slices) {
      ASSERT_LT(slice.tensor, manifest.tensors.size());
      payload += slice_bytes(manifest.tensors[slice.tensor], slice.range);
      elements += static_cast<uint64_t>(slice.range.count());
      ++slices;
    }
    EXPECT_LE(payload, file.bytes);
  }
  EXPECT_EQ(elements, in_tensors);
  EXPECT_GE(slices, manifest.tensors.size());
}

TEST(Fuzz, Manifest) {
  for (const std::string& text : {manifest_text(), manifest_text_1()}) {
    int accepted = 0, refused = 0;
    test::fuzz({text, "{}"}, 30000, [&](std::string input) {
      if (input.size() % 4 != 0) repair_checksum(input);
      const auto manifest = parse_manifest(input, "fuzz");
      test::expect_clean(manifest.status());
      manifest.is_ok() ? ++accepted : ++refused;
      if (!manifest.is_ok()) return;
      expect_sound(*manifest);
      const auto again = encode_manifest(*manifest);
      ASSERT_TRUE(again.is_ok());
      const auto back = parse_manifest(*again, "again");
      ASSERT_TRUE(back.is_ok()) << back.status().to_string();
      EXPECT_EQ(back->tensors, manifest->tensors);
    });
    EXPECT_GT(accepted, 100) << "too few inputs get behind the checksum";
    EXPECT_GT(refused, 0);
  }
}

TEST(Fuzz, RecordOfAPart) {
  PartRecord record{".writing-step-00000007.0123456789abcdef.raddle-tmp", 7, 1, {}, {}};
  record.tensors = {{"param.w", DType::kF32, {2, 3}}};
  record.files = {{"part-00002-of-00002-shard-00001-of-00001.safetensors", 300, 5, {}}};
  record.files[0].slices = {{0, {2, 6}, 9}};
  const Attempt attempt{"run/step-00000007", "run/" + record.attempt, 7, 2, true};
  int accepted = 0;
  test::fuzz({part_to_json(record)->dump(1), attempt_to_json(attempt)->dump(1)}, 10000,
             [&](std::string input) {
               if (input.size() % 4 != 0) repair_checksum(input);
               const auto value = parse_json(input, "fuzz");
               test::expect_clean(value.status());
               if (!value.is_ok()) return;
               const auto part = part_from_json(*value, "fuzz");
               test::expect_clean(part.status());
               test::expect_clean(attempt_from_json(*value, "fuzz").status());
               if (!part.is_ok()) return;
               ++accepted;
               // Whatever it claims, merging it is an error or a sound manifest.
               const auto merged = merge_parts(attempt, part->tensors, std::span(&*part, 1));
               test::expect_clean(merged.status());
             });
  EXPECT_GT(accepted, 100) << "too few inputs get behind the checksum";
}

}  // namespace
}  // namespace raddle::checkpoint
