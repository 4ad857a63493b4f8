// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/safetensors_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "tests/support/temp_dir.h"

namespace raddle::checkpoint {
namespace {

using test::TempDir;
using ::testing::HasSubstr;

constexpr std::array<float, 6> kData = {1, 2, 3, 4, 5, 6};

std::vector<TensorView> three_tensors() {
  return {{"a", DType::kF32, {2}, kData.data()},
          {"b", DType::kF32, {3}, kData.data() + 1},
          {"c", DType::kF32, {1}, kData.data() + 5}};
}

void write_shards(const std::string& directory) {
  const Status status =
      write_safetensors_set(posix_file_system(), directory, three_tensors(), {{"k", "v"}}, 16);
  ASSERT_TRUE(status.is_ok()) << status.to_string();
}

void edit_index(const std::string& directory, const std::function<void(nlohmann::json&)>& edit) {
  const std::string path = directory + "/model.safetensors.index.json";
  nlohmann::json index = nlohmann::json::parse(test::read_file(path));
  edit(index);
  test::write_file(path, index.dump());
}

TEST(SplitIntoShards, FillsInOrderAndNeverSplitsATensor) {
  const auto tensors = three_tensors();  // 8, 12 and 4 bytes
  EXPECT_EQ(*split_into_shards(tensors, 24), (std::vector<size_t>{3}));
  EXPECT_EQ(*split_into_shards(tensors, 23), (std::vector<size_t>{2, 3}));
  EXPECT_EQ(*split_into_shards(tensors, 16), (std::vector<size_t>{1, 3}));
  EXPECT_EQ(*split_into_shards(tensors, 1), (std::vector<size_t>{1, 2, 3}));
  EXPECT_EQ(*split_into_shards({}, 1), (std::vector<size_t>{0}));
}

TEST(SafetensorsSet, OneFileWhenItFits) {
  TempDir dir;
  ASSERT_TRUE(
      write_safetensors_set(posix_file_system(), dir.path(), three_tensors(), {}, 1 << 20).is_ok());
  EXPECT_EQ(*posix_file_system().list(dir.path()), (std::vector<std::string>{"model.safetensors"}));
  const auto set = SafetensorsSet::open(dir.path());
  ASSERT_TRUE(set.is_ok());
  EXPECT_EQ(set->tensors().size(), 3u);
  EXPECT_TRUE(SafetensorsSet::open(dir / "model.safetensors").is_ok());
}

TEST(SafetensorsSet, ShardsCarryAnIndexAndReadBack) {
  TempDir dir;
  write_shards(dir.path());
  EXPECT_EQ(*posix_file_system().list(dir.path()),
            (std::vector<std::string>{"model-00001-of-00002.safetensors",
                                      "model-00002-of-00002.safetensors",
                                      "model.safetensors.index.json"}));
  const auto index = nlohmann::json::parse(test::read_file(dir / "model.safetensors.index.json"));
  EXPECT_EQ(index["metadata"]["total_size"], 24);
  EXPECT_EQ(index["weight_map"]["b"], "model-00002-of-00002.safetensors");
  const auto set = SafetensorsSet::open(dir.path());
  ASSERT_TRUE(set.is_ok()) << set.status().to_string();
  std::array<float, 3> b = {};
  ASSERT_TRUE(set->read_into("b", DType::kF32, b.data(), sizeof(b)).is_ok());
  EXPECT_EQ(b, (std::array<float, 3>{2, 3, 4}));
  EXPECT_THAT(set->find("zzz").status().message(), HasSubstr("no tensor \"zzz\""));
}

TEST(SafetensorsSet, AllPartsAreAModelWithoutTheirIndex) {
  TempDir dir;
  write_shards(dir.path());
  std::filesystem::remove(dir / "model.safetensors.index.json");
  const auto set = SafetensorsSet::open(dir.path());
  ASSERT_TRUE(set.is_ok()) << set.status().to_string();
  EXPECT_EQ(set->tensors().size(), 3u);
  std::array<float, 3> b = {};
  ASSERT_TRUE(set->read_into("b", DType::kF32, b.data(), sizeof(b)).is_ok());
  EXPECT_EQ(b, (std::array<float, 3>{2, 3, 4}));
  // One that is there twice, and one that is missing.
  const std::string last = *parts_without_index(dir.path())->rbegin();
  std::filesystem::copy_file(dir / "model-00001-of-00002.safetensors", dir / last,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(SafetensorsSet::open(dir.path()).status().message(), HasSubstr("is also in"));
  std::filesystem::remove(dir / last);
  EXPECT_TRUE(parts_without_index(dir.path())->empty());
  EXPECT_EQ(SafetensorsSet::open(dir.path()).status().code(), Code::kNotFound);
}

TEST(SafetensorsSet, RefusesAnIndexThatDisagrees) {
  const auto refused = [](const std::function<void(nlohmann::json&)>& edit) {
    TempDir dir;
    write_shards(dir.path());
    std::filesystem::copy_file(dir / "model-00001-of-00002.safetensors", dir / "copy.safetensors");
    edit_index(dir.path(), edit);
    return SafetensorsSet::open(dir.path()).status().message();
  };
  EXPECT_THAT(refused([](auto& index) { index["weight_map"].erase("b"); }),
              HasSubstr("holds tensor \"b\", which model.safetensors.index.json places nowhere"));
  EXPECT_THAT(
      refused([](auto& index) { index["weight_map"]["b"] = "model-00001-of-00002.safetensors"; }),
      HasSubstr("holds tensor \"b\", which model.safetensors.index.json places in "));
  EXPECT_THAT(refused([](auto& index) {
                index["weight_map"]["ghost"] = "model-00001-of-00002.safetensors";
              }),
              HasSubstr("tensor \"ghost\" is missing"));
  EXPECT_THAT(refused([](auto& index) { index["weight_map"]["d"] = "copy.safetensors"; }),
              HasSubstr("tensor \"a\" is also in"));
  EXPECT_THAT(refused([](auto& index) { index["weight_map"]["b"] = "gone.safetensors"; }),
              HasSubstr("1 of the 3 files that model.safetensors.index.json names are missing: "
                        "gone.safetensors"));
  EXPECT_THAT(refused([](auto& index) { index["weight_map"]["b"] = "../up.safetensors"; }),
              HasSubstr("tensor \"b\" should name a file beside the index"));
  EXPECT_THAT(refused([](auto& index) { index.erase("weight_map"); }),
              HasSubstr("\"weight_map\" is missing"));
  EXPECT_EQ(SafetensorsSet::open("/nonexistent").status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace raddle::checkpoint
