// SPDX-License-Identifier: Apache-2.0
// Every option of the table, changed on resume: each must do what its class promises.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "checkpoint/checkpoint.h"
#include "runtime/config/options.h"
#include "runtime/runs/run_directory.h"
#include "runtime/session/session.h"
#include "tests/support/log_guard.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

namespace fs = std::filesystem;
using config::Config;
using config::Option;
using config::OptionChange;
using config::OptionType;
using ::testing::HasSubstr;

std::map<std::string, std::string> files_of(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    files[entry.path().string()] =
        entry.is_regular_file() ? test::read_file(entry.path().string()) : "";
  }
  return files;
}

std::vector<std::vector<float>> state_of(const Session& session) {
  std::vector<std::vector<float>> out;
  for (const StateTensor& tensor : session.state_tensors()) {
    if (tensor.name.rfind("gradient/", 0) == 0) continue;
    std::vector<float> room;
    const auto values = session.state()->view(tensor.parameter, tensor.role, room).value();
    out.emplace_back(values.begin(), values.end());
  }
  return out;
}

// A run of three steps, whose folder is copied for each thing to be tried with it.
class ResumeOptions : public ::testing::Test {
 protected:
  void SetUp() override {
    config_ = test::tiny(test::text_file(dir_));
    set("train.steps", "6");
    set("model.ffn_width", "64");
    set("kernels.matrix_library", "onednn");
    set("data.validation_fraction", "0.1");
    test::write_file(dir_ / "other.txt", std::string(4000, 'x') + "other words");
    test::write_file(dir_ / "validation.txt", std::string(4000, 'v'));
    test::write_file(dir_ / "config.json", "{}");
    auto session = Session::create(config_, {.run_directory = dir_ / "run"}).value();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
    ASSERT_TRUE(session->save("").is_ok());
    StepMetrics metrics;
    ASSERT_TRUE(session->step_on_data(&metrics).is_ok());
    next_loss_ = metrics.loss;
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
    undisturbed_ = state_of(*session);
  }
  void set(const std::string& key, const std::string& value) {
    const Status status = config_.set(key, value);
    ASSERT_TRUE(status.is_ok()) << status.to_string();
  }
  // A value that differs from the run's, by the option's type or chosen by hand.
  std::string other_value(const Option& option) {
    const std::map<std::string_view, std::string> chosen = {
        {"data.path", dir_ / "other.txt"},
        {"data.validation_path", dir_ / "validation.txt"},
        {"data.cache_dir", dir_ / "cache"},
        {"data.sequence_length", "48"},
        {"data.document_separator", "\n"},
        {"model.virtual_width.group_norm", "none"},
        {"data.format", "text"},
        {"model.hf_config", dir_ / "config.json"},
        {"kernels.matrix_library", "openblas"},
        {"kernels.disable", "no_such_kernel:*"},
        {"train.freeze", "final_norm.*"},
        {"optimizer.group", "[{match = [\"final_norm.*\"], learning_rate_factor = 0.5}]"},
        {"runtime.memory_limit", "1GiB"},
        {"train.steps", "7"}};
    if (const auto found = chosen.find(option.key); found != chosen.end()) return found->second;
    const std::string now = config_.get_text(option.key);
    switch (option.type) {
      case OptionType::kInt:
        if (option.accepts == "[0,1]") return now == "0" ? "1" : "0";
        return fmt::format("{}", config_.get_int(option.key) + 1);
      case OptionType::kDouble:
        return fmt::format("{}", config_.get_double(option.key) * 0.5 + 0.001);
      case OptionType::kBool:
        return now == "true" ? "false" : "true";
      case OptionType::kChoice: {
        const std::string first(option.accepts.substr(0, option.accepts.find('|')));
        return now != first ? first
                            : std::string(option.accepts.substr(option.accepts.rfind('|') + 1));
      }
      default:
        return "another_" + now;
    }
  }
  // A fresh copy of the run.
  std::string copy() {
    const std::string path = dir_ / ("copy" + std::to_string(copies_++));
    fs::copy(dir_ / "run", path, fs::copy_options::recursive);
    return path;
  }
  static nlohmann::json saved_changes(Session& session) {
    const auto path = session.save("");
    EXPECT_TRUE(path.is_ok()) << path.status().to_string();
    return checkpoint::read_manifest(*path)->state->at("changes");
  }
  void expect_refused(const Config& other, const std::string& part) {
    const std::string run = copy();
    const auto before = files_of(run);
    const Status status = Session::create(other, {run, "auto", ""}).status();
    ASSERT_FALSE(status.is_ok()) << part;
    EXPECT_THAT(status.message(), HasSubstr(part));
    EXPECT_TRUE(files_of(run) == before) << part << ": the refused resume touched the run";
  }

