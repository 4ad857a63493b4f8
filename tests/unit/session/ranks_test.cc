// SPDX-License-Identifier: Apache-2.0
// Several ranks train one model: as one rank does, and the same bits each time. Ranks are threads.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

#include "runtime/session/session.h"
#include "tests/support/on_ranks.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using test::on_ranks;
using test::text_file;
using testing::HasSubstr;

struct Curve {
  std::vector<double> losses, norms, validation;
  std::vector<int64_t> tokens;
  friend bool operator==(const Curve&, const Curve&) = default;
};

// Two parameters of several update blocks, so that every rank has a share.
config::Config recipe(const test::TempDir& dir, int64_t micro_batches = 4) {
  config::Config config = test::tiny(text_file(dir));
  const auto set = [&](const char* key, const std::string& value) {
    EXPECT_TRUE(config.set(key, value).is_ok()) << key;
  };
  set("train.micro_batches", std::to_string(micro_batches));
  set("model.width", "96");
  set("model.layers", "2");
  set("train.eval_interval", "10");
  set("data.validation_fraction", "0.2");
  set("runtime.threads", "1");
  return config;
}

void note(const Event& event, Curve* curve) {
  if (event.metrics != nullptr) {
    curve->losses.push_back(event.metrics->loss);
    curve->norms.push_back(event.metrics->grad_norm);
    curve->tokens.push_back(event.metrics->tokens);
  }
  if (event.evaluation != nullptr) curve->validation.push_back(event.evaluation->loss);
}

// Trains to the end; the curve that each rank saw, all of which must be the same.
Curve train(const config::Config& config, int32_t ranks, const std::string& run = "",
            const std::string& resume = "", int64_t stop_after = INT64_MAX) {
  std::vector<Curve> curves(static_cast<size_t>(ranks));
  on_ranks(ranks, [&](comm::Communicator& communicator) {
    SessionOptions options;
    options.run_directory = run;
    options.resume = resume;
    options.communicator = &communicator;
    auto session = Session::create(config, options);
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    Curve& curve = curves[static_cast<size_t>(communicator.rank())];
    const auto result = (*session)->train([&](const Event& event) {
      note(event, &curve);
      return event.step < stop_after;
    });
    ASSERT_TRUE(result.is_ok()) << result.status().to_string();
  });
  for (const Curve& curve : curves) EXPECT_EQ(curve, curves.front());
  return curves.front();
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected,
                 double tolerance, const char* what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(actual[i], expected[i], tolerance * std::abs(expected[i])) << what << " " << i;
  }
}

TEST(Ranks, FollowTheCurveOfOne) {
  const test::TempDir dir;
  for (const int64_t micro_batches : {4, 2}) {  // with 3 ranks and 2, one is idle
    const config::Config config = recipe(dir, micro_batches);
    const Curve one = train(config, 1);
    ASSERT_EQ(one.losses.size(), 20U);
    for (const int32_t ranks : {2, 3}) {
      const Curve several = train(config, ranks);
      expect_near(several.losses, one.losses, 1e-5, "loss");
      expect_near(several.norms, one.norms, 1e-4, "norm");
      expect_near(several.validation, one.validation, 1e-5, "validation");
      EXPECT_EQ(several.tokens, one.tokens);
      EXPECT_EQ(train(config, ranks), several) << "the same bits";
    }
  }
}

// What is computed in are copies, which follow the masters of other ranks too.
TEST(Ranks, ComputeInCopiesOfTheMastersOfAll) {
  const test::TempDir dir;
  config::Config config = recipe(dir, 2);
  ASSERT_TRUE(config.set("train.precision", "bf16").is_ok());
  ASSERT_TRUE(config.set("train.steps", "4").is_ok());
  ASSERT_TRUE(config.set("kernels.disable", "*:cpu").is_ok());
  const Curve one = train(config, 1);
  expect_near(train(config, 2).losses, one.losses, 1e-3, "loss");
}

TEST(Ranks, WhatSomeSaveOthersResume) {
  const test::TempDir dir;
  config::Config config = recipe(dir);
  const Curve whole = train(config, 1);
  ASSERT_TRUE(config.set("checkpoint.interval", "7").is_ok());
  int run = 0;
  for (const auto& [saving, resuming] : {std::pair(2, 3), std::pair(3, 1), std::pair(1, 2)}) {
    const std::string path = dir.path() + "/run" + std::to_string(run++);
    const Curve first = train(config, saving, path, "", 11);
    // One alone stops at once; several agree on it in the step that comes.
    ASSERT_EQ(first.losses.size(), saving == 1 ? 11U : 12U);
    const Curve second = train(config, resuming, path, "auto");
    std::vector<double> losses = first.losses;
    losses.insert(losses.end(), second.losses.begin(), second.losses.end());
    expect_near(losses, whole.losses, 2e-5, "loss");
    // By itself, since it is whole.
    const auto opened = Session::open(path, nullptr);
    ASSERT_TRUE(opened.is_ok()) << opened.status().to_string();
    EXPECT_EQ((*opened)->info().steps_done, 20);
  }
}

