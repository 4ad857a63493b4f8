// SPDX-License-Identifier: Apache-2.0
// What the writers of one checkpoint get wrong is refused by name before anything is published, and
// nothing of one attempt gets into another.
#include "checkpoint/parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "tests/support/faulty_file_system.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/checkpoint/cut_state.h"

namespace raddle::checkpoint {
namespace {

using test::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int64_t kStep = 100;

std::vector<std::string> names_of_parts(const std::string& root) {
  return *posix_file_system().list(root);
}

class Parts : public ::testing::Test {
 protected:
  Attempt begin(int64_t writers = 3, int64_t step = kStep) {
    auto attempt = begin_write(fs_, root_.path(), step, writers, state_.tensors);
    EXPECT_TRUE(attempt.is_ok()) << attempt.status().to_string();
    return attempt.value();
  }
  std::vector<PartRecord> write(const Attempt& attempt) {
    auto records = write_even_parts(fs_, attempt, state_);
    EXPECT_TRUE(records.is_ok()) << records.status().to_string();
    return records.value();
  }
  // What commit() says to these records; nothing may have appeared, and the right ones still do.
  std::string refusal(const std::function<void(std::vector<PartRecord>&)>& edit,
                      Code code = Code::kInvalidArgument) {
    const Attempt attempt = begin();
    const auto records = write(attempt);
    auto edited = records;
    edit(edited);
    const Status status = commit(fs_, attempt, state_.tensors, edited, {});
    EXPECT_EQ(status.code(), code) << status.to_string();
    EXPECT_EQ(names_of_parts(root_.path()), std::vector<std::string>{attempt.name()});
    const Status again = commit(fs_, attempt, state_.tensors, records, {});
    EXPECT_TRUE(again.is_ok()) << again.to_string();
    EXPECT_TRUE(verify(attempt.target, nullptr).is_ok());
    std::filesystem::remove_all(attempt.target);
    return status.message();
  }
  // The same when writer 1 writes other slices than its own.
  std::string refusal_of_slices(const std::vector<SliceView>& slices) {
    const Attempt attempt = begin();
    auto records = write(attempt);
    const auto other = write_part(fs_, attempt, 1, slices);
    EXPECT_TRUE(other.is_ok()) << other.status().to_string();
    records[1] = other.value();
    const Status status = commit(fs_, attempt, state_.tensors, records, {});
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << status.to_string();
    abandon(fs_, attempt);
    EXPECT_TRUE(names_of_parts(root_.path()).empty());
    return status.message();
  }