  test::TempDir dir_;
  Config config_;
  std::vector<std::vector<float>> undisturbed_;
  double next_loss_ = 0;
  int copies_ = 0;
};

TEST_F(ResumeOptions, EachDoesWhatItsClassPromises) {
  for (const Option& option : config::options()) {
    SCOPED_TRACE(option.key);
    Config other = config_;
    const std::string value = other_value(option);
    const Status set = other.set(option.key, value);
    ASSERT_TRUE(set.is_ok()) << set.to_string();
    const std::string before = config_.get_text(option.key), after = other.get_text(option.key);
    ASSERT_NE(before, after);
    if (option.change == OptionChange::kModel) {
      expect_refused(other, std::string(option.key));
      continue;
    }
    if (option.key == "data.prompt_field") {  // another end: the run's text has no fields
      EXPECT_THAT(Session::create(other, {copy(), "auto", ""}).status().message(),
                  HasSubstr("is text, but data.prompt_field is"));
      continue;
    }
    if (option.key == "runtime.device_caps") {  // another end: it is for plans alone
      expect_refused(other, "a description of a GPU to plan for");
      continue;
    }
    std::optional<test::ExpectLog> warning;
    if (option.key == "data.sequence_length" || option.key == "data.validation_fraction") {
      warning.emplace("held back for validation is cut anew");
    }
    if (option.key == "kernels.disable") warning.emplace("no_such_kernel:*, which is no kernel");
    if (option.key == "model.mtp.weight") warning.emplace("model.mtp.heads is 0");
    auto session = Session::create(other, {copy(), "auto", ""});
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    EXPECT_EQ((*session)->info().steps_done, 3);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE((*session)->step_on_data(nullptr).is_ok());
    const nlohmann::json changes = saved_changes(**session);
    if (option.change == OptionChange::kRun) {
      const nlohmann::json expected = {
          {{"step", 3}, {"key", option.key}, {"before", before}, {"after", after}}};
      EXPECT_EQ(changes, expected);
    } else {
      EXPECT_EQ(changes, nlohmann::json::array());
      EXPECT_TRUE(state_of(**session) == undisturbed_) << "the result changed";
    }
  }
}

TEST_F(ResumeOptions, EveryDifferenceOfTheModelIsNamedWithItsSource) {
  Config other = config_;
  ASSERT_TRUE(other.load_toml_text("model.rope_theta = 500.0\nmodel.norm_eps = 1e-6\n", "mine.toml")
                  .is_ok());
  ASSERT_TRUE(other.set("model.heads", "4").is_ok());
  const std::string run = copy();
  const Status status = Session::create(other, {run, "auto", ""}).status();
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  for (const char* part : {"model.heads was 2 and is now 4 (call)",
                           "model.norm_eps was 1e-05 and is now 1e-06 (recipe mine.toml:2)",
                           "model.rope_theta was 10000.0 and is now 500.0 (recipe mine.toml:1)",
                           "step-", "--to hf", "model.init_from"}) {
    EXPECT_THAT(status.message(), HasSubstr(part));
  }
}