TEST(Ranks, StopTogetherWhenOneIsAsked) {
  const test::TempDir dir;
  config::Config config = recipe(dir);
  ASSERT_TRUE(config.set("train.steps", "1000").is_ok());
  const std::string run = dir.path() + "/run";
  std::vector<int64_t> done(3);
  on_ranks(3, [&](comm::Communicator& communicator) {
    SessionOptions options;
    options.run_directory = run;
    options.communicator = &communicator;
    auto session = Session::create(config, options).value();
    StopToken stop;
    const auto result = session->train(
        [&](const Event& event) {
          if (communicator.rank() == 1 && event.step == 4) stop.stop();
          return true;
        },
        nullptr, &stop);
    ASSERT_TRUE(result.is_ok()) << result.status().to_string();
    EXPECT_TRUE(result->stopped);
    EXPECT_TRUE(result->saved);
    done[static_cast<size_t>(communicator.rank())] = result->steps_done;
  });
  EXPECT_THAT(done, testing::Each(5));  // the step under way still votes
}

TEST(Ranks, AnErrorOfOneIsToldToAll) {
  const test::TempDir dir;
  const config::Config config = recipe(dir);
  std::vector<Status> found(2);
  // A run that is there already stops rank 0 alone.
  const std::string run = dir.path() + "/run";
  train(config, 1, run);
  on_ranks(2, [&](comm::Communicator& communicator) {
    SessionOptions options;
    options.run_directory = run;
    options.communicator = &communicator;
    found[static_cast<size_t>(communicator.rank())] = Session::create(config, options).status();
  });
  EXPECT_EQ(found[0].code(), Code::kAlreadyExists);
  EXPECT_EQ(found[1].code(), Code::kAlreadyExists);
  EXPECT_THAT(found[1].message(), HasSubstr("rank 0"));
  // Other options give another plan.
  config::Config other = config;
  ASSERT_TRUE(other.set("model.layers", "1").is_ok());
  on_ranks(2, [&](comm::Communicator& communicator) {
    SessionOptions options;
    options.communicator = &communicator;
    found[static_cast<size_t>(communicator.rank())] =
        Session::create(communicator.rank() == 0 ? config : other, options).status();
  });
  for (const Status& status : found) {
    EXPECT_EQ(status.code(), Code::kFailedPrecondition) << status.to_string();
    EXPECT_THAT(status.message(), HasSubstr("plan"));
  }
}

TEST(Ranks, BatchesOfTheirOwnCountByTheirTokens) {
  const test::TempDir dir;
  const config::Config config = recipe(dir);
  std::vector<int32_t> tokens(48);
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int32_t>('a' + i * 7 % 26);
  const auto piece = [&](size_t begin, size_t end) {
    return CallerBatch{.tokens = std::span(tokens).subspan(begin, end - begin)};
  };
  StepMetrics alone;
  {
    auto session = Session::create(config, {}).value();
    const CallerBatch batches[] = {piece(0, 30), piece(30, 40), piece(40, 48)};
    ASSERT_TRUE(session->step(batches, &alone).is_ok());
  }
  on_ranks(2, [&](comm::Communicator& communicator) {
    SessionOptions options;
    options.communicator = &communicator;
    auto session = Session::create(config, options).value();
    // Not the same number of batches, nor of tokens.
    const CallerBatch mine[] = {piece(0, 30)}, others[] = {piece(30, 40), piece(40, 48)};
    StepMetrics metrics;
    const Status status =
        communicator.rank() == 0 ? session->step(mine, &metrics) : session->step(others, &metrics);
    ASSERT_TRUE(status.is_ok()) << status.to_string();
    EXPECT_NEAR(metrics.loss, alone.loss, 1e-5 * alone.loss);
    EXPECT_NEAR(metrics.grad_norm, alone.grad_norm, 1e-5 * alone.grad_norm);
    EXPECT_EQ(metrics.step_tokens, alone.step_tokens);
  });
}

}  // namespace
}  // namespace raddle::session
