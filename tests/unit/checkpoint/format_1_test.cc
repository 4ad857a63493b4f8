// SPDX-License-Identifier: Apache-2.0
// A checkpoint of format version 1 is read as slices too, bit for bit what its files hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "checkpoint/parts.h"
#include "checkpoint/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace raddle::checkpoint {
namespace {

using ::testing::HasSubstr;

constexpr const char* kFile = "shard-00001-of-00001.safetensors";

std::string case_path() {
  return std::string(RADDLE_SOURCE_DIR) + "/tests/cases/run-format-1/run/checkpoints/step-00000003";
}

// Element ranges of a tensor that meet at a third and at two thirds of it.
ElementRange third(const LogicalTensor& tensor, int64_t which) {
  const int64_t elements = tensor.shape.elements();
  return {elements * which / 3, elements * (which + 1) / 3};
}

TEST(Format1, IsReadInSlicesAndWrittenAgainInSlicesBitForBit) {
  ASSERT_THAT(test::read_file(case_path() + "/manifest.json"), HasSubstr("\"version\": 1"));
  const auto old = read_manifest(case_path());
  ASSERT_TRUE(old.is_ok()) << old.status().to_string();
  EXPECT_TRUE(verify(case_path(), nullptr).is_ok());
  const auto file = SafetensorsFile::open(case_path() + "/" + kFile);
  ASSERT_TRUE(file.is_ok()) << file.status().to_string();
  ASSERT_EQ(old->tensors.size(), file->tensors().size());

  test::TempDir root;
  FileSystem& fs = posix_file_system();
  const auto attempt = begin_write(fs, root.path(), old->step, 3, old->tensors);
  ASSERT_TRUE(attempt.is_ok()) << attempt.status().to_string();
  std::vector<PartRecord> records;
  for (int64_t writer = 0; writer < 3; ++writer) {
    std::vector<std::vector<std::byte>> data;
    std::vector<MutableSlice> read;
    std::vector<SliceView> held;
    for (const LogicalTensor& tensor : old->tensors) {
      const ElementRange range = third(tensor, writer);
      data.emplace_back(slice_bytes(tensor, range));
      read.push_back({tensor, range, data.back().data()});
      held.push_back({tensor, range, data.back().data()});
    }
    const auto manifest = read_slices(case_path(), read);
    ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
    const auto record = write_part(fs, *attempt, writer, held);
    ASSERT_TRUE(record.is_ok()) << record.status().to_string();
    records.push_back(*record);
  }
  ASSERT_TRUE(commit(fs, *attempt, old->tensors, records, *old->state).is_ok());

  for (const StoredTensor& tensor : file->tensors()) {
    const uint64_t bytes = tensor_bytes(tensor.dtype, tensor.shape).value();
    std::vector<std::byte> stored(bytes), from_1(bytes), from_2(bytes);
    ASSERT_TRUE(tensor.file->read_at(tensor.offset, stored.data(), bytes).is_ok());
    for (const auto& [path, out] : {std::pair{case_path(), &from_1}, {attempt->target, &from_2}}) {
      const MutableTensor wanted{tensor.name, tensor.dtype, tensor.shape, out->data()};
      const auto manifest = read(path, std::span(&wanted, 1), {.all = false});
      ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
      EXPECT_TRUE(*out == stored) << path << " " << tensor.name;
      EXPECT_EQ(*manifest->state, *old->state);
    }
  }
}

TEST(Format1, DamageIsStillAttributed) {
  test::TempDir root;
  const std::string copy = root / "step-00000003";
  std::filesystem::copy(case_path(), copy);
  std::string bytes = test::read_file(copy + "/" + kFile);
  bytes.back() ^= 1;
  test::write_file(copy + "/" + kFile, bytes);
  const std::string last = read_manifest(copy)->tensors.back().name;
  Report report;
  EXPECT_EQ(verify(copy, &report).code(), Code::kDataLoss);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].tensor, last);
  EXPECT_THAT(report.problems[0].message, HasSubstr("is damaged: checksum"));
}

}  // namespace
}  // namespace raddle::checkpoint
