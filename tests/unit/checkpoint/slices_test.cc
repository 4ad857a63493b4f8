// SPDX-License-Identifier: Apache-2.0
// What several wrote, each its slices, is read back by any others, each its own slices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <thread>

#include "checkpoint/safetensors.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/checkpoint/cut_state.h"

namespace raddle::checkpoint {
namespace {

using test::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int64_t kStep = 100;

std::string part_name(int64_t number, int64_t of) {
  return fmt::format("part-{:05}-of-{:05}-shard-00001-of-00001.safetensors", number, of);
}

class Slices : public ::testing::Test {
 protected:
  void write(int64_t writers) {
    const Status status = write_evenly(posix_file_system(), root_.path(), kStep, writers, 5);
    ASSERT_TRUE(status.is_ok()) << status.to_string();
  }
  std::string path() const { return checkpoint_path(root_.path(), kStep); }
  TempDir root_;
};

TEST_F(Slices, OfThreeWritersAreReadByTwoAndByOne) {
  write(3);
  EXPECT_EQ(*posix_file_system().list(path()),
            (std::vector<std::string>{"manifest.json", part_name(1, 3), part_name(2, 3),
                                      part_name(3, 3)}));
  CutState by_two = CutState::empty(), by_one = CutState::empty();
  for (int64_t reader = 0; reader < 2; ++reader) {
    ASSERT_TRUE(read_evenly(path(), reader, 2, by_two).is_ok());
  }
  ASSERT_TRUE(read_evenly(path(), 0, 1, by_one).is_ok());
  EXPECT_TRUE(by_two == CutState::of(5));
  EXPECT_TRUE(by_one == CutState::of(5));
  Report report;
  EXPECT_TRUE(verify(path(), &report).is_ok());
  EXPECT_EQ(report.tensors, 5u);
  EXPECT_EQ(report.files, 3u);
  EXPECT_EQ(latest_valid(root_.path())->step, kStep);
}

TEST_F(Slices, AreWrittenAndReadByAllAtOnce) {
  CutState state = CutState::of(5), back = CutState::empty();
  const auto attempt = begin_write(posix_file_system(), root_.path(), kStep, 3, state.tensors);
  ASSERT_TRUE(attempt.is_ok()) << attempt.status().to_string();
  std::vector<PartRecord> records(3);
  const auto three_at_once = [](const std::function<void(int64_t)>& work) {
    std::vector<std::thread> threads;
    for (int64_t i = 0; i < 3; ++i) threads.emplace_back(work, i);
    for (std::thread& thread : threads) thread.join();
  };
  three_at_once([&](int64_t writer) {
    const auto slices = even_slices(state, writer, 3);
    auto record = write_part(posix_file_system(), *attempt, writer, slices);
    if (record.is_ok()) records[static_cast<size_t>(writer)] = std::move(record).value();
  });
  const Status status = commit(posix_file_system(), *attempt, state.tensors, records, {});
  ASSERT_TRUE(status.is_ok()) << status.to_string();
  three_at_once([&](int64_t reader) { EXPECT_TRUE(read_evenly(path(), reader, 3, back).is_ok()); });
  EXPECT_TRUE(back == state);
}

TEST_F(Slices, WholeTensorsAreReadAsBefore) {
  write(3);
  CutState back = CutState::empty();
  std::vector<MutableTensor> wanted;
  for (size_t i = 0; i < back.tensors.size(); ++i) {
    const LogicalTensor& tensor = back.tensors[i];
    wanted.push_back({tensor.name, tensor.dtype, tensor.shape, back.data[i].data()});
  }
  const auto manifest = read(path(), wanted);
  ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
  EXPECT_EQ((*manifest->state)["seed"], 5);
  EXPECT_TRUE(back == CutState::of(5));
}

TEST_F(Slices, AnyToolSeesWhichPartsAFileHolds) {
  write(3);
  const auto file = SafetensorsFile::open(path() + "/" + part_name(2, 3));
  ASSERT_TRUE(file.is_ok()) << file.status().to_string();
  std::map<std::string, std::string> found;
  for (const StoredTensor& tensor : file->tensors()) {
    found[tensor.name] = describe(tensor.dtype, tensor.shape);
  }
  EXPECT_EQ(found,
            (std::map<std::string, std::string>{
                {"w[20:40]", "F32 [20]"}, {"half[2:4]", "BF16 [2]"}, {"bytes[5:10]", "U8 [5]"}}));
  const auto last = SafetensorsFile::open(path() + "/" + part_name(3, 3));
  EXPECT_EQ(describe(DType::kI64, last->find("count")->shape), "I64 []") << "whole: as it is";
}

// Tensors cut anywhere, the pieces dealt out to writers in any order, read by others in other
// pieces; the records travel, some as text, and arrive in any order.
class RandomCuts {
 public:
  explicit RandomCuts(uint64_t seed) : random_(23, seed) {}

