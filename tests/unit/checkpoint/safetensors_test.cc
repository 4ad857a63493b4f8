// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "runtime/base/hash.h"
#include "runtime/base/staged_file.h"
#include "tests/support/temp_dir.h"

namespace raddle::checkpoint {
namespace {

using test::TempDir;
using ::testing::HasSubstr;

// A file with the given JSON and payload, header length as it should be.
std::string file_of(const std::string& json, const std::string& payload) {
  std::string bytes(8, '\0');
  const uint64_t length = json.size();
  std::memcpy(bytes.data(), &length, 8);
  return bytes + json + payload;
}

Status parse(const std::string& bytes) {
  return parse_safetensors_header(std::as_bytes(std::span(bytes)), "x.safetensors").status();
}

TEST(Safetensors, WritesTheGoldenBytes) {
  TempDir dir;
  const std::array<float, 2> b = {1.0f, -2.0f};
  const std::array<uint8_t, 3> a = {7, 8, 9};
  const std::vector<TensorView> tensors = {{"b", DType::kF32, {2, 1}, b.data()},
                                           {"a", DType::kU8, {3}, a.data()}};
  const auto written =
      write_safetensors(posix_file_system(), dir / "t.safetensors", tensors, {{"who", "me"}});
  ASSERT_TRUE(written.is_ok()) << written.status().to_string();
  std::string json = R"({"__metadata__":{"format":"pt","who":"me"},)"
                     R"("b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                     R"("a":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})";
  json.resize(184, ' ');  // the payload begins at 192, a multiple of 64
  const std::string payload("\x00\x00\x80\x3f\x00\x00\x00\xc0\x07\x08\x09", 11);
  const std::string golden = file_of(json, payload);
  EXPECT_EQ(test::read_file(dir / "t.safetensors"), golden);
  EXPECT_EQ(written->bytes, golden.size());
  EXPECT_EQ(written->checksum, hash_text(golden));
  EXPECT_EQ(written->tensor_checksums,
            (std::vector<uint64_t>{hash_text(payload.substr(0, 8)), hash_text(payload.substr(8))}));
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  TempDir dir;
  std::vector<float> big(700'001);  // several chunks, the last one partial
  for (size_t i = 0; i < big.size(); ++i) big[i] = static_cast<float>(i) * 0.37f - 11.0f;
  const int64_t scalar = -5;
  const std::vector<TensorView> tensors = {{"big", DType::kF32, {700'001}, big.data()},
                                           {"scalar \"quoted\" \xC3\xA9", DType::kI64, {}, &scalar},
                                           {"empty", DType::kF32, {0, 4}, nullptr}};
  const std::string path = dir / "t.safetensors";
  ASSERT_TRUE(write_safetensors(posix_file_system(), path, tensors, {}).is_ok());
  auto opened = SafetensorsFile::open(path);
  ASSERT_TRUE(opened.is_ok()) << opened.status().to_string();
  const SafetensorsFile file = std::move(opened).value();
  EXPECT_EQ(file.metadata(), (Metadata{{"format", "pt"}}));
  ASSERT_EQ(file.tensors().size(), 3u);
  EXPECT_EQ(file.tensors()[0].name, "big");
  std::vector<float> back(big.size());
  ASSERT_TRUE(file.read_into("big", DType::kF32, back.data(), back.size() * 4).is_ok());
  EXPECT_EQ(std::memcmp(back.data(), big.data(), big.size() * 4), 0);
  int64_t number = 0;
  ASSERT_TRUE(file.read_into("scalar \"quoted\" \xC3\xA9", DType::kI64, &number, 8).is_ok());
  EXPECT_EQ(number, -5);
  EXPECT_EQ(file.find("empty")->shape, (Shape{0, 4}));
  EXPECT_EQ(file.find("big")->offset % 64, 0u);
}

TEST(Safetensors, AFileThatIsCutWhileItIsReadIsAnErrorAndNotASignal) {
  TempDir dir;
  const std::vector<float> big(700'001, 1.0f);
  const std::vector<TensorView> tensors = {{"big", DType::kF32, {700'001}, big.data()}};
  const std::string path = dir / "t.safetensors";
  ASSERT_TRUE(write_safetensors(posix_file_system(), path, tensors, {}).is_ok());
  const auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(file.is_ok());
  std::filesystem::resize_file(path, 4096);
  std::vector<float> back(big.size());
  const Status status = file->read_into("big", DType::kF32, back.data(), back.size() * 4);
  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("cut while it was in use"));
}

TEST(Safetensors, ConvertsHalvesAndRefusesTheRest) {
  TempDir dir;
  const std::array<uint16_t, 2> half = {0x3F80, 0xC040};
  const std::vector<TensorView> tensors = {{"h", DType::kBF16, {2}, half.data()}};
  const std::string path = dir / "t.safetensors";
  ASSERT_TRUE(write_safetensors(posix_file_system(), path, tensors, {}).is_ok());
  const auto file = SafetensorsFile::open(path);
  std::array<float, 2> out = {9, 9};
  EXPECT_THAT(file->read_into("h", DType::kF32, out.data(), 4).message(),
              HasSubstr("tensor \"h\" is BF16 [2], 8 bytes as F32; the destination has 4"));
  EXPECT_THAT(file->read_into("h", DType::kI32, out.data(), 8).message(),
              HasSubstr("does not convert to I32"));
  EXPECT_EQ(out, (std::array<float, 2>{9, 9}));
  ASSERT_TRUE(file->read_into("h", DType::kF32, out.data(), 8).is_ok());
  EXPECT_EQ(out, (std::array<float, 2>{1.0f, -3.0f}));
  EXPECT_EQ(file->read_into("nope", DType::kF32, out.data(), 8).code(), Code::kNotFound);
}

TEST(Safetensors, KeepsTheRestOfAFileWithTensorsThatItCannotHold) {
  TempDir dir;
  test::write_file(dir / "t.safetensors",
                   file_of(R"({"mask":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]},)"
                           R"("deep":{"dtype":"U8","shape":[1,1,1,1,1],"data_offsets":[2,3]},)"
                           R"("w":{"dtype":"F32","shape":[1],"data_offsets":[3,7]}})",
                           "abcdefg"));
  const auto file = SafetensorsFile::open(dir / "t.safetensors");
  ASSERT_TRUE(file.is_ok()) << file.status().to_string();
  EXPECT_EQ(file->tensors().size(), 1u);
  float value = 0;
  EXPECT_TRUE(file->read_into("w", DType::kF32, &value, 4).is_ok());  // at an odd address
  EXPECT_EQ(std::memcmp(&value, "defg", 4), 0);
  EXPECT_EQ(file->find("mask").status().code(), Code::kUnimplemented);
  EXPECT_THAT(file->find("mask").status().message(), HasSubstr("dtype is BOOL"));
  EXPECT_THAT(file->find("deep").status().message(), HasSubstr("5 dimensions"));
}

struct BadFile {
  const char* what;
  std::string bytes;
  const char* message;
};

// What else lies under the name.
std::vector<BadFile> other_files() {
  return {{"git-lfs pointer",
           "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 548105171\n",
           "is a git-lfs pointer, not the file itself; run `git lfs pull`"},
          {"web page", "<!DOCTYPE html><html lang=\"en\"><title>Sign in</title>", "is a web page"},
          {"pickle", std::string("\x80\x02\x8a\nl\xfc\x9c", 7) + "F\xf9 j\xa8P\x19.",
           "is a PyTorch pickle; a pickle runs code when it is loaded"},
          {"zip", std::string("PK\x03\x04", 4) + std::string(26, '\0') + "model/data.pkl",
           "is a PyTorch pickle"},
          {"GGUF", std::string("GGUF\3\0\0\0\0\0\0\0", 12), "is a GGUF file"},
          {"an answer of a server", "Entry not found",
           "is a text that begins with \"Entry not found\""},
          {"zeros", std::string(4096, '\0'), "is nothing but zeros"}};
}

std::vector<BadFile> bad_files() {
  const std::string w = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  const auto entry = [](const std::string& fields) { return "{\"w\":{" + fields + "}}"; };
  std::string huge_length = file_of(w, "12345678"), long_length = huge_length;
  huge_length[7] = 0x7F;
  long_length[1] = 0x01;
  return {
      {"empty", "", "is empty; its download or copy failed"},
      {"seven bytes", "1234567", "at least 8 bytes, found 7"},
      {"huge header length", huge_length, "above the limit of 100000000"},
      {"header longer than the file", long_length, "cut short"},
      {"not an object", file_of("[1]", ""), "does not begin with '{'"},
      {"leading space", file_of(" {}", ""), "does not begin with '{'"},
      {"no header", file_of("", ""), "does not begin with '{'"},
      {"broken JSON", file_of("{\"w\":", ""), "not valid JSON"},
      {"text after the object", file_of("{} {}", ""), "not valid JSON"},
      {"bad UTF-8", file_of("{\"\xFF\":1}", ""), "not valid JSON"},
      {"a number that overflows", file_of("{\"w\":1e999}", ""), "not valid JSON"},
      {"duplicated tensor",
       file_of(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
               R"("w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
               "12345678"),
       "the key \"w\" occurs twice"},
      {"duplicated field",
       file_of(entry(R"("dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8])"), "12345678"),
       "the key \"shape\" occurs twice"},
      {"cut payload", file_of(w, "1234567"), "tensor \"w\" ends at byte 8"},
      {"trailing bytes", file_of(w, "123456789"), "goes on to 9"},
      {"offsets against shape",
       file_of(entry(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"), "12345678"),
       "F32 [3] needs 12 bytes, but its data_offsets [0, 8] hold 8"},
      {"backward offsets",
       file_of(entry(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"), "12345678"),
       "run backwards"},
      {"overflowing shape",
       file_of(entry(R"("dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0])"), ""),
       "overflows 64 bits"},
      {"dimension above 2^63",
       file_of(entry(R"("dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,0])"), ""),
       "from 0 to 2^63 - 1"},
      {"negative dimension",
       file_of(entry(R"("dtype":"U8","shape":[-1],"data_offsets":[0,0])"), ""), "found -1"},
      {"negative offset", file_of(entry(R"("dtype":"U8","shape":[1],"data_offsets":[-1,0])"), ""),
       "[begin, end]"},
      {"three offsets", file_of(entry(R"("dtype":"U8","shape":[1],"data_offsets":[0,1,2])"), "1"),
       "[begin, end]"},
      {"unknown dtype", file_of(entry(R"("dtype":"F31","shape":[1],"data_offsets":[0,4])"), "1234"),
       "the dtype \"F31\""},
      {"half a byte", file_of(entry(R"("dtype":"F4","shape":[3],"data_offsets":[0,1])"), "1"),
       "does not end on a byte"},
      {"missing dtype", file_of(entry(R"("shape":[1],"data_offsets":[0,4])"), "1234"),
       "\"dtype\" is missing"},
      {"extra field", file_of(entry(R"("dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1)"), "1"),
       "4 fields"},
      {"tensor that is a number", file_of(R"({"w":3})", ""), "expected a JSON object"},
      {"metadata that is no object", file_of(R"({"__metadata__":[]})", ""), "found array"},
      {"metadata of numbers", file_of(R"({"__metadata__":{"format":1}})", ""),
       "metadata \"format\" should be a string"},
      {"hole",
       file_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
               R"("b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
               "123"),
       "tensor \"b\" begins at byte 2 of the payload, expected 1 (a hole)"},
      {"overlap",
       file_of(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
               R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
               "123"),
       "tensor \"b\" begins at byte 1 of the payload, expected 2 (an overlap)"}};
}

TEST(Safetensors, RefusesEveryDamagedFileWithTheReason) {
  std::vector<BadFile> all = bad_files();
  for (BadFile& other : other_files()) all.push_back(std::move(other));
  for (const BadFile& bad : all) {
    const Status status = parse(bad.bytes);
    EXPECT_EQ(status.code(), Code::kDataLoss) << bad.what;
    EXPECT_THAT(status.message(), HasSubstr(bad.message)) << bad.what;
    EXPECT_THAT(status.message(), HasSubstr("x.safetensors")) << bad.what;
  }
}

TEST(Safetensors, EveryShorterFileIsRefused) {
  const std::string whole =
      file_of(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "12345678");
  EXPECT_TRUE(parse(whole).is_ok());
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_EQ(parse(whole.substr(0, bytes)).code(), Code::kDataLoss) << bytes;
  }
}

TEST(Safetensors, WriterRefusesBadInput) {
  TempDir dir;
  const uint8_t byte = 1;
  const auto write = [&](const std::vector<TensorView>& tensors,
                         const Metadata& metadata) -> Status {
    const std::string path = dir / "t.safetensors";
    RADDLE_ASSIGN_OR_RETURN(StagedFile staged,
                            StagedFile::create(posix_file_system(), path, Existing::kKeep));
    RADDLE_RETURN_IF_ERROR(write_safetensors(staged.file(), path, tensors, metadata).status());
    return staged.publish();
  };
  EXPECT_THAT(write({{"", DType::kU8, {1}, &byte}}, {}).message(), HasSubstr("not a name"));
  EXPECT_THAT(write({{"__metadata__", DType::kU8, {1}, &byte}}, {}).message(),
              HasSubstr("not a name"));
  EXPECT_THAT(write({{"a", DType::kU8, {1}, &byte}, {"a", DType::kU8, {1}, &byte}}, {}).message(),
              HasSubstr("two tensors are named \"a\""));
  EXPECT_THAT(write({{"a", DType::kU8, {1}, nullptr}}, {}).message(), HasSubstr("has no data"));
  EXPECT_THAT(write({{"\xFF", DType::kU8, {1}, &byte}}, {}).message(), HasSubstr("UTF-8"));
  EXPECT_THAT(write({}, {{"format", "np"}}).message(), HasSubstr("leave it out"));
  EXPECT_EQ(write({{"a", DType::kF64, {int64_t{1} << 62, 8}, &byte}}, {}).code(),
            Code::kOutOfRange);
  EXPECT_TRUE(posix_file_system().list(dir.path())->empty()) << "a refused write left a file";
  EXPECT_EQ(SafetensorsFile::open(dir / "none.safetensors").status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace raddle::checkpoint
