// SPDX-License-Identifier: Apache-2.0
// Prompts are read and not learned: the loss of a step and of an evaluation is that of the answers'
// tokens, as one computes it by hand from the logits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "runtime/session/session.h"
#include "tests/support/log_guard.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using ::testing::HasSubstr;

constexpr size_t kDocument = 32, kDocuments = 8;  // tokens of each, its end with them: one step

struct Example {
  std::string prompt, text;

  std::vector<int32_t> ids() const {
    std::vector<int32_t> out;
    for (const char c : prompt + text) out.push_back(static_cast<unsigned char>(c));
    out.push_back(256);  // the end
    return out;
  }
};

std::vector<Example> examples() {
  std::vector<Example> out;
  for (size_t i = 0; i < kDocuments; ++i) {
    Example example;
    // Answers of 2 to 30 letters, so that the micro-batches differ in what counts.
    const size_t prompt = i < kDocuments / 2 ? 1 + i : 29 - i;
    for (size_t at = 0; at + 1 < kDocument; ++at) {
      (at < prompt ? example.prompt : example.text) += static_cast<char>('a' + (at * i + at) % 23);
    }
    out.push_back(example);
  }
  return out;
}

config::Config config_of(const test::TempDir& dir) {
  std::string lines;
  for (const Example& example : examples()) {
    lines += "{\"q\": \"" + example.prompt + "\", \"text\": \"" + example.text + "\"}\n";
  }
  const std::string path = dir.write("data.jsonl", lines);
  config::Config config = test::tiny(path, false);
  for (const auto& [key, value] : {std::pair{"data.prompt_field", std::string("q")},
                                   {"data.validation_path", path},
                                   {"data.tokenizer", "bytes"},
                                   {"model.init_std", "0.5"}}) {
    EXPECT_TRUE(config.set(key, value).is_ok()) << key;
  }
  return config;
}

struct ByHand {
  double loss = 0;
  int64_t tokens = 0, bytes = 0;
};

ByHand by_hand(Session& session, bool masked) {
  ByHand out;
  for (const Example& example : examples()) {
    const std::vector<int32_t> ids = example.ids();
    const auto vocab = static_cast<size_t>(session.info().vocab_size);
    std::vector<float> logits(ids.size() * vocab);
    EXPECT_TRUE(session.logits(ids, logits).is_ok());
    for (size_t row = 0; row + 1 < ids.size(); ++row) {
      if (masked && row + 1 < example.prompt.size()) continue;
      double sum = 0;
      for (size_t v = 0; v < vocab; ++v) sum += std::exp(double(logits[row * vocab + v]));
      out.loss += std::log(sum) - double(logits[row * vocab + size_t(ids[row + 1])]);
      ++out.tokens;
      out.bytes += ids[row + 1] != 256;
    }
  }
  out.loss /= static_cast<double>(out.tokens);
  return out;
}

TEST(MaskedData, AStepAndAnEvaluationCountTheAnswersAlone) {
  const test::TempDir dir;
  auto session = Session::create(config_of(dir), {.run_directory = dir / "run"});
  ASSERT_TRUE(session.is_ok()) << session.status().to_string();
  const ByHand masked = by_hand(**session, true), all = by_hand(**session, false);
  ASSERT_GT(std::abs(masked.loss - all.loss), 1e-2);  // or the mask would show in nothing
  const auto evaluation = (*session)->evaluate();
  ASSERT_TRUE(evaluation.is_ok()) << evaluation.status().to_string();
  EXPECT_NEAR(evaluation->loss, masked.loss, 1e-5 * masked.loss);
  EXPECT_EQ(evaluation->tokens, masked.tokens);
  EXPECT_EQ(evaluation->bytes, masked.bytes);
  StepMetrics metrics;
  const Status status = (*session)->step_on_data(&metrics);
  ASSERT_TRUE(status.is_ok()) << status.to_string();
  EXPECT_EQ(metrics.step_tokens, int64_t(kDocument * kDocuments));
  EXPECT_NEAR(metrics.loss, masked.loss, 1e-5 * masked.loss);
}

TEST(MaskedData, WithoutTheOptionTheTextAloneIsTheDocument) {
  const test::TempDir dir;
  config::Config config = config_of(dir);
  ASSERT_TRUE(config.set("data.prompt_field", "").is_ok());
  auto session = Session::create(config, {.run_directory = dir / "run"});
  ASSERT_TRUE(session.is_ok()) << session.status().to_string();
  int64_t targets = 0;
  for (const Example& example : examples()) targets += int64_t(example.text.size());
  EXPECT_EQ((*session)->evaluate()->tokens, targets);
}

TEST(MaskedData, PiecesOfAPromptAloneAreNoData) {
  const test::TempDir dir;
  config::Config config = config_of(dir);
  const std::string path =
      dir.write("long.jsonl", "{\"q\": \"" + std::string(400, 'x') + "\", \"text\": \"y\"}\n");
  ASSERT_TRUE(config.set("data.path", path).is_ok());
  ASSERT_TRUE(config.set("data.validation_path", "").is_ok());
  // One piece of seven counts, and it is trained on: there is none to validate on.
  test::ExpectLog expect("too short to keep");
  auto session = Session::create(config, {.run_directory = dir / "run"});
  ASSERT_TRUE(session.is_ok()) << session.status().to_string();
  StepMetrics metrics;
  EXPECT_TRUE((*session)->step_on_data(&metrics).is_ok());
}

// The option may change on resume, is recorded, and finds no tokens that were made without it.
TEST(MaskedData, ARunGoesOnMasked) {
  const test::TempDir dir;
  config::Config config = config_of(dir);
  ASSERT_TRUE(config.set("data.prompt_field", "").is_ok());
  {
    auto session = Session::create(config, {.run_directory = dir / "run"}).value();
    ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
    ASSERT_TRUE(session->save("").is_ok());
  }
  ASSERT_TRUE(config.set("data.prompt_field", "q").is_ok());
  auto session = Session::create(config, {.run_directory = dir / "run", .resume = "auto"});
  ASSERT_TRUE(session.is_ok()) << session.status().to_string();
  const ByHand masked = by_hand(**session, true);
  const auto evaluation = (*session)->evaluate();
  ASSERT_TRUE(evaluation.is_ok()) << evaluation.status().to_string();
  EXPECT_NEAR(evaluation->loss, masked.loss, 1e-5 * masked.loss);
  EXPECT_EQ(evaluation->tokens, masked.tokens);
}

}  // namespace
}  // namespace raddle::session
