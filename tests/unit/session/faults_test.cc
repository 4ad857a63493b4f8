// SPDX-License-Identifier: Apache-2.0
// Every call to the disk fails once: of a run from its first step, a resume with its retention, an
// export, an evaluation, a save elsewhere, a tokenization. Whatever fails, what was there before is
// whole, nothing begins afresh, and the next attempt ends as one that nothing disturbed.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <map>

#include "checkpoint/checkpoint.h"
#include "runtime/base/log.h"
#include "runtime/data/token_shard.h"
#include "runtime/data/tokenize.h"
#include "runtime/session/session.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

namespace stdfs = std::filesystem;

constexpr int64_t kSteps = 3;
constexpr std::array<int, 4> kErrors = {EIO, ENOSPC, EACCES, EMFILE};
// Sanitizers, which make this slow, look at each third place: not a divisor of the errors' number,
// so that each error comes.
#ifdef __SANITIZE_ADDRESS__
constexpr int64_t kStride = 3;
#else
constexpr int64_t kStride = 1;
#endif

class Faults : public testing::Test {
 protected:
  void SetUp() override {
    set_log_sink(nullptr, nullptr, LogLevel::kError);  // which warnings come is not the subject
    text_ = dir_.write("text.txt",
                       "the comb spreads the threads of a loom to their full width\n"
                       "and each thread runs straight from beam to beam while the "
                       "weaver counts the threads of the comb\n");
  }

  config::Config config() const {
    config::Config c;
    for (const auto& [key, value] : {std::pair{"model.layers", "1"},
                                     {"model.width", "16"},
                                     {"model.heads", "2"},
                                     {"model.context", "16"},
                                     {"train.micro_batch_tokens", "32"},
                                     {"train.eval_interval", "3"},
                                     {"train.eval_batches", "1"},
                                     {"data.validation_fraction", "0.2"},
                                     {"data.tokenizer", "bpe"},
                                     {"data.vocab_size", "270"},
                                     {"checkpoint.interval", "1"},
                                     {"checkpoint.keep_last", "1"},
                                     {"runtime.threads", "1"}}) {
      EXPECT_TRUE(c.set(key, value).is_ok()) << key;
    }
    EXPECT_TRUE(c.set("train.steps", std::to_string(kSteps)).is_ok());
    EXPECT_TRUE(c.set("data.path", text_).is_ok());
    return c;
  }

  // Runs what nothing disturbs; not on the real file system, which would sync.
  template <class Attempt>
  static Status undisturbed(const Attempt& attempt, const std::string& place) {
    test::FaultyFileSystem fs;
    const test::UseFileSystem use(fs);
    return attempt(place);
  }

  // Trains to the end, or to `stop_after`, going on from whatever is there.
  Status train(const std::string& run, int64_t stop_after = kSteps) const {
    RADDLE_ASSIGN_OR_RETURN(const auto session, Session::create(config(), {run, "auto", ""}));
    return session
        ->train([&](const Event& event) {
          return event.kind != Event::Kind::kStep || event.step < stop_after;
        })
        .status();
  }

  // Fails call after call of `attempt`, each in a fresh copy of `before`; `check` looks at what
  // that left, and then the attempt must succeed.
  // Where `for_good`, also with all calls failing from one on: then nobody can tidy up.
  template <class Attempt, class Check>
  void fail_each_call(const std::string& before, const Attempt& attempt, const Check& check,
                      bool for_good = false) {
    for (const int64_t count : {int64_t{1}, test::FaultyFileSystem::kNever}) {
      if (count != 1 && !for_good) continue;
      int64_t at = 0;
      // One that fails for good has less to show: each seventh place will do.
      for (bool done = false; !done; at += count == 1 ? kStride : 7 * kStride) {
        const test::TempDir place;
        stdfs::copy(before, place / "x", stdfs::copy_options::recursive);
        test::FaultyFileSystem fs;
        fs.fail_at = at;
        fs.fail_count = count;
        fs.fail_errno = kErrors[static_cast<size_t>(at) % kErrors.size()];
        Status status;
        {
          const test::UseFileSystem use(fs);
          status = attempt(place / "x");
        }
        done = fs.operations() <= at;
        SCOPED_TRACE(done ? "nothing failed"
                          : fmt::format("{} failed ({} times, errno {}), then: {}",
                                        fs.history()[static_cast<size_t>(at)], count, fs.fail_errno,
                                        status.to_string()));
        EXPECT_TRUE(status.is_ok() || !done);
        check(place / "x", status);
        if (testing::Test::HasFailure()) return;
      }
      EXPECT_GT(at, 10);
    }
  }

  test::TempDir dir_;
  std::string text_;
};

// All files below `root`, by relative name.
std::map<std::string, std::string> snapshot(const std::string& root) {
  std::map<std::string, std::string> files;
  for (const auto& entry : stdfs::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(root).string()] = test::read_file(entry.path().string());
  }
  return files;
}