  int64_t below(int64_t bound) {
    return static_cast<int64_t>(random_.below(static_cast<uint64_t>(bound)));
  }
  std::vector<ElementRange> cut(const LogicalTensor& tensor) {
    const int64_t elements = tensor.shape.elements();
    std::vector<int64_t> ends = {elements};
    for (int64_t n = below(5); n > 0 && elements > 0; --n) ends.push_back(below(elements + 1));
    std::sort(ends.begin(), ends.end());
    std::vector<ElementRange> ranges;
    for (int64_t begin = 0; const int64_t end : ends) {
      ranges.push_back({begin, end});
      begin = end;
    }
    return ranges;
  }
  template <class T>
  void shuffle(std::vector<T>& all) {
    for (size_t i = all.size(); i > 1; --i) {
      std::swap(all[i - 1], all[static_cast<size_t>(below(static_cast<int64_t>(i)))]);
    }
  }
  // Of each of `owners`, what `make(tensor, range)` makes of its pieces.
  template <class T, class Make>
  std::vector<std::vector<T>> deal(const CutState& state, int64_t owners, Make&& make) {
    std::vector<std::vector<T>> dealt(static_cast<size_t>(owners));
    for (size_t tensor = 0; tensor < state.tensors.size(); ++tensor) {
      for (const ElementRange range : cut(state.tensors[tensor])) {
        dealt[static_cast<size_t>(below(owners))].push_back(make(tensor, range));
      }
    }
    for (auto& pieces : dealt) shuffle(pieces);
    return dealt;
  }

 private:
  RandomStream random_;
};

Status write_random(RandomCuts& cuts, const std::string& root, CutState& state) {
  FileSystem& fs = posix_file_system();
  const int64_t writers = 1 + cuts.below(5);
  const auto dealt = cuts.deal<SliceView>(
      state, writers, [&](size_t tensor, ElementRange range) { return state.view(tensor, range); });
  const WriteOptions options{static_cast<uint64_t>(1 + cuts.below(200))};
  RADDLE_ASSIGN_OR_RETURN(const Attempt attempt,
                          begin_write(fs, root, kStep, writers, state.tensors));
  RADDLE_ASSIGN_OR_RETURN(const auto travelled, attempt_to_json(attempt));
  std::vector<PartRecord> records;
  for (int64_t writer = 0; writer < writers; ++writer) {
    RADDLE_ASSIGN_OR_RETURN(const Attempt mine, attempt_from_json(travelled, "the attempt"));
    RADDLE_ASSIGN_OR_RETURN(
        const PartRecord written,
        write_part(fs, mine, writer, dealt[static_cast<size_t>(writer)], options));
    RADDLE_ASSIGN_OR_RETURN(const auto json, part_to_json(written));
    const bool as_text = cuts.below(2) == 0;
    RADDLE_ASSIGN_OR_RETURN(
        PartRecord record,
        part_from_json(as_text ? nlohmann::json::parse(json.dump(), nullptr, false) : json,
                       "the record"));
    records.push_back(std::move(record));
  }
  cuts.shuffle(records);
  return commit(fs, attempt, state.tensors, records, {});
}

TEST(SlicesProperty, AnyCutsAreReadBackInAnyOthers) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    TempDir root;
    RandomCuts cuts(seed);
    CutState state = CutState::of(seed);
    const Status written = write_random(cuts, root.path(), state);
    ASSERT_TRUE(written.is_ok()) << written.to_string();
    const std::string path = checkpoint_path(root.path(), kStep);
    ASSERT_TRUE(verify(path, nullptr).is_ok());
    CutState back = CutState::empty();
    auto dealt = cuts.deal<MutableSlice>(
        back, 1 + cuts.below(5),
        [&](size_t tensor, ElementRange range) { return back.destination(tensor, range); });
    for (auto& wanted : dealt) {
      for (const LogicalTensor& tensor : back.tensors) wanted.push_back({tensor, {}, nullptr});
      const auto manifest = read_slices(path, wanted);
      ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
    }
    ASSERT_TRUE(back == state);
  }
}