TEST_F(ResumeOptions, SpellingsOfOneModelAreOne) {
  const std::pair<const char*, const char*> same[] = {
      {"model.kv_heads", "2"},     {"model.head_dim", "16"},
      {"model.vocab_size", "257"}, {"model.virtual_width.group_norm", "rms"},
      {"model.ffn_width", "64"},   {"data.tokenizer", "bytes"}};
  Config other = config_;
  for (const auto& [key, value] : same) ASSERT_TRUE(other.set(key, value).is_ok()) << key;
  auto session = Session::create(other, {copy(), "auto", ""});
  ASSERT_TRUE(session.is_ok()) << session.status().to_string();
  EXPECT_EQ(saved_changes(**session), nlohmann::json::array());
}

// The record goes on from one resume to the next.
TEST_F(ResumeOptions, TheRecordIsAHistory) {
  const std::string run = copy();
  Config other = config_;
  ASSERT_TRUE(other.set("optimizer.learning_rate", "0.5").is_ok());
  {
    auto session = Session::create(other, {run, "auto", ""}).value();
    ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
    ASSERT_TRUE(session->save("").is_ok());
  }
  ASSERT_TRUE(other.set("train.micro_batches", "1").is_ok());
  auto session = Session::create(other, {run, "auto", ""}).value();
  ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
  const nlohmann::json changes = saved_changes(*session);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0]["key"], "optimizer.learning_rate");
  EXPECT_EQ(changes[0]["step"], 3);
  EXPECT_EQ(changes[1]["key"], "train.micro_batches");
  EXPECT_EQ(changes[1]["step"], 4);
  EXPECT_EQ(changes[1]["before"], "2");
}

// A step of one large micro-batch takes the very tokens that two small ones would; only where they
// are cut differs.
TEST_F(ResumeOptions, AnotherCapacityGoesOnWithTheNextToken) {
  Config other = config_;
  ASSERT_TRUE(other.set("train.micro_batch_tokens", "256").is_ok());
  ASSERT_TRUE(other.set("train.micro_batches", "1").is_ok());
  auto session = Session::create(other, {copy(), "auto", ""}).value();
  StepMetrics metrics;
  ASSERT_TRUE(session->step_on_data(&metrics).is_ok());
  EXPECT_EQ(metrics.step_tokens, 256);
  EXPECT_NEAR(metrics.loss, next_loss_, 0.02);
}

TEST_F(ResumeOptions, OtherDataUnderTheSameNameIsRefused) {
  std::ofstream(dir_ / "text.txt", std::ios::app) << "and a line more\n";
  fs::remove_all(dir_ / "run/tokens");
  const Status status = Session::create(config_, {copy(), "auto", ""}).status();
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("not what the run was trained on"));
  EXPECT_THAT(status.message(), HasSubstr("data.path"));
}

// A tokenizer is what it does, not where it lies.
TEST_F(ResumeOptions, ATokenizerByAnotherNameIsTheSameOne) {
  const std::string run = dir_ / "bpe";
  Config other = config_;
  ASSERT_TRUE(other.set("data.tokenizer", "bpe").is_ok());
  ASSERT_TRUE(other.set("data.vocab_size", "280").is_ok());
  {
    auto session = Session::create(other, {.run_directory = run}).value();
    ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
    ASSERT_TRUE(session->save("").is_ok());
  }
  ASSERT_TRUE(Session::create(other, {run, "auto", ""}).is_ok());
  const std::string copied = dir_ / "elsewhere.json";
  fs::copy_file(run + "/tokenizer.json", copied);
  ASSERT_TRUE(other.set("data.tokenizer", copied).is_ok());
  const Status same = Session::create(other, {run, "auto", ""}).status();
  EXPECT_TRUE(same.is_ok()) << same.to_string();
  ASSERT_TRUE(other.set("data.tokenizer", "bytes").is_ok());
  const Status status = Session::create(other, {run, "auto", ""}).status();
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("is now \"bytes\" (call)"));
}

}  // namespace
}  // namespace raddle::session