void expect_tidy(const std::string& root) {
  for (const auto& entry : stdfs::recursive_directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    EXPECT_FALSE(name.ends_with(".raddle-tmp") || name.starts_with(".") || name.ends_with(".lock"))
        << "left behind: " << entry.path();
  }
}

std::string weights(const std::string& run) {
  std::string all;
  for (const auto& [name, text] :
       snapshot(checkpoint::checkpoint_path(run + "/checkpoints", kSteps))) {
    if (name.ends_with(".safetensors")) all += text;
  }
  return all;
}

TEST_F(Faults, ARunFromItsFirstStep) {
  stdfs::create_directory(dir_ / "empty");
  ASSERT_TRUE(train(dir_ / "whole").is_ok());
  const std::string expected = weights(dir_ / "whole");
  ASSERT_FALSE(expected.empty());
  const auto attempt = [&](const std::string& place) { return train(place + "/run"); };
  fail_each_call(
      dir_ / "empty", attempt,
      [&](const std::string& place, const Status&) {
        const Status again = undisturbed(attempt, place);
        ASSERT_TRUE(again.is_ok()) << again.to_string();
        EXPECT_EQ(weights(place + "/run"), expected);
        expect_tidy(place);
      },
      true);
}

TEST_F(Faults, AResumeAndItsRetention) {
  ASSERT_TRUE(train(dir_ / "whole").is_ok());
  ASSERT_TRUE(train(dir_ / "half/run", 2).is_ok());
  const std::string expected = weights(dir_ / "whole");
  const auto attempt = [&](const std::string& place) { return train(place + "/run"); };
  fail_each_call(
      dir_ / "half", attempt,
      [&](const std::string& place, const Status& status) {
        const auto newest = checkpoint::latest_valid(place + "/run/checkpoints");
        ASSERT_TRUE(newest.is_ok()) << newest.status().to_string();
        EXPECT_GE(newest->step, 2) << "begun afresh";
        EXPECT_TRUE(!status.is_ok() || newest->step == kSteps) << "said to be saved, but is not";
        const Status again = undisturbed(attempt, place);
        ASSERT_TRUE(again.is_ok()) << again.to_string();
        EXPECT_EQ(weights(place + "/run"), expected);
        expect_tidy(place);
      },
      true);
}

TEST_F(Faults, AnExportOverAnEarlierOne) {
  ASSERT_TRUE(train(dir_ / "x/run", 2).is_ok());
  ASSERT_TRUE(export_checkpoint(dir_ / "x/run", "hf", dir_ / "x/model").is_ok());
  const auto earlier = snapshot(dir_ / "x/model");
  ASSERT_TRUE(train(dir_ / "x/run").is_ok());
  ASSERT_TRUE(export_checkpoint(dir_ / "x/run", "hf", dir_ / "new").is_ok());
  const auto later = snapshot(dir_ / "new");
  ASSERT_NE(earlier, later);
  const auto attempt = [](const std::string& place) {
    return export_checkpoint(place + "/run", "hf", place + "/model");
  };
  const auto run = snapshot(dir_ / "x/run");
  fail_each_call(dir_ / "x", attempt, [&](const std::string& place, const Status& status) {
    const auto found = snapshot(place + "/model");
    EXPECT_TRUE(found == later || (found == earlier && !status.is_ok()));
    EXPECT_EQ(snapshot(place + "/run"), run);
    ASSERT_TRUE(undisturbed(attempt, place).is_ok());
    EXPECT_EQ(snapshot(place + "/model"), later);
  });
}

TEST_F(Faults, AnEvaluationWritesNothing) {
  ASSERT_TRUE(train(dir_ / "x/run").is_ok());
  const auto run = snapshot(dir_ / "x/run");
  double expected = 0;
  fail_each_call(
      dir_ / "x",
      [&](const std::string& place) -> Status {
        RADDLE_ASSIGN_OR_RETURN(const auto session, Session::open(place + "/run", nullptr));
        RADDLE_ASSIGN_OR_RETURN(const Evaluation found, session->evaluate());
        if (expected == 0) expected = found.loss;
        EXPECT_EQ(found.loss, expected);
        return Status::ok();
      },
      [&](const std::string& place, const Status&) { EXPECT_EQ(snapshot(place + "/run"), run); });
}

TEST_F(Faults, ACheckpointSavedElsewhere) {
  stdfs::create_directory(dir_ / "x");
  dir_.write("x/saved.saving", "mine");
  auto session = Session::create(config(), {}).value();
  ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
  fail_each_call(
      dir_ / "x",
      [&](const std::string& place) { return session->save(place + "/saved/").status(); },
      [&](const std::string& place, const Status& status) {
        EXPECT_EQ(test::read_file(place + "/saved.saving"), "mine");
        expect_tidy(place);
        const bool there = stdfs::exists(place + "/saved");
        EXPECT_TRUE(there || !status.is_ok());
        EXPECT_TRUE(there || session->save(place + "/saved/").is_ok());
        EXPECT_TRUE(checkpoint::verify(place + "/saved", nullptr).is_ok());
        EXPECT_EQ(session->save(place + "/saved").status().code(), Code::kAlreadyExists);
      });
}

