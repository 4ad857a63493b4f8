// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/hf_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "tests/support/faulty_file_system.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"

namespace raddle::checkpoint {
namespace {

using test::TempDir;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::array<float, 3> kOne = {1, 2, 3}, kTwo = {4, 5, 6};

struct Export {
  std::vector<TensorView> tensors;
  HfContents contents;
  explicit Export(const std::array<float, 3>& data)
      : tensors{{"a", DType::kF32, {3}, data.data()}, {"b", DType::kF32, {1}, data.data()}} {
    contents.config = R"({"model_type": "gpt2"})";
    contents.generation_config = R"({"max_length": 9})";
    contents.tokenizer = R"({"model": {}})";
    contents.tensors = tensors;
  }
};

Status write_export(FileSystem& fs, const std::string& path, const std::array<float, 3>& data,
                    uint64_t shard_bytes = 1 << 20) {
  Export e(data);
  e.contents.max_shard_bytes = shard_bytes;
  return write_hf_directory(fs, path, e.contents);
}

float first_value(const std::string& path) {
  const auto directory = open_hf_directory(path);
  EXPECT_TRUE(directory.is_ok()) << directory.status().to_string();
  std::array<float, 3> a = {};
  EXPECT_TRUE(directory->weights.read_into("a", DType::kF32, a.data(), sizeof(a)).is_ok());
  return a[0];
}

TEST(HfDirectory, RoundTrip) {
  TempDir dir;
  ASSERT_TRUE(write_export(posix_file_system(), dir / "new/", kOne).is_ok());
  EXPECT_THAT(*posix_file_system().list(dir.path()), ElementsAre("new"));
  EXPECT_THAT(
      *posix_file_system().list(dir / "new"),
      ElementsAre("config.json", "generation_config.json", "model.safetensors", "tokenizer.json"));
  const auto directory = open_hf_directory(dir / "new");
  ASSERT_TRUE(directory.is_ok()) << directory.status().to_string();
  EXPECT_EQ(directory->config, R"({"model_type": "gpt2"})");
  EXPECT_EQ(directory->generation_config, R"({"max_length": 9})");
  EXPECT_EQ(test::read_file(*directory->tokenizer_path), R"({"model": {}})");
  EXPECT_EQ(directory->weights.files()[0].metadata().at("format"), "pt");
  EXPECT_EQ(first_value(dir / "new"), 1.0f);
}

TEST(HfDirectory, ReplacesAnEarlierExportWholly) {
  TempDir dir;
  ASSERT_TRUE(write_export(posix_file_system(), dir / "m", kOne, 4).is_ok());
  EXPECT_TRUE(*posix_file_system().exists(dir / "m/model.safetensors.index.json"));
  ASSERT_TRUE(write_export(posix_file_system(), dir / "m", kTwo).is_ok());
  EXPECT_FALSE(*posix_file_system().exists(dir / "m/model.safetensors.index.json"));
  EXPECT_EQ(first_value(dir / "m"), 4.0f);
  EXPECT_THAT(*posix_file_system().list(dir.path()), ElementsAre("m"));
  std::filesystem::create_directory(dir / "empty");
  EXPECT_TRUE(write_export(posix_file_system(), dir / "empty", kOne).is_ok());
}

TEST(HfDirectory, DoesNotOverwriteWhatIsNotAnExport) {
  TempDir dir;
  const auto refusal = [&](const std::string& path) {
    const Status status = write_export(posix_file_system(), path, kTwo);
    EXPECT_EQ(status.code(), Code::kAlreadyExists) << status.to_string();
    return status.message();
  };
  ASSERT_TRUE(write_export(posix_file_system(), dir / "m", kOne).is_ok());
  test::write_file(dir / "m/thesis.txt", "mine");
  EXPECT_THAT(refusal(dir / "m"), HasSubstr("holds thesis.txt, which no export writes"));
  EXPECT_EQ(test::read_file(dir / "m/thesis.txt"), "mine");
  EXPECT_EQ(first_value(dir / "m"), 1.0f);

  std::filesystem::create_directory(dir / "other");
  const std::vector<TensorView> tensors = {{"a", DType::kF32, {3}, kOne.data()}};
  const std::string theirs = dir / "other/model.safetensors";
  ASSERT_TRUE(write_safetensors(posix_file_system(), theirs, tensors, {}).is_ok());
  EXPECT_THAT(refusal(dir / "other"), HasSubstr("a model that Raddle did not export"));

  test::write_file(dir / "file", "x");
  EXPECT_THAT(refusal(dir / "file"), HasSubstr("is not a directory"));
}

TEST(HfDirectory, GoesWhereALinkLeads) {
  TempDir dir;
  std::filesystem::create_directory(dir / "real");
  std::filesystem::create_symlink("real", dir / "link");
  for (const float first : {1.0f, 4.0f}) {  // into an empty directory, and over an export
    ASSERT_TRUE(write_export(posix_file_system(), dir / "link", first == 1 ? kOne : kTwo).is_ok());
    EXPECT_TRUE(std::filesystem::is_symlink(dir / "link"));
    EXPECT_EQ(first_value(dir / "real"), first);
  }
  std::filesystem::create_symlink("nowhere", dir / "dangling");
  EXPECT_THAT(write_export(posix_file_system(), dir / "dangling", kOne).message(),
              HasSubstr("dangling is a link to nowhere, which is not there"));
  EXPECT_TRUE(std::filesystem::is_symlink(dir / "dangling"));
  EXPECT_THAT(write_export(posix_file_system(), "", kOne).message(), HasSubstr("name a directory"));
  EXPECT_THAT(*posix_file_system().list(dir.path()), ElementsAre("dangling", "link", "real"));
}

TEST(HfDirectory, SaysWhatIsMissingOrOfAnotherFormat) {
  TempDir dir;
  EXPECT_EQ(open_hf_directory(dir / "none").status().code(), Code::kNotFound);
  EXPECT_THAT(open_hf_directory(dir.path()).status().message(),
              HasSubstr("neither model.safetensors nor model.safetensors.index.json"));
  test::write_file(dir / "pytorch_model.bin", "x");
  const Status status = open_hf_directory(dir.path()).status();
  EXPECT_EQ(status.code(), Code::kUnimplemented);
  EXPECT_THAT(status.message(), AllOf(HasSubstr("pytorch_model.bin: only safetensors"),
                                      HasSubstr("safe_serialization=True")));
  for (const auto& [name, part] :
       {std::pair{"adapter_model.safetensors", "merge it into its base model"},
        {"consolidated.safetensors", "rename it to model.safetensors"},
        {"model-q4.gguf", "model-q4.gguf: only safetensors weights"}}) {
    TempDir other;
    test::write_file(other / name, "x");
    EXPECT_THAT(open_hf_directory(other.path()).status().message(), HasSubstr(part));
  }
  TempDir parts;
  test::write_file(parts / "m-0b-00002-of-00006.safetensors", "x");
  EXPECT_THAT(open_hf_directory(parts.path()).status().message(),
              AllOf(HasSubstr("m-0b-00002-of-00006.safetensors is one of 6 parts"),
                    HasSubstr("not there: model.safetensors.index.json, "
                              "m-0b-00001-of-00006.safetensors, m-0b-00003"),
                    HasSubstr(" and 2 more")));
  // Beside usable weights it does not matter; but a config must be there, and be an object.
  const std::vector<TensorView> tensors = {{"a", DType::kF32, {3}, kOne.data()}};
  const std::string weights = dir / "model.safetensors";
  ASSERT_TRUE(write_safetensors(posix_file_system(), weights, tensors, {}).is_ok());
  EXPECT_THAT(open_hf_directory(dir.path()).status().message(), HasSubstr("config.json"));
  test::write_file(dir / "config.json", "[1]");
  EXPECT_THAT(open_hf_directory(dir.path()).status().message(), HasSubstr("found array"));
  test::write_file(dir / "config.json", "{}");
  const auto directory = open_hf_directory(dir.path());
  ASSERT_TRUE(directory.is_ok()) << directory.status().to_string();
  EXPECT_FALSE(directory->generation_config || directory->tokenizer_path);
}

TEST(HfDirectory, RefusesTextThatIsNotJson) {
  TempDir dir;
  Export e(kOne);
  e.contents.tokenizer = "{";
  const Status status = write_hf_directory(posix_file_system(), dir / "m", e.contents);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("tokenizer.json: not valid JSON"));
  EXPECT_TRUE(posix_file_system().list(dir.path())->empty());
}

TEST(HfDirectory, AFailureAtAnyOperationKeepsTheEarlierExport) {
  const test::ExpectLog expect("the export replaced an earlier one");
  int64_t at = 0;
  for (bool done = false; !done; ++at) {
    TempDir dir;
    test::FaultyFileSystem whole;
    ASSERT_TRUE(write_export(whole, dir / "m", kOne, 4).is_ok());
    test::FaultyFileSystem fs;
    fs.fail_at = at;
    const Status status = write_export(fs, dir / "m", kTwo, 4);
    done = fs.operations() <= at;
    const bool only_untidy = fs.history().back().starts_with("remove") && status.is_ok();
    EXPECT_EQ(status.is_ok(), done || only_untidy) << "operation " << at;
    const float value = first_value(dir / "m");
    EXPECT_TRUE(value == 4.0f || (value == 1.0f && !done)) << "operation " << at;
    const auto names = *posix_file_system().list(dir.path());
    for (const std::string& name : names) {
      EXPECT_TRUE(name == "m" || only_untidy || status.message().find(name) != std::string::npos)
          << "operation " << at << " left " << name;
    }
  }
  EXPECT_GT(at, 20);
}

TEST(HfDirectory, AFullDiskKeepsTheEarlierExport) {
  TempDir dir;
  ASSERT_TRUE(write_export(posix_file_system(), dir / "m", kOne).is_ok());
  test::FaultyFileSystem fs;
  fs.disk_bytes = 200;
  EXPECT_EQ(write_export(fs, dir / "m", kTwo).code(), Code::kResourceExhausted);
  EXPECT_EQ(first_value(dir / "m"), 1.0f);
  EXPECT_THAT(*posix_file_system().list(dir.path()), ElementsAre("m"));
}

// Two at once, as far as one thread can show it: the other one publishes between each two
// operations.
TEST(HfDirectory, AnotherExportAtAnyMomentLeavesAWholeModel) {
  struct Meddler final : test::FaultyFileSystem {
    std::string path;
    int64_t meddle_at = 0, renames = 0;
    bool meddled = false;
    Status meddle() {
      if (renames++ != meddle_at) return Status::ok();
      meddled = true;
      return write_export(posix_file_system(), path, kTwo, 4);
    }
    Status rename(const std::string& from, const std::string& to) override {
      if (from == path) RADDLE_RETURN_IF_ERROR(meddle());
      return FaultyFileSystem::rename(from, to);
    }
    Status rename_new(const std::string& from, const std::string& to) override {
      if (to == path) RADDLE_RETURN_IF_ERROR(meddle());
      return FaultyFileSystem::rename_new(from, to);
    }
  };
  for (const bool earlier : {false, true}) {
    for (int64_t at = 0; at < 2; ++at) {
      TempDir dir;
      EXPECT_TRUE(!earlier || write_export(posix_file_system(), dir / "m", kOne, 4).is_ok());
      Meddler fs;
      fs.path = dir / "m";
      fs.meddle_at = at;
      const Status status = write_export(fs, dir / "m", kOne, 4);
      EXPECT_TRUE(status.is_ok() || status.code() == Code::kAlreadyExists) << status.to_string();
      EXPECT_EQ(first_value(dir / "m"), status.is_ok() ? 1.0f : 4.0f);
      EXPECT_EQ(fs.meddled, earlier || at == 0);
      EXPECT_THAT(*posix_file_system().list(dir.path()), ElementsAre("m"));
    }
  }
}

}  // namespace
}  // namespace raddle::checkpoint