  FileSystem& fs_ = posix_file_system();
  CutState state_ = CutState::of(5);
  TempDir root_;
};

TEST_F(Parts, AHoleNamesTheElements) {
  auto slices = even_slices(state_, 1, 3);
  slices[0].range.end = 35;
  EXPECT_THAT(refusal_of_slices(slices),
              AllOf(HasSubstr("tensor \"w\" (F32 [6, 10], elements [35, 40)): in no file, expected "
                              "every element in exactly one"),
                    HasSubstr("give each element to one writer")));
  slices = even_slices(state_, 1, 3);
  slices.erase(slices.begin());
  EXPECT_THAT(refusal_of_slices(slices), HasSubstr("elements [20, 40)): in no file"));
  EXPECT_THAT(refusal([](auto& all) { all[2].files.clear(); }),
              HasSubstr("elements [40, 60)): in no file"));
  EXPECT_THAT(refusal([](auto& all) { all[0].files[0].slices.pop_back(); }),
              HasSubstr("tensor \"bytes\" (U8 [3, 1, 5], elements [0, 5)): in no file"));
}

TEST_F(Parts, ATensorOfNobodyIsAHoleEvenWithoutElements) {
  EXPECT_THAT(refusal([](auto& all) {
                auto& slices = all[0].files[0].slices;
                std::erase_if(slices, [&](const ManifestSlice& s) { return s.range.count() == 0; });
              }),
              HasSubstr("tensor \"none\" (F32 [0, 3]): in no file"));
}

TEST_F(Parts, AnOverlapNamesTheElementsAndBothFiles) {
  auto slices = even_slices(state_, 1, 3);
  slices[0].range.end = 42;
  EXPECT_THAT(refusal_of_slices(slices),
              AllOf(HasSubstr("tensor \"w\" (F32 [6, 10], elements [40, 42)): in part-00002"),
                    HasSubstr(" and again in part-00003-of-00003")));
  slices = even_slices(state_, 1, 3);
  slices.push_back(state_.view(3, {0, 0}));
  EXPECT_THAT(refusal_of_slices(slices), HasSubstr("tensor \"none\" (F32 [0, 3]): in part-00001"));
  slices.back() = state_.view(2, {0, 1});
  EXPECT_THAT(refusal_of_slices(slices), HasSubstr("tensor \"count\" (I64 []): in part-00002"));
}

TEST_F(Parts, DisagreeingTensorsNameTheWriter) {
  const auto with_first = [&](const LogicalTensor& tensor) {
    auto slices = even_slices(state_, 1, 3);
    slices[0].tensor = tensor;
    return refusal_of_slices(slices);
  };
  EXPECT_THAT(with_first({"w", DType::kF32, {10, 6}}),
              HasSubstr("writer 1 has tensor \"w\" as F32 [10, 6], expected F32 [6, 10]"));
  EXPECT_THAT(with_first({"w", DType::kI32, {6, 10}}),
              HasSubstr("writer 1 has tensor \"w\" as I32 [6, 10], expected F32 [6, 10]"));
  EXPECT_THAT(with_first({"v", DType::kF32, {6, 10}}),
              HasSubstr("writer 1 has tensor \"v\" (F32 [6, 10]), which is none of the "
                        "checkpoint's 5; do all writers run the same recipe?"));
}

TEST_F(Parts, MissingAndRepeatedRecordsNameTheWriter) {
  EXPECT_THAT(refusal([](auto& all) { all.erase(all.begin() + 1); }, Code::kFailedPrecondition),
              AllOf(HasSubstr("1 of the 3 writers"), HasSubstr("have no record: writer 1;"),
                    HasSubstr("wait for them, or abandon the attempt")));
  EXPECT_THAT(refusal([](auto& all) { all.clear(); }, Code::kFailedPrecondition),
              HasSubstr("3 of the 3 writers"));
  EXPECT_THAT(refusal([](auto& all) { all.push_back(all[2]); }),
              HasSubstr("writer 2 has two records in the attempt"));
  EXPECT_THAT(refusal([](auto& all) { all[1] = all[0]; }), HasSubstr("writer 0 has two records"));
  EXPECT_THAT(refusal([](auto& all) { all[1].writer = 3; }),
              HasSubstr("a record is of writer 3, expected 0 to 2"));
}

TEST_F(Parts, ARecordOfAnotherStepIsRefused) {
  EXPECT_THAT(refusal([](auto& all) { all[1].step = 50; }),
              HasSubstr("the record of writer 1 is of step 50, expected step 100"));
}

TEST_F(Parts, NothingOfAnEarlierAttemptGetsIn) {
  const Attempt earlier = begin();
  const auto stale = write(earlier);
  // The committer was killed; the next attempt begins, in which writer 1 has other values.
  const Attempt attempt = begin();
  EXPECT_NE(attempt.name(), earlier.name());
  EXPECT_EQ(names_of_parts(root_.path()), std::vector<std::string>{attempt.name()});
  EXPECT_EQ(write_part(fs_, earlier, 2, even_slices(state_, 2, 3)).status().code(), Code::kNotFound)
      << "a writer that is late";
  auto records = write(attempt);
  const PartRecord good = std::exchange(records[1], stale[1]);
  const Status status = commit(fs_, attempt, state_.tensors, records, {});
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("the record of writer 1 is of the attempt " + earlier.name()),
                    HasSubstr("expected " + attempt.name()), HasSubstr("left from another try")));
  records[1] = good;
  EXPECT_TRUE(commit(fs_, attempt, state_.tensors, records, {}).is_ok());
  EXPECT_EQ(commit(fs_, earlier, state_.tensors, stale, {}).code(), Code::kNotFound)
      << "a committer that is late";
  EXPECT_TRUE(verify(attempt.target, nullptr).is_ok());
}

