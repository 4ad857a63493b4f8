// SPDX-License-Identifier: Apache-2.0
// Setting a branch aside, interrupted at every single operation.
#include "runtime/runs/lineage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "checkpoint/checkpoint.h"
#include "runtime/runs/metrics_log.h"
#include "runtime/runs/set_aside.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/temp_dir.h"

namespace raddle::runs {
namespace {

using test::FaultyFileSystem;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Writes the checkpoint of `step` as `branch` trains it, and its line of metrics.
void save(const std::string& run, int64_t step, const std::string& branch) {
  const float value = static_cast<float>(step);
  const checkpoint::TensorView view{"w", DType::kF32, {1}, &value};
  const Status written = checkpoint::write(posix_file_system(), checkpoints_of(run, ""), step,
                                           std::span(&view, 1), {{"branch", branch}});
  ASSERT_TRUE(written.is_ok()) << written.to_string();
  std::ofstream(metrics_of(run, ""), std::ios::app)
      << "{\"step\":" << step << ",\"branch\":\"" << branch << "\"}\n";
}

// "branch/step" of every checkpoint of a place, as readers see it.
std::vector<std::string> seen(const std::string& run, const Place& place) {
  FileSystem& fs = posix_file_system();
  std::vector<std::string> out;
  const auto lineage = read_lineage(fs, run);
  EXPECT_TRUE(lineage.is_ok()) << lineage.status().to_string();
  for (const auto& info : checkpoints_at(fs, run, *lineage, place).value()) {
    const auto manifest = checkpoint::read_manifest(info.path);
    out.push_back(fmt::format("{}/{}", (*manifest->state)["branch"].get<std::string>(), info.step));
  }
  return out;
}

std::vector<std::string> metrics(const std::string& run, const Place& place) {
  const auto history = read_metrics(posix_file_system(), metrics_of(run, place), INT64_MAX);
  std::vector<std::string> out;
  std::istringstream lines(history->lines);
  for (std::string line; std::getline(lines, line);) {
    const auto entry = nlohmann::json::parse(line);
    out.push_back(
        fmt::format("{}/{}", entry["branch"].get<std::string>(), entry["step"].get<int64_t>()));
  }
  return out;
}

// Goes on from the checkpoint of `step` at `place`, as RunDirectory does.
Status go_on(FileSystem& fs, const std::string& run, const Place& place, int64_t step) {
  RADDLE_ASSIGN_OR_RETURN(Lineage lineage, read_lineage(fs, run));
  RADDLE_RETURN_IF_ERROR(finish_setting_aside(fs, run, &lineage));
  RADDLE_ASSIGN_OR_RETURN(auto next, branch_off(fs, run, lineage, place, step, ""));
  if (!next.has_value()) return Status::ok();
  RADDLE_RETURN_IF_ERROR(write_lineage(fs, run, *next));
  return finish_setting_aside(fs, run, &*next);
}

// branch-1 to step 4; back to 2, branch-2 to step 4.
void prepare(const std::string& run) {
  for (const int64_t step : {1, 2, 3, 4}) save(run, step, "one");
  ASSERT_TRUE(go_on(posix_file_system(), run, "", 2).is_ok());
  for (const int64_t step : {3, 4}) save(run, step, "two");
}

// What the run looks like when it went back to step 1 of the branch in force, or into step 3 of the
// branch that was set aside first. The latter moves checkpoints of one step both ways.
struct Way {
  Place place;
  int64_t step;
  std::vector<std::string> in_force, first_aside, second_aside, history;
};
const Way kBack = {"", 1, {"one/1"}, {"one/3", "one/4"}, {"one/2", "two/3", "two/4"}, {"one/1"}};
const Way kInto = {"branch-1",
                   3,
                   {"one/1", "one/2", "one/3"},
                   {"one/4"},
                   {"two/3", "two/4"},
                   {"one/1", "one/2", "one/3"}};

void expect_gone(const std::string& run, const Way& way) {
  EXPECT_EQ(seen(run, ""), way.in_force);
  EXPECT_EQ(seen(run, "branch-1"), way.first_aside);
  EXPECT_EQ(seen(run, "branch-2"), way.second_aside);
}

// A copy that a killed writer had half made is not kept for ever.
TEST(Lineage, WhoFinishesSettingAsideRemovesWhatTheOneBeforeLeft) {
  const TempDir dir;
  const std::string run = dir / "run";
  for (const int64_t step : {1, 2}) save(run, step, "one");
  FileSystem& fs = posix_file_system();
  const auto next = branch_off(fs, run, *read_lineage(fs, run), Place(), 1, "");
  ASSERT_TRUE(next.is_ok() && next->has_value());
  ASSERT_TRUE(write_lineage(fs, run, **next).is_ok());
  const std::string aside = directory_of(run, "branch-1");
  std::filesystem::create_directories(aside);
  const std::string left = temporary_name(aside + "/metrics.jsonl");
  test::write_file(left, "{\"step\":1");
  const std::string other = temporary_name(aside + "/mine");
  test::write_file(other, "of whoever exports to this place");
  ASSERT_TRUE(go_on(fs, run, "", 1).is_ok());
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_TRUE(std::filesystem::exists(other));
  EXPECT_THAT(metrics(run, "branch-1"), ElementsAre("one/1", "one/2"));
}

enum class Crash { kProcess, kMachine, kMachineLosingNames };
void crash_everywhere(const Way& way, Crash kind) {
  const TempDir prepared;
  prepare(prepared / "run");
  int64_t interrupted = 0;
  for (int64_t at = 0;; ++at) {
    SCOPED_TRACE(testing::Message() << "crash at operation " << at);
    const TempDir dir;
    const std::string run = dir / "run";
    std::filesystem::copy(prepared / "run", run, std::filesystem::copy_options::recursive);
    const auto before = seen(run, "");
    FaultyFileSystem fs;
    fs.crash_at = at;
    const Status status = go_on(fs, run, way.place, way.step);
    if (kind != Crash::kProcess) fs.lose_unsynced(kind == Crash::kMachineLosingNames);
    // Readers find the branch before or the one after, whole; nothing between.
    const bool is_new = seen(run, "") != before;
    if (is_new) expect_gone(run, way);
    EXPECT_TRUE(is_new || !status.is_ok());
    // Whoever goes on from the newest finishes what was begun, and nothing is lost.
    const int64_t newest = is_new ? way.step : 4;
    const auto lineage = read_lineage(posix_file_system(), run);
    const auto all = checkpoints_at(posix_file_system(), run, *lineage, "");
    ASSERT_EQ(all->back().step, newest);
    const auto place =
        place_of(posix_file_system(), run, *lineage, all->back().path, all->back().step);
    ASSERT_TRUE(place.is_ok() && place->has_value() && (*place)->empty());
    ASSERT_TRUE(go_on(posix_file_system(), run, "", newest).is_ok());
    if (!is_new) {
      ASSERT_TRUE(go_on(posix_file_system(), run, way.place, way.step).is_ok());
    }
    expect_gone(run, way);
    EXPECT_EQ(metrics(run, ""), way.history);
    EXPECT_THAT(metrics(run, "branch-1"), ElementsAre("one/1", "one/2", "one/3", "one/4"));
    EXPECT_THAT(metrics(run, "branch-2"), ElementsAre("one/1", "one/2", "two/3", "two/4"));
    interrupted += status.is_ok() ? 0 : 1;
    if (status.is_ok()) break;
  }
  EXPECT_GT(interrupted, 20);
}

TEST(SettingAside, SurvivesACrashOfTheProcessAnywhere) {
  crash_everywhere(kBack, Crash::kProcess);
  crash_everywhere(kInto, Crash::kProcess);
}

TEST(SettingAside, SurvivesACrashOfTheMachineAnywhere) {
  crash_everywhere(kBack, Crash::kMachine);
  crash_everywhere(kInto, Crash::kMachine);
}

TEST(Lineage, ARecordComesBackAsItWasAndDamageIsNamed) {
  const TempDir dir;
  FileSystem& fs = posix_file_system();
  EXPECT_FALSE(read_lineage(fs, dir.path())->recorded);
  Lineage lineage;
  lineage.saved = true;
  lineage.branches.push_back({"branch-2", "branch-1", 7, "/elsewhere/step-00000007"});
  lineage.pending = {"branch-1", {{"", "branch-1", 9}}, "branch-1", 7};
  ASSERT_TRUE(write_lineage(fs, dir.path(), lineage).is_ok());
  const auto back = read_lineage(fs, dir.path());
  ASSERT_TRUE(back.is_ok()) << back.status().to_string();
  EXPECT_TRUE(back->recorded && back->saved);
  EXPECT_EQ(back->in_force().name, "branch-2");
  EXPECT_EQ(back->in_force().from, "/elsewhere/step-00000007");
  EXPECT_EQ(back->pending->moves.size(), 1u);
  const std::string text = test::read_file(dir / "lineage.json");
  for (size_t at = 0; at < text.size(); at += 3) {
    std::string damaged = text;
    damaged[at] ^= 1;
    test::write_file(dir / "lineage.json", damaged);
    const auto read = read_lineage(fs, dir.path());
    if (!read.is_ok()) continue;
    // Only white space may differ and mean the same.
    EXPECT_TRUE(read->branches.size() == 2 && read->pending->moves.size() == 1 && read->saved);
  }
}

TEST(Lineage, TheCommonPartOfTwoBranchesIsFoundThroughTheirParents) {
  Lineage lineage;
  lineage.branches = {{"a", "", 0, ""}, {"b", "a", 10, ""}, {"c", "b", 5, ""}, {"d", "b", 20, ""}};
  EXPECT_EQ(common_step(lineage, "a", 30), 10);
  EXPECT_EQ(common_step(lineage, "a", 7), 7);
  EXPECT_EQ(common_step(lineage, "b", 30), 20);
  EXPECT_EQ(common_step(lineage, "c", 9), 5);
  EXPECT_EQ(common_step(lineage, "unknown", 9), -1);
  EXPECT_EQ(branch_of_step(lineage, "d", 10), "a");
  EXPECT_EQ(branch_of_step(lineage, "d", 11), "b");
  EXPECT_EQ(branch_of_step(lineage, "d", 21), "d");
}

TEST(Metrics, ABrokenLineCostsItself) {
  const TempDir dir;
  const std::string good = "{\"step\":1}\n", path = dir / "metrics.jsonl";
  for (const std::string bad :
       {"{\"step\":2", "", "[]", "{\"step\":-1}", "{\"step\":1.5}", "{}", "\xff\x00", "null"}) {
    test::write_file(path, good + bad + "\n{\"step\":3}\n{\"step\":9}\n" + bad);
    const auto history = read_metrics(posix_file_system(), path, 5);
    ASSERT_TRUE(history.is_ok());
    EXPECT_EQ(history->lines, good + "{\"step\":3}\n") << bad;
    EXPECT_EQ(history->broken, bad.empty() ? 0 : 2) << bad;
    EXPECT_EQ(history->later, 1);
  }
}

TEST(Metrics, TheOldFileStaysUntilTheNewOneIsWhole) {
  const std::string before = "{\"step\":1}\n{\"step\":2}\n";
  for (int64_t at = 0; at < 4; ++at) {
    const TempDir dir;
    const std::string path = dir.write("metrics.jsonl", before);
    FaultyFileSystem fs;
    fs.crash_at = at;
    EXPECT_FALSE(MetricsLog::create(fs, path, "{\"step\":1}\n").is_ok());
    EXPECT_EQ(test::read_file(path), before);
  }
}

TEST(Metrics, ALineThatAFullDiskCutDoesNotSpoilTheNext) {
  const TempDir dir;
  const std::string path = dir / "metrics.jsonl";
  FaultyFileSystem fs;
  auto log = MetricsLog::create(fs, path, "{\"step\":1}\n").value();
  fs.disk_bytes = 4;
  EXPECT_EQ(log->append({{"step", 2}}).code(), Code::kResourceExhausted);
  fs.disk_bytes = FaultyFileSystem::kNever;
  ASSERT_TRUE(log->append({{"step", 3}}).is_ok());
  const auto history = read_metrics(fs, path, 9);
  EXPECT_EQ(history->lines, "{\"step\":1}\n{\"step\":3}\n");
  EXPECT_EQ(history->broken, 1);
}

}  // namespace
}  // namespace raddle::runs
