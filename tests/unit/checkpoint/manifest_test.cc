// SPDX-License-Identifier: Apache-2.0
// Manifests that are whole to their checksum and yet promise what cannot be: each is refused with
// where, what was expected and what was found.
#include "checkpoint/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "checkpoint/json.h"

namespace raddle::checkpoint {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

json body() {
  return json::parse(R"({"step": 7, "state": {"cursor": 3},
    "tensors": [{"name": "w", "dtype": "F32", "shape": [2, 3]},
                {"name": "none", "dtype": "F32", "shape": [0]}],
    "files": [
      {"name": "a", "bytes": 100, "xxh3": "0000000000000001", "slices": [
        {"tensor": "w", "begin": 0, "end": 4, "xxh3": "0000000000000002"},
        {"tensor": "none", "begin": 0, "end": 0, "xxh3": "0000000000000003"}]},
      {"name": "b", "bytes": 100, "xxh3": "0000000000000004", "slices": [
        {"tensor": "w", "begin": 4, "end": 6, "xxh3": "0000000000000005"}]}]})",
                     nullptr, false);
}

StatusOr<Manifest> parse(const json& edited, uint64_t version = 2) {
  const auto sealed = seal_json("raddle-checkpoint", version, edited, "test");
  return parse_manifest(sealed->dump(), "M");
}

TEST(Manifest, OfSlicesIsReadAndWrittenTheSame) {
  const auto manifest = parse(body());
  ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
  EXPECT_EQ(manifest->step, 7);
  EXPECT_EQ(manifest->bytes(), 200u);
  ASSERT_EQ(manifest->files.size(), 2u);
  EXPECT_EQ(manifest->files[1].slices[0].range, (ElementRange{4, 6}));
  EXPECT_EQ(manifest->files[0].slices[1].tensor, 1u);
  const auto text = encode_manifest(*manifest);
  EXPECT_EQ(json::parse(*text, nullptr, false).at("body"), body());
}

TEST(Manifest, RefusesWhatCannotBe) {
  const std::pair<std::function<void(json&)>, const char*> cases[] = {
      {[](json& b) { b["files"][1]["slices"][0]["begin"] = 5; },
       "tensor \"w\" (F32 [2, 3], elements [4, 5)): in no file, expected every element in"},
      {[](json& b) { b["files"][1]["slices"] = json::array(); },
       "tensor \"w\" (F32 [2, 3], elements [4, 6)): in no file"},
      {[](json& b) { b["files"][0]["slices"].erase(1); }, "tensor \"none\" (F32 [0]): in no file"},
      {[](json& b) { b["files"][1]["slices"][0]["begin"] = 3; },
       "tensor \"w\" (F32 [2, 3], elements [3, 4)): in a and again in b"},
      {[](json& b) { b["files"][1]["slices"].push_back(b["files"][0]["slices"][1]); },
       "tensor \"none\" (F32 [0]): in a and again in b"},
      {[](json& b) { b["files"][1]["slices"][0]["end"] = 7; },
       "file \"b\": tensor \"w\" (F32 [2, 3]): elements [4, 7) should lie within [0, 6)"},
      {[](json& b) { b["files"][1]["slices"][0]["end"] = 3; },
       "elements [4, 3) should lie within [0, 6)"},
      {[](json& b) { b["files"][1]["slices"][0]["end"] = UINT64_MAX; },
       "\"end\" is 18446744073709551615, more than any tensor has"},
      {[](json& b) { b["files"][1]["slices"][0]["begin"] = -1; },
       "\"begin\" should be a whole number from 0, found -1"},
      {[](json& b) {
         b["files"][1]["slices"].push_back(b["files"][1]["slices"][0]);
         b["files"][1]["slices"][1]["begin"] = 6;
       },
       "file \"b\": the slice tensor \"w\" (F32 [2, 3], elements [6, 6)) is empty"},
      {[](json& b) { b["files"][1]["slices"][0]["tensor"] = "v"; },
       "file \"b\": a slice is of tensor \"v\", which is not among the 2 tensors"},
      {[](json& b) { b["files"][0]["bytes"] = 15; },
       "file \"a\": tensor \"w\" (F32 [2, 3], elements [0, 4)) does not fit in the file's 15"},
      {[](json& b) { b["files"][1]["name"] = "a"; }, "file \"a\" is listed twice"},
      {[](json& b) { b["files"][1]["name"] = "../a"; }, "expected the name of a file beside"},
      {[](json& b) { b["files"][1].erase("slices"); }, "the field \"slices\" is missing"},
      {[](json& b) { b["tensors"][1]["name"] = "w"; }, "tensor \"w\" is listed twice"},
      {[](json& b) { b["tensors"][1]["name"] = "w[0:2]"; },
       "tensor \"w[0:2]\" is named as a part of a tensor is (NAME[BEGIN:END])"},
      {[](json& b) {
         b["tensors"][0]["shape"] = {uint64_t{1} << 40, uint64_t{1} << 40};
       },
       "has more bytes than 2^63"},
      {[](json& b) { b.erase("tensors"); }, "the field \"tensors\" is missing"}};
  for (const auto& [edit, message] : cases) {
    json edited = body();
    edit(edited);
    const Status status = parse(edited).status();
    EXPECT_EQ(status.code(), Code::kDataLoss) << message << ": " << status.to_string();
    EXPECT_THAT(status.message(), StartsWith("M: ")) << message;
    EXPECT_THAT(status.message(), HasSubstr(message));
  }
}

TEST(Manifest, OfWholeTensorsIsVersion1) {
  json old = json::parse(R"({"step": 7, "state": {}, "files": [
      {"name": "a", "bytes": 100, "xxh3": "0000000000000001", "tensors": [
        {"name": "w[0:2]", "dtype": "F32", "shape": [2, 3], "xxh3": "0000000000000002"}]}]})",
                         nullptr, false);
  const auto manifest = parse(old, 1);
  ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
  EXPECT_EQ(manifest->tensors[0], (LogicalTensor{"w[0:2]", DType::kF32, {2, 3}}))
      << "such a name was allowed";
  EXPECT_EQ(manifest->files[0].slices[0].range, (ElementRange{0, 6}));
  EXPECT_EQ(manifest->files[0].slices[0].checksum, 2u);
  EXPECT_THAT(parse(old, 2).status().message(), HasSubstr("the field \"tensors\" is missing"));
  EXPECT_EQ(parse(body(), 3).status().code(), Code::kUnimplemented);
  EXPECT_EQ(parse(body(), 0).status().code(), Code::kUnimplemented);
  old["files"][0]["tensors"].push_back(old["files"][0]["tensors"][0]);
  EXPECT_THAT(parse(old, 1).status().message(), HasSubstr("tensor \"w[0:2]\" is listed twice"));
}

}  // namespace
}  // namespace raddle::checkpoint