TEST_F(Parts, FilesThatAreNotAsTheirRecordsSayAreRefused) {
  const Attempt attempt = begin();
  const auto records = write(attempt);
  const std::string file = attempt.directory + "/" + records[1].files[0].name;
  const std::string bytes = test::read_file(file);
  test::write_file(file, bytes.substr(1));
  Status status = commit(fs_, attempt, state_.tensors, records, {});
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_THAT(status.message(),
              HasSubstr(fmt::format("{}: its writer's record says {} bytes, found {}", file,
                                    bytes.size(), bytes.size() - 1)));
  std::filesystem::remove(file);
  status = commit(fs_, attempt, state_.tensors, records, {});
  EXPECT_EQ(status.code(), Code::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr(file));
  auto renamed = records;
  renamed[1].files[0].name = "part.safetensors";
  EXPECT_THAT(commit(fs_, attempt, state_.tensors, renamed, {}).message(),
              HasSubstr("the record of writer 1 names the file part.safetensors, expected part-"));
}

TEST_F(Parts, BadArgumentsAreRefusedBeforeAnythingIsWritten) {
  const auto begun = [&](int64_t step, int64_t writers, std::vector<LogicalTensor> tensors) {
    const Status status = begin_write(fs_, root_.path(), step, writers, tensors).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    return status.message();
  };
  EXPECT_THAT(begun(-1, 1, {}), HasSubstr("at least 0, got -1"));
  EXPECT_THAT(begun(1, 0, {}), HasSubstr("1 to 99999 writers, got 0"));
  const LogicalTensor w{"w", DType::kF32, {4}};
  EXPECT_THAT(begun(1, 1, {w, w}), HasSubstr("tensor \"w\" is listed twice"));
  // What reads like a part of "w" would be taken for one.
  EXPECT_THAT(begun(1, 1, {w, {"w[0:2]", DType::kF32, {2}}}),
              HasSubstr("tensor \"w[0:2]\" is named as a part of a tensor is"));
  EXPECT_TRUE(names_of_parts(root_.path()).empty());
  const Attempt attempt = begin(2);
  EXPECT_THAT(write_part(fs_, attempt, 2, {}).status().message(),
              HasSubstr("writer 2 should be 0 to 1"));
  SliceView slice = state_.view(0, {0, 61});
  EXPECT_THAT(write_part(fs_, attempt, 0, std::span(&slice, 1)).status().message(),
              HasSubstr("elements [0, 61) should lie within [0, 60)"));
  const std::vector<SliceView> two_types = {{{"w", DType::kF32, {4}}, {0, 2}, state_.at(0, 0)},
                                            {{"w", DType::kI32, {4}}, {2, 4}, state_.at(0, 0)}};
  EXPECT_THAT(write_part(fs_, attempt, 0, two_types).status().message(),
              HasSubstr("tensor \"w\" is given as F32 [4] and as I32 [4]"));
  EXPECT_TRUE(names_of_parts(attempt.directory).empty());
}

TEST(PartName, IsWhatNoTensorMayBeNamed) {
  for (const char* name : {"w[0:2]", "[1:2]", "a.b[10:20]", "w[0:1][2:3]"}) {
    EXPECT_TRUE(is_part_name(name)) << name;
  }
  for (const char* name :
       {"w", "w[0]", "w[:2]", "w[0:]", "w[0:2", "w0:2]", "w[-1:2]", "w[0:2] ", "w[a:b]", "]", ""}) {
    EXPECT_FALSE(is_part_name(name)) << name;
  }
}

