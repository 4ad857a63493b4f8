// SPDX-License-Identifier: Apache-2.0
// A run writes over nothing in its directory that no run wrote.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "runtime/session/session.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::map<std::string, std::string> files_of(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string path = entry.path().string();
    files[path] = entry.is_regular_file() ? test::read_file(path) : "";
  }
  return files;
}

class FilesOfOthers : public ::testing::Test {
 protected:
  void SetUp() override { config_ = test::tiny(test::text_file(dir_)); }

  void expect_refused(const std::string& run, const std::string& resume, const std::string& named) {
    const auto before = files_of(run);
    const Status status = Session::create(config_, {run, resume, ""}).status();
    EXPECT_EQ(status.code(), Code::kAlreadyExists);
    EXPECT_THAT(status.message(), AllOf(HasSubstr(run + " holds " + named + ", which no run wrote"),
                                        HasSubstr("Name another run directory")));
    EXPECT_TRUE(files_of(run) == before) << "the refused run touched the directory";
  }
  void train_in(const std::string& run, const std::string& resume) {
    const auto session = Session::create(config_, {run, resume, ""});
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    ASSERT_TRUE((*session)->step_on_data(nullptr).is_ok());
    ASSERT_TRUE((*session)->save("").is_ok());
  }

  test::TempDir dir_;
  config::Config config_;
};

TEST_F(FilesOfOthers, AreNamedBeforeAnythingIsWritten) {
  train_in(dir_ / "other", "");
  for (const char* name :
       {"config.toml", "tokenizer.json", "tokenizer_config.json", "generation_config.json"}) {
    for (const std::string& resume : {std::string(), std::string("auto"), dir_ / "other"}) {
      const test::TempDir run;
      test::write_file(run / name, "# the work of a day\n");
      expect_refused(run.path(), resume, name);
    }
  }
  const test::TempDir run;
  test::write_file(run / "config.toml", "mine");
  test::write_file(run / "tokenizer.json", "mine");
  test::write_file(run / "notes.txt", "in nobody's way");
  expect_refused(run.path(), "", "config.toml, tokenizer.json");
  for (const char* name : {"config.toml", "tokenizer.json"}) fs::remove(run / name);
  train_in(run.path(), "");
  EXPECT_EQ(test::read_file(run / "notes.txt"), "in nobody's way");
}

TEST_F(FilesOfOthers, ARunsFileThatWasChangedIsTheUsers) {
  const test::TempDir run;
  train_in(run.path(), "");
  // Somebody begins afresh but for the files, which are as the run wrote them.
  for (const char* name : {"checkpoints", "metrics.jsonl", "lineage.json", "tokens"}) {
    fs::remove_all(run / name);
  }
  test::write_file(run / "config.toml", test::read_file(run / "config.toml") + "# a note\n");
  expect_refused(run.path(), "", "config.toml");
  fs::remove(run / "config.toml");
  train_in(run.path(), "");
}

TEST_F(FilesOfOthers, ARunGoesOnOverItsOwnFiles) {
  const test::TempDir run;
  train_in(run.path(), "");
  // As a crash between a file and its checksum leaves them, and as older versions did.
  for (const char* name : {"config.toml.xxh3", "tokenizer.json.xxh3"}) fs::remove(run / name);
  train_in(run.path(), "auto");
  fs::remove(run / "lineage.json");
  fs::remove(run / "config.toml.xxh3");
  train_in(run.path(), "auto");
}

}  // namespace
}  // namespace raddle::session
