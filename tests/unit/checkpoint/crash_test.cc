// SPDX-License-Identifier: Apache-2.0
// Full disks, failing operations and crashes at every single operation of a write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "checkpoint/parts.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/checkpoint/cut_state.h"
#include "tests/unit/checkpoint/sample.h"

namespace raddle::checkpoint {
namespace {

using test::ExpectLog;
using test::FaultyFileSystem;
using test::TempDir;
using ::testing::HasSubstr;

const std::vector<std::string> kOnlyStep50 = {"step-00000050"};

std::vector<std::string> names(const std::string& root) { return *posix_file_system().list(root); }

// A root whose only checkpoint is that of step 50.
void prepare(const TempDir& dir) {
  ASSERT_TRUE(write_sample(posix_file_system(), dir.path(), 50).is_ok());
}

// One writer, or three of which each has a third of every tensor and one commits.
using Writing = Status (*)(FileSystem& fs, const std::string& root, int64_t step,
                           const Sample& sample, const nlohmann::json& state);
Status alone(FileSystem& fs, const std::string& root, int64_t step, const Sample& sample,
             const nlohmann::json& state) {
  return write(fs, root, step, sample.views(), state, kTwoFiles);
}
Status together(FileSystem& fs, const std::string& root, int64_t step, const Sample& sample,
                const nlohmann::json& state) {
  std::vector<LogicalTensor> tensors;
  for (const TensorView& view : sample.views()) {
    tensors.push_back({view.name, view.dtype, view.shape});
  }
  RADDLE_ASSIGN_OR_RETURN(const Attempt attempt, begin_write(fs, root, step, 3, tensors));
  std::vector<PartRecord> records;
  for (int64_t writer = 0; writer < 3; ++writer) {
    std::vector<SliceView> slices;
    for (const TensorView& view : sample.views()) {
      const LogicalTensor tensor{view.name, view.dtype, view.shape};
      const ElementRange range = share_of(tensor, writer, 3);
      slices.push_back(
          {tensor, range,
           static_cast<const std::byte*>(view.data) + slice_bytes(tensor, {0, range.begin})});
    }
    RADDLE_ASSIGN_OR_RETURN(PartRecord record, write_part(fs, attempt, writer, slices));
    records.push_back(std::move(record));
  }
  return commit(fs, attempt, tensors, records, state);
}

int64_t operations_of_a_write(int64_t step, Writing writing = alone) {
  TempDir root;
  prepare(root);
  FaultyFileSystem fs;
  EXPECT_TRUE(writing(fs, root.path(), step, Sample::at(step), state_at(step)).is_ok());
  return fs.operations();
}

// Crashes at every operation of writing `step` over a root that holds step 50. Whatever is newest
// afterwards must be whole, and the new one if write() said so; and the next write must work.
enum class Crash { kProcess, kMachine, kMachineLosingNames };
void crash_everywhere(int64_t step, Crash kind, Writing writing = alone) {
  const int64_t operations = operations_of_a_write(step, writing);
  ASSERT_GT(operations, 20);
  for (int64_t at = 0; at <= operations; ++at) {
    SCOPED_TRACE(testing::Message() << "crash at operation " << at);
    TempDir root;
    prepare(root);
    FaultyFileSystem fs;
    fs.crash_at = at;
    // State differs even where the step is the same, to tell the new from the old.
    const Sample sample = Sample::at(step + 1);
    const Status written = writing(fs, root.path(), step, sample, state_at(step + 1));
    if (kind != Crash::kProcess) fs.lose_unsynced(kind == Crash::kMachineLosingNames);
    const auto latest = latest_valid(root.path());
    ASSERT_TRUE(latest.is_ok()) << latest.status().to_string();
    Sample back;
    const auto destinations = back.destinations();
    const auto manifest = read(latest->path, destinations);
    ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
    const bool is_new = *manifest->state == state_at(step + 1);
    EXPECT_TRUE(back == (is_new ? sample : Sample::at(50)));
    EXPECT_TRUE(is_new || *manifest->state == state_at(50));
    EXPECT_TRUE(is_new || !written.is_ok()) << "a write that succeeded is not the newest";
    EXPECT_TRUE(at < operations || written.is_ok());
    ASSERT_TRUE(write_sample(posix_file_system(), root.path(), 150).is_ok());
    EXPECT_EQ(latest_valid(root.path())->step, 150);
    for (const std::string& name : names(root.path())) EXPECT_NE(name.front(), '.') << name;
  }
}

TEST(CrashAnywhere, OfTheProcessLeavesAWholeCheckpoint) {
  ExpectLog expect("is half-written");
  crash_everywhere(100, Crash::kProcess);
}

TEST(CrashAnywhere, OfTheMachineLeavesAWholeCheckpoint) {
  crash_everywhere(100, Crash::kMachineLosingNames);
  ExpectLog expect("is half-written");
  crash_everywhere(100, Crash::kMachine);
}

TEST(CrashAnywhere, WhileReplacingAStepLeavesTheOldOrTheNew) {
  crash_everywhere(50, Crash::kMachineLosingNames);
  ExpectLog expect("is half-written");
  crash_everywhere(50, Crash::kProcess);
  crash_everywhere(50, Crash::kMachine);
}

TEST(CrashAnywhere, OfThreeWritersLeavesTheOldOrTheNew) {
  crash_everywhere(50, Crash::kMachineLosingNames, together);
  ExpectLog expect("is half-written");
  crash_everywhere(100, Crash::kProcess, together);
  crash_everywhere(100, Crash::kMachine, together);
}

TEST(Fault, AFullDiskLosesNothingAtAnyByte) {
  TempDir root;
  prepare(root);
  int refused = 0;
  for (int64_t room = 0;; room += 61) {
    FaultyFileSystem fs;
    fs.disk_bytes = room;
    const Status status = write_sample(fs, root.path(), 100);
    if (status.is_ok()) break;
    ++refused;
    ASSERT_EQ(status.code(), Code::kResourceExhausted) << status.to_string();
    EXPECT_THAT(status.message(), HasSubstr("the checkpoint of step 100 was not written"));
    ASSERT_EQ(names(root.path()), kOnlyStep50) << "with room for " << room << " bytes";
  }
  EXPECT_GT(refused, 20);
  expect_sample(checkpoint_path(root.path(), 50), 50);
  expect_sample(checkpoint_path(root.path(), 100), 100);
}

TEST(Fault, TooLittleSpaceIsSaidBeforeWriting) {
  TempDir root;
  prepare(root);
  FaultyFileSystem fs;
  fs.reported_free = 100;
  const Status status = write_sample(fs, root.path(), 100);
  EXPECT_EQ(status.code(), Code::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("has 100 bytes free, 508 are needed; free 408 bytes"));
  EXPECT_EQ(names(root.path()), kOnlyStep50);
}

TEST(Fault, AnOperationThatFailsOnceLosesNothing) {
  const int64_t operations = operations_of_a_write(100);
  int errors = 0;
  for (int64_t at = 0; at < operations; ++at) {
    TempDir root;
    prepare(root);
    FaultyFileSystem fs;
    fs.fail_at = at;
    const Status status = write_sample(fs, root.path(), 100);
    EXPECT_EQ(status.code(), Code::kIo) << "operation " << at;
    errors += status.is_ok() ? 0 : 1;
    // The last operation syncs the root: the checkpoint is there, only not known to be durable.
    if (at < operations - 1) {
      EXPECT_EQ(names(root.path()), kOnlyStep50) << "operation " << at;
    }
    expect_sample(checkpoint_path(root.path(), 50), 50);
  }
  EXPECT_EQ(errors, operations);
}

}  // namespace
}  // namespace raddle::checkpoint