TEST_F(Faults, ATokenization) {
  stdfs::create_directory(dir_ / "x");
  dir_.write("x/out.tmp", "mine");
  const auto tokenizer = *data::load_tokenizer(posix_file_system(), "bytes");
  const auto attempt = [&](const std::string& place) {
    return data::tokenize_files(file_system(), *tokenizer, {text_}, place + "/out", {}).status();
  };
  fail_each_call(dir_ / "x", attempt, [&](const std::string& place, const Status& status) {
    EXPECT_EQ(test::read_file(place + "/out.tmp"), "mine");
    expect_tidy(place);
    const bool there = stdfs::exists(place + "/out");
    EXPECT_TRUE(there || !status.is_ok());
    EXPECT_TRUE(there || attempt(place).is_ok());
    const auto shard = data::TokenShard::open(place + "/out", data::VerifyShard::kContents);
    EXPECT_TRUE(shard.is_ok()) << shard.status().to_string();
  });
}

TEST_F(Faults, ARunWithASharedCache) {
  stdfs::create_directory(dir_ / "x");
  config::Config cached = config();
  const auto attempt = [&](const std::string& place) {
    EXPECT_TRUE(cached.set("data.cache_dir", place + "/cache").is_ok());
    return Session::create(cached, {}).status();
  };
  fail_each_call(dir_ / "x", attempt, [&](const std::string& place, const Status&) {
    ASSERT_TRUE(undisturbed(attempt, place).is_ok());
    expect_tidy(place);
  });
}

TEST_F(Faults, ADamagedCacheIsMadeAgain) {
  config::Config cached = config();
  ASSERT_TRUE(cached.set("data.cache_dir", dir_ / "cache").is_ok());
  ASSERT_TRUE(Session::create(cached, {}).is_ok());
  const auto whole = snapshot(dir_ / "cache");
  ASSERT_EQ(whole.size(), 1u);
  const auto& [name, bytes] = *whole.begin();
  for (const std::string& damaged : {bytes.substr(0, bytes.size() / 2), std::string("no shard"),
                                     std::string(), bytes.substr(0, 70) + "?" + bytes.substr(71)}) {
    test::write_file(dir_ / ("cache/" + name), damaged);
    const auto session = Session::create(cached, {});
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    EXPECT_EQ(snapshot(dir_ / "cache"), whole);
  }
}

TEST_F(Faults, DataThatIsCutEndsTheRunWithItsStateSaved) {
  config::Config longer = config();
  ASSERT_TRUE(longer.set("train.steps", "1000").is_ok());
  ASSERT_TRUE(longer.set("train.eval_interval", "0").is_ok());
  ASSERT_TRUE(longer.set("checkpoint.interval", "0").is_ok());
  const std::string run = dir_ / "run";
  auto session = Session::create(longer, {.run_directory = run}).value();
  const auto result = session->train([&](const Event& event) {
    if (event.step == 3 && event.kind == Event::Kind::kStep) {
      for (const auto& entry : stdfs::directory_iterator(run + "/tokens")) {
        stdfs::resize_file(entry.path(), 64);
      }
    }
    return true;
  });
  EXPECT_EQ(result.status().code(), Code::kDataLoss) << result.status().to_string();
  EXPECT_NE(result.status().message().find("after step 3, whose state is saved"), std::string::npos)
      << result.status().to_string();
  session = nullptr;
  EXPECT_EQ(checkpoint::latest_valid(run + "/checkpoints")->step, 3);
  EXPECT_TRUE(Session::create(longer, {run, "auto", ""}).is_ok()) << "the tokens are made again";
}

TEST_F(Faults, TwoSessionsOfOneProcessDoNotWriteOneRun) {
  const std::string run = dir_ / "run";
  auto first = Session::create(config(), {run, "auto", ""}).value();
  const Status second = Session::create(config(), {run, "auto", ""}).status();
  EXPECT_EQ(second.code(), Code::kUnavailable);
  EXPECT_NE(second.message().find(fmt::format("process {} on ", ::getpid())), std::string::npos)
      << second.message();
  ASSERT_TRUE(first->train({}).is_ok());
  first = nullptr;
  EXPECT_TRUE(Session::create(config(), {run, "auto", ""}).is_ok());
}

TEST_F(Faults, WhatCannotBeSavedIsRefusedAtTheStart) {
  for (const char* key : {"data.document_separator", "data.path", "data.cache_dir"}) {
    config::Config bad = config();
    ASSERT_TRUE(bad.set(key, "x\xff").is_ok());
    const Status status = Session::create(bad, {.run_directory = dir_ / "run"}).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << status.to_string();
    EXPECT_NE(status.message().find(key), std::string::npos) << status.message();
  }
  const test::TempDir odd;
  const std::string run = odd / "r\xffn";
  ASSERT_TRUE(train(run).is_ok());
  EXPECT_EQ(checkpoint::latest_valid(run + "/checkpoints")->step, kSteps);
}

}  // namespace
}  // namespace raddle::session