TEST_F(Parts, ACheckpointOfTheUsersNameIsWrittenTogetherToo) {
  const std::string path = root_ / "sub/mine";
  const auto write_there = [&]() -> Status {
    RADDLE_ASSIGN_OR_RETURN(const Attempt attempt,
                            begin_write_to(fs_, path, kStep, 2, state_.tensors));
    RADDLE_ASSIGN_OR_RETURN(const auto records, write_even_parts(fs_, attempt, state_));
    return commit(fs_, attempt, state_.tensors, records, {});
  };
  ASSERT_TRUE(write_there().is_ok());
  CutState back = CutState::empty();
  ASSERT_TRUE(read_evenly(path, 0, 1, back).is_ok());
  EXPECT_TRUE(back == state_);
  EXPECT_EQ(write_there().code(), Code::kAlreadyExists);
  // Somebody takes the name while the parts are written.
  const auto attempt = begin_write_to(fs_, root_ / "taken", kStep, 2, state_.tensors);
  const auto records = write_even_parts(fs_, *attempt, state_);
  std::filesystem::create_directory(root_ / "taken");
  EXPECT_EQ(commit(fs_, *attempt, state_.tensors, *records, {}).code(), Code::kAlreadyExists);
  abandon(fs_, *attempt);
  EXPECT_EQ(names_of_parts(root_.path()), (std::vector<std::string>{"sub", "taken"}));
}

TEST_F(Parts, AWriterWithNothingToWriteHasNoFile) {
  const Attempt attempt = begin(2);
  std::vector<PartRecord> records = {*write_part(fs_, attempt, 0, even_slices(state_, 0, 1)),
                                     *write_part(fs_, attempt, 1, {})};
  ASSERT_TRUE(commit(fs_, attempt, state_.tensors, records, {}).is_ok());
  EXPECT_EQ(names_of_parts(attempt.target),
            (std::vector<std::string>{"manifest.json",
                                      "part-00001-of-00002-shard-00001-of-00001.safetensors"}));
  EXPECT_TRUE(verify(attempt.target, nullptr).is_ok());
}

TEST_F(Parts, OnlyWhatAWriterWroteLastIsPublished) {
  const Attempt attempt = begin();
  // Its first try, of other values, is cut into more files than its second.
  CutState other = CutState::of(6);
  ASSERT_TRUE(write_part(fs_, attempt, 1, even_slices(other, 1, 3), WriteOptions{8}).is_ok());
  const size_t files_before = names_of_parts(attempt.directory).size();
  const auto records = write(attempt);
  ASSERT_EQ(names_of_parts(attempt.directory).size(), files_before + 3);
  ASSERT_TRUE(commit(fs_, attempt, state_.tensors, records, {}).is_ok());
  EXPECT_EQ(names_of_parts(attempt.target).size(), 4u) << "three parts and the manifest";
  CutState back = CutState::empty();
  ASSERT_TRUE(read_evenly(attempt.target, 0, 1, back).is_ok());
  EXPECT_TRUE(back == state_);
}

TEST_F(Parts, AFullDiskOfOneWriterIsItsOwnError) {
  const Attempt attempt = begin();
  test::FaultyFileSystem full;
  full.disk_bytes = 100;
  EXPECT_EQ(write_part(full, attempt, 1, even_slices(state_, 1, 3)).status().code(),
            Code::kResourceExhausted);
  // It may try again once there is room.
  const auto records = write(attempt);
  EXPECT_TRUE(commit(fs_, attempt, state_.tensors, records, {}).is_ok());
  EXPECT_TRUE(verify(attempt.target, nullptr).is_ok());
}

}  // namespace
}  // namespace raddle::checkpoint
