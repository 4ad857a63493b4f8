// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/base/hash.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/checkpoint/sample.h"

namespace raddle::checkpoint {
namespace {

using test::ExpectLog;
using test::TempDir;
using ::testing::HasSubstr;

TEST(Checkpoint, RoundTripIsBitExact) {
  TempDir root;
  ASSERT_TRUE(write_sample(posix_file_system(), root.path(), 50).is_ok());
  EXPECT_EQ(*posix_file_system().list(root.path()), (std::vector<std::string>{"step-00000050"}));
  EXPECT_EQ(*posix_file_system().list(root / "step-00000050"),
            (std::vector<std::string>{"manifest.json", kFirstFile, kSecondFile}));
  expect_sample(checkpoint_path(root.path(), 50), 50);
}

TEST(Checkpoint, WritingTwiceGivesTheSameBytes) {
  TempDir one, two;
  ASSERT_TRUE(write_sample(posix_file_system(), one.path(), 50).is_ok());
  ASSERT_TRUE(write_sample(posix_file_system(), two.path(), 50).is_ok());
  for (const std::string name : {"manifest.json", kFirstFile, kSecondFile}) {
    EXPECT_EQ(test::read_file(one / ("step-00000050/" + name)),
              test::read_file(two / ("step-00000050/" + name)))
        << name;
  }
}

TEST(Checkpoint, ManifestDescribesTheFiles) {
  TempDir root;
  ASSERT_TRUE(write_sample(posix_file_system(), root.path(), 50).is_ok());
  const auto manifest = read_manifest(root / "step-00000050");
  ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
  ASSERT_EQ(manifest->files.size(), 2u);
  EXPECT_EQ(manifest->files[0].slices.size(), 2u);
  const std::string bytes = test::read_file(root / ("step-00000050/" + std::string(kFirstFile)));
  EXPECT_EQ(manifest->files[0].bytes, bytes.size());
  EXPECT_EQ(manifest->files[0].checksum, hash_text(bytes));
  const Sample sample = Sample::at(50);
  ASSERT_EQ(manifest->tensors.size(), 4u);
  EXPECT_EQ(manifest->tensors[1], (LogicalTensor{"param.bias", DType::kF32, {5}}));
  const ManifestSlice& slice = manifest->files[0].slices[1];
  EXPECT_EQ(slice.tensor, 1u);
  EXPECT_EQ(slice.range, (ElementRange{0, 5}));
  EXPECT_EQ(slice.checksum, hash_bytes(sample.bias.data(), 20));
}

TEST(Checkpoint, ReportCountsWhatWasVerified) {
  TempDir root;
  ASSERT_TRUE(write_sample(posix_file_system(), root.path(), 50).is_ok());
  Report report;
  ASSERT_TRUE(verify(root / "step-00000050", &report).is_ok());
  EXPECT_EQ(report.step, 50);
  EXPECT_EQ(report.files, 2u);
  EXPECT_EQ(report.tensors, 4u);
  EXPECT_GT(report.bytes, 508u);
}

TEST(Checkpoint, AnEmptyStateOfTensorsIsAllowed) {
  TempDir root;
  ASSERT_TRUE(write(posix_file_system(), root.path(), 0, {}, {{"a", 1}}).is_ok());
  EXPECT_TRUE(verify(root / "step-00000000", nullptr).is_ok());
  EXPECT_EQ((*read(root / "step-00000000", {})->state)["a"], 1);
}

TEST(Checkpoint, RefusesTensorsThatAreNotTheModelsAndChangesNone) {
  TempDir root;
  ASSERT_TRUE(write_sample(posix_file_system(), root.path(), 50).is_ok());
  const std::string path = root / "step-00000050";
  const auto refusal = [&](auto&& edit) {
    Sample sample = Sample::at(9);
    auto destinations = sample.destinations();
    std::vector<float> more(3);
    edit(destinations, more);
    const Status status = read(path, destinations).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_TRUE(sample == Sample::at(9)) << "a refused read changed a destination";
    return status.message();
  };
  EXPECT_THAT(refusal([](auto& all, auto&) { all.pop_back(); }),
              HasSubstr("holds tensor \"counter\" (I64 []), which is not wanted"));
  EXPECT_THAT(refusal([](auto& all, auto& more) {
                all.push_back({"param.new", DType::kF32, {3}, more.data()});
              }),
              HasSubstr("lacks tensor \"param.new\" (F32 [3])"));
  EXPECT_THAT(refusal([](auto& all, auto&) {
                all[2].shape = {10, 6};
              }),
              HasSubstr("tensor \"adam_m.weight\" is F32 [6, 10], expected F32 [10, 6]"));
  EXPECT_THAT(refusal([](auto& all, auto&) { all[2].dtype = DType::kI32; }),
              HasSubstr("expected I32 [6, 10]"));
  EXPECT_THAT(refusal([](auto& all, auto&) { all.push_back(all[0]); }),
              HasSubstr("asked for twice"));
}

TEST(Checkpoint, ReadsAPrefixAlone) {
  TempDir root;
  ASSERT_TRUE(write_sample(posix_file_system(), root.path(), 50).is_ok());
  // The optimizer's file is not needed, so its damage does not matter.
  test::write_file(root / ("step-00000050/" + std::string(kSecondFile)), "gone");
  Sample back;
  auto destinations = back.destinations();
  destinations.resize(2);
  const auto manifest = read(root / "step-00000050", destinations, {"param."});
  ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
  EXPECT_EQ(back.weight, Sample::at(50).weight);
  EXPECT_EQ(back.bias, Sample::at(50).bias);
}

TEST(Checkpoint, ListsByStepAndIgnoresOtherNames) {
  TempDir root;
  for (int64_t step : {100, 50, 123456789}) {
    ASSERT_TRUE(write_sample(posix_file_system(), root.path(), step).is_ok());
  }
  for (const char* other : {"notes.txt", "step-7", "step-0000005x", "step--0000001"}) {
    test::write_file(root / other, "x");
  }
  const auto all = list(root.path());
  ASSERT_TRUE(all.is_ok());
  ASSERT_EQ(all->size(), 3u);
  EXPECT_EQ((*all)[0].step, 50);
  EXPECT_EQ((*all)[2].path, root / "step-123456789");
  for (const CheckpointInfo& info : *all) EXPECT_TRUE(info.valid) << info.reason;
  EXPECT_EQ(latest_valid(root.path())->step, 123456789);
}

TEST(Checkpoint, NothingThereIsNotFound) {
  TempDir root;
  EXPECT_TRUE(list(root / "none")->empty());
  EXPECT_EQ(latest_valid(root / "none").status().code(), Code::kNotFound);
  EXPECT_EQ(read_manifest(root / "none").status().code(), Code::kNotFound);
  EXPECT_EQ(verify(root / "none", nullptr).code(), Code::kNotFound);
}

TEST(Checkpoint, WritingAStepAgainReplacesIt) {
  TempDir root;
  ASSERT_TRUE(write_sample(posix_file_system(), root.path(), 50).is_ok());
  test::write_file(root / ("step-00000050/" + std::string(kSecondFile)), "damaged");
  ASSERT_TRUE(write_sample(posix_file_system(), root.path(), 50).is_ok());
  expect_sample(root / "step-00000050", 50);
  EXPECT_EQ(posix_file_system().list(root.path())->size(), 1u);
}

TEST(Checkpoint, RefusesBadArguments) {
  TempDir root;
  EXPECT_EQ(write(posix_file_system(), root.path(), -1, {}, {}).code(), Code::kInvalidArgument);
  const float value = 1;
  const std::vector<TensorView> twice = {{"a", DType::kF32, {1}, &value},
                                         {"a", DType::kF32, {1}, &value}};
  EXPECT_EQ(write(posix_file_system(), root.path(), 1, twice, {}).code(), Code::kInvalidArgument);
  // In different files, where no single header sees both.
  const Status status = write(posix_file_system(), root.path(), 1, twice, {}, WriteOptions{1});
  EXPECT_THAT(status.message(), HasSubstr("tensor \"a\" is listed twice"));
  EXPECT_EQ(write(posix_file_system(), root.path(), 1, {}, {{"x", "\xFF"}}).code(),
            Code::kInvalidArgument);
  EXPECT_TRUE(posix_file_system().list(root.path())->empty());
}

}  // namespace
}  // namespace raddle::checkpoint