// Which files were opened and how many bytes lie in what was read of them.
TEST_F(Slices, APartIsReadFromTheFilesThatHoldItAlone) {
  write(3);
  CutState back = CutState::empty();
  const std::vector<MutableSlice> wanted = {back.destination(0, {25, 30})};
  test::FaultyFileSystem fs;
  {
    const test::UseFileSystem use(fs);
    const auto manifest = read_slices(path(), wanted, {.all = false});
    ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
  }
  for (const std::string& operation : fs.history()) {
    if (operation.find(".safetensors") == std::string::npos) continue;
    EXPECT_THAT(operation, HasSubstr(part_name(2, 3)));
  }
  CutState expected = CutState::empty(), all = CutState::of(5);
  std::memcpy(expected.at(0, 25), all.at(0, 25), 20);
  EXPECT_TRUE(back == expected) << "a byte beside the destination changed";
}

TEST_F(Slices, DamageOfWhatIsNotWantedDoesNotMatter) {
  write(1);
  const std::string file = path() + "/shard-00001-of-00001.safetensors";
  std::string bytes = test::read_file(file);
  bytes.back() ^= 1;  // of "bytes", the last tensor
  test::write_file(file, bytes);
  CutState back = CutState::empty();
  std::vector<MutableSlice> wanted = {back.destination(0, {10, 50})};
  EXPECT_TRUE(read_slices(path(), wanted, {.all = false}).is_ok());
  wanted.push_back(back.destination(4, {0, 1}));
  EXPECT_THAT(read_slices(path(), wanted, {.all = false}).status().message(),
              AllOf(HasSubstr("tensor \"bytes\" (U8 [3, 1, 5]) is damaged"), HasSubstr(file)))
      << "a slice that is wanted in part is checked whole";
}

TEST_F(Slices, DamageOfAPartNamesItsElements) {
  write(3);
  const std::string file = path() + "/" + part_name(2, 3);
  std::string bytes = test::read_file(file);
  bytes[bytes.size() - 6] ^= 1;  // of "half", before the five bytes of "bytes"
  test::write_file(file, bytes);
  Report report;
  EXPECT_EQ(verify(path(), &report).code(), Code::kDataLoss);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].tensor, "half");
  EXPECT_THAT(report.problems[0].message,
              AllOf(HasSubstr(file), HasSubstr("tensor \"half\" (BF16 [7], elements [2, 4)) is "
                                               "damaged: checksum")));
  CutState back = CutState::of(9);
  EXPECT_EQ(read_evenly(path(), 0, 1, back).code(), Code::kDataLoss);
  EXPECT_TRUE(back == CutState::of(9)) << "a refused read changed a destination";
  // Whoever needs only the first third can still go on.
  EXPECT_TRUE(read_evenly(path(), 0, 4, back).is_ok());
}

TEST_F(Slices, ADestinationThatDoesNotFitChangesNothing) {
  write(2);
  CutState back = CutState::of(9);
  const auto refusal = [&](std::vector<MutableSlice> wanted, const ReadOptions& options) {
    const Status status = read_slices(path(), wanted, options).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << status.to_string();
    EXPECT_TRUE(back == CutState::of(9)) << "a refused read changed a destination";
    return status.message();
  };
  const ReadOptions some{.all = false};
  EXPECT_THAT(refusal({back.destination(0, {50, 61})}, some),
              HasSubstr("tensor \"w\" (F32 [6, 10]): elements [50, 61) should lie within [0, 60)"));
  EXPECT_THAT(refusal({back.destination(0, {0, 20}), back.destination(0, {19, 30})}, some),
              HasSubstr("tensor \"w\" (F32 [6, 10], elements [19, 20)) is asked for twice"));
  MutableSlice other = back.destination(0, {0, 20});
  other.tensor.shape = {10, 6};
  EXPECT_THAT(refusal({other}, some),
              HasSubstr("tensor \"w\" is F32 [6, 10], expected F32 [10, 6]"));
  EXPECT_THAT(refusal({other, back.destination(0, {20, 30})}, some),
              HasSubstr("tensor \"w\" is asked for as F32 [10, 6] and as F32 [6, 10]"));
  other = back.destination(0, {0, 20});
  other.data = nullptr;
  EXPECT_THAT(refusal({other}, some), HasSubstr("has no data"));
  other.tensor.name = "new";
  EXPECT_THAT(refusal({{other.tensor, {}, nullptr}}, some), HasSubstr("lacks tensor \"new\""));
  EXPECT_THAT(refusal({back.destination(0, {0, 20})}, {}),
              HasSubstr("holds tensor \"half\" (BF16 [7]), which is not wanted here"));
}

}  // namespace
}  // namespace raddle::checkpoint
