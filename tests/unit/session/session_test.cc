// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/session.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/log_guard.h"
#include "tests/support/small_graphs.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using test::text_file;
using test::tiny;

std::vector<std::vector<float>> whole_state_of(const Session& session) {
  std::vector<std::vector<float>> out;
  for (const StateTensor& tensor : session.state_tensors()) {
    if (tensor.name.rfind("gradient/", 0) == 0) continue;
    out.emplace_back(static_cast<size_t>(tensor.shape.elements()));
    EXPECT_TRUE(session.read_tensor(tensor, out.back()).is_ok());
  }
  return out;
}

TEST(Session, TrainsEvaluatesAndGeneratesDeterministically) {
  const test::TempDir dir;
  const config::Config config = tiny(text_file(dir));
  std::string texts[2];
  double losses[2];
  for (int round = 0; round < 2; ++round) {
    auto session = Session::create(config, {}).value();
    double first = 0, last = 0;
    const auto result = session->train([&](const Event& event) {
      if (event.metrics == nullptr) return true;
      if (event.metrics->step == 1) first = event.metrics->loss;
      last = event.metrics->loss;
      return true;
    });
    ASSERT_TRUE(result.is_ok()) << result.status().to_string();
    EXPECT_EQ(result->steps_done, 20);
    EXPECT_NEAR(first, std::log(257.0), 0.3);
    EXPECT_LT(last, 0.75 * first);
    const auto evaluation = session->evaluate();
    ASSERT_TRUE(evaluation.is_ok()) << evaluation.status().to_string();
    EXPECT_EQ(evaluation->bytes, evaluation->tokens - 1);  // the document's end is no byte
    losses[round] = evaluation->loss;
    GenerateOptions options;
    options.max_tokens = 30;
    options.temperature = 1;
    options.seed = 3;
    const std::vector<int32_t> prompt = {'I', 'n', ' ', 't'};
    const auto generated = session->generate(prompt, options, [&](int32_t, std::string_view text) {
      texts[round] += text;
      return true;
    });
    ASSERT_TRUE(generated.is_ok()) << generated.status().to_string();
  }
  EXPECT_EQ(losses[0], losses[1]);
  EXPECT_EQ(texts[0], texts[1]);
}

// A request to stop in good order drops a step that may last long, and nothing has changed.
TEST(Session, ALongStepIsDroppedOnRequestWhereItMayBe) {
  const test::TempDir dir;
  config::Config config = tiny(text_file(dir));
  for (const char* count : {"3", "1"}) {
    ASSERT_TRUE(config.set("train.micro_batches", count).is_ok());
    auto plain = Session::create(config, {}).value(), stopped = Session::create(config, {}).value();
    StepMetrics expected, metrics;
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(plain->step_on_data(&expected).is_ok());
      StopToken stop;
      stop.stop();
      const Status status = stopped->step_on_data(&metrics, &stop, OnStop::kDropLong);
      const bool is_long = std::string_view(count) == "3";
      EXPECT_EQ(status.code(), is_long ? Code::kCancelled : Code::kOk);
      EXPECT_EQ(stopped->info().steps_done, is_long ? i : i + 1);
      if (is_long) {
        ASSERT_TRUE(stopped->step_on_data(&metrics, &stop).is_ok());
      }
      EXPECT_EQ(metrics.loss, expected.loss) << "the same step again, whole";
    }
    EXPECT_EQ(whole_state_of(*stopped), whole_state_of(*plain));
  }
}

// Nothing of a session without a directory is left, however its process ends.
TEST(Session, TokensOfNoDirectoryHaveNoName) {
  const test::TempDir dir, temporary;
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before != nullptr ? before : "";
  ASSERT_EQ(setenv("TMPDIR", temporary.path().c_str(), 1), 0);
  const auto session = Session::create(tiny(text_file(dir)), {});
  EXPECT_TRUE(before != nullptr ? setenv("TMPDIR", kept.c_str(), 1) == 0 : unsetenv("TMPDIR") == 0);
  ASSERT_TRUE(session.is_ok()) << session.status().to_string();
  EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
  EXPECT_TRUE((*session)->step_on_data(nullptr).is_ok());
  EXPECT_TRUE((*session)->evaluate().is_ok());
}

TEST(Session, AStoppedAndResumedRunEqualsAnUndisturbedOne) {
  const test::TempDir dir;
  const config::Config config = tiny(text_file(dir));
  auto whole = Session::create(config, {.run_directory = dir.path() + "/whole"}).value();
  ASSERT_TRUE(whole->train({}).is_ok());
  {
    auto half = Session::create(config, {.run_directory = dir.path() + "/parts"}).value();
    const auto result = half->train(
        [](const Event& event) { return event.kind != Event::Kind::kStep || event.step < 9; });
    ASSERT_TRUE(result.is_ok()) << result.status().to_string();
    EXPECT_TRUE(result->stopped);
    EXPECT_TRUE(result->saved);
    EXPECT_EQ(result->steps_done, 9);
  }
  EXPECT_EQ(Session::create(config, {.run_directory = dir.path() + "/parts"}).status().code(),
            Code::kAlreadyExists);
  auto rest = Session::create(config, {dir.path() + "/parts", "auto", ""}).value();
  EXPECT_EQ(rest->info().steps_done, 9);
  ASSERT_TRUE(rest->train({}).is_ok());
  EXPECT_EQ(whole_state_of(*rest), whole_state_of(*whole));
  EXPECT_EQ(rest->evaluate()->loss, whole->evaluate()->loss);
}

TEST(Session, AnExportedModelGivesTheSameLogits) {
  const test::TempDir dir;
  for (const char* family : {"gpt2", "llama", "qwen3"}) {
    config::Config config = tiny(text_file(dir));
    ASSERT_TRUE(config.set("model.family", family).is_ok());
    ASSERT_TRUE(config.set("train.steps", "3").is_ok());
    const std::string run = dir.path() + "/run-" + family, out = dir.path() + "/hf-" + family;
    auto session = Session::create(config, {.run_directory = run}).value();
    ASSERT_TRUE(session->train({}).is_ok());
    ASSERT_TRUE(export_checkpoint(run, "hf", out).is_ok());
    const std::vector<int32_t> tokens = {1, 50, 200, 7, 7, 90};
    std::vector<float> logits[3];
    for (auto& values : logits) values.resize(tokens.size() * 257);
    ASSERT_TRUE(session->logits(tokens, logits[0]).is_ok());
    auto from_run = Session::open(run, nullptr);
    ASSERT_TRUE(from_run.is_ok()) << from_run.status().to_string();
    ASSERT_TRUE((*from_run)->logits(tokens, logits[1]).is_ok());
    auto from_hf = Session::open(out, nullptr);
    ASSERT_TRUE(from_hf.is_ok()) << from_hf.status().to_string();
    ASSERT_TRUE((*from_hf)->logits(tokens, logits[2]).is_ok());
    EXPECT_EQ(logits[0], logits[1]) << family;
    EXPECT_EQ(logits[0], logits[2]) << family;
  }
}

// Greedy decoding with the cache takes the tokens that full forward passes would.
// Shapes from a config.json differ from the defaults of every key; the file may be gone later.
TEST(Session, ARunFromAConfigFileOpensWithoutIt) {
  const test::TempDir dir;
  const std::string file = dir / "config.json", run = dir / "run";
  test::write_file(file, R"({"model_type": "qwen3", "vocab_size": 300, "hidden_size": 24,
      "num_hidden_layers": 1, "num_attention_heads": 3, "num_key_value_heads": 1, "head_dim": 16,
      "intermediate_size": 40, "max_position_embeddings": 48, "rms_norm_eps": 1e-6,
      "tie_word_embeddings": false, "rope_theta": 500.0})");
  config::Config config;
  const std::pair<const char*, std::string> values[] = {{"model.hf_config", file},
                                                        {"data.path", text_file(dir)},
                                                        {"train.steps", "3"},
                                                        {"train.micro_batch_tokens", "96"},
                                                        {"runtime.threads", "2"}};
  for (const auto& [key, value] : values) ASSERT_TRUE(config.set(key, value).is_ok()) << key;
  auto trained = Session::create(config, {.run_directory = run}).value();
  ASSERT_TRUE(trained->train({}).is_ok());
  ASSERT_EQ(std::remove(file.c_str()), 0);
  const auto opened = Session::open(run, nullptr);
  ASSERT_TRUE(opened.is_ok()) << opened.status().to_string();
  const std::vector<int32_t> tokens = {1, 2, 3, 200};
  std::vector<float> expected(4 * 300), actual(4 * 300);
  ASSERT_TRUE(trained->logits(tokens, expected).is_ok());
  ASSERT_TRUE((*opened)->logits(tokens, actual).is_ok());
  EXPECT_EQ(actual, expected);
}

TEST(Session, TheCacheGivesWhatAFullPassGives) {
  const test::TempDir dir;
  auto session = Session::create(tiny(text_file(dir)), {}).value();
  ASSERT_TRUE(session->train({}).is_ok());
  std::vector<int32_t> tokens = {'w', 'o'};
  std::vector<int32_t> generated;
  GenerateOptions options;
  options.greedy = true;
  options.ignore_end = true;
  options.max_tokens = 12;
  ASSERT_TRUE(session
                  ->generate(tokens, options,
                             [&](int32_t token, std::string_view) {
                               generated.push_back(token);
                               return true;
                             })
                  .is_ok());
  for (const int32_t expected : generated) {
    std::vector<float> logits(tokens.size() * 257);
    ASSERT_TRUE(session->logits(tokens, logits).is_ok());
    const auto last = logits.end() - 257;
    const auto best = std::max_element(last, logits.end()) - last;
    EXPECT_EQ(best, expected);
    tokens.push_back(expected);
  }
  EXPECT_EQ(generated.size(), 12u);
}

TEST(Session, ACallersBatchTrainsAndBadOnesAreRefused) {
  config::Config config = tiny("");
  ASSERT_TRUE(config.set("data.path", "").is_ok());
  auto session = Session::create(config, {}).value();
  const std::vector<int32_t> tokens = {5, 6, 7, 8, 9, 10};
  StepMetrics metrics;
  const CallerBatch good{.tokens = tokens};
  ASSERT_TRUE(session->step(std::span(&good, 1), &metrics).is_ok());
  EXPECT_EQ(metrics.step, 1);
  EXPECT_EQ(metrics.step_tokens, 6);
  const auto refused = [&](const CallerBatch& batch, const char* part) {
    const auto before = whole_state_of(*session);
    const Status status = session->step(std::span(&batch, 1), nullptr);
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
    EXPECT_EQ(whole_state_of(*session), before);
  };
  const std::vector<int32_t> outside = {5, 900}, falling = {0, 4, 2, 6}, longer(65, 1);
  refused({.tokens = outside}, "900");
  refused({.tokens = tokens, .cu_seqlens = falling}, "cu_seqlens");
  refused({.tokens = longer}, "model.context");
  refused({}, "0 tokens");
  EXPECT_EQ(session->step_on_data(nullptr).code(), Code::kFailedPrecondition);
}

// Gathers the small batch as raw inputs, in the order tokens, targets, ...
struct Collector {
  std::vector<InputView>& views;
  const graph::Graph& graph;
  std::vector<std::vector<char>>& memory;
  template <class T>
  void set_input(const std::string& name, const std::vector<T>& values) {
    const auto bytes = reinterpret_cast<const char*>(values.data());
    memory.emplace_back(bytes, bytes + values.size() * sizeof(T));
    const graph::Tensor& tensor = graph.tensor(*graph.find(name));
    views.push_back({tensor.name, tensor.dtype, tensor.shape, memory.back().data()});
  }
};

TEST(Session, RunsACallersGraph) {
  config::Config config;
  const graph::Graph graph = test::small_graph({2, 4});
  auto session = Session::create_from_graph(config, graph, {}).value();
  std::vector<InputView> views;
  std::vector<std::vector<char>> memory;
  memory.reserve(10);
  Collector collector{views, graph, memory};
  test::set_small_batch(collector);
  StepMetrics first, last;
  ASSERT_TRUE(session->step_inputs(views, &first).is_ok());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(session->step_inputs(views, &last).is_ok());
  EXPECT_LT(last.loss, first.loss);
  reinterpret_cast<int32_t*>(memory[0].data())[0] = 1000;
  EXPECT_EQ(session->step_inputs(views, nullptr).code(), Code::kInvalidArgument);
  views.pop_back();
  EXPECT_NE(session->step_inputs(views, nullptr).message().find("missing"), std::string::npos);
}

TEST(Session, StopsAfterStepsThatAreNotFinite) {
  const test::TempDir dir;
  config::Config config = tiny(text_file(dir), false);
  ASSERT_TRUE(config.set("train.non_finite_limit", "3").is_ok());
  auto session = Session::create(config, {}).value();
  for (const StateTensor& tensor : session->state_tensors()) {
    if (tensor.name == "layers.0.attn.qkv.weight") {
      auto* const values = reinterpret_cast<float*>(session->memory_of(tensor).value().data);
      values[0] = std::numeric_limits<float>::quiet_NaN();
    }
  }
  const test::ExpectLog expect("the gradient norm is not finite");
  const auto result = session->train({});
  EXPECT_EQ(result.status().code(), Code::kNumeric);
  EXPECT_EQ(session->info().steps_done, 3);
}

TEST(Session, AResumeOfAnotherModelIsRefused) {
  const test::TempDir dir;
  config::Config config = tiny(text_file(dir));
  ASSERT_TRUE(config.set("train.steps", "1").is_ok());
  const std::string run = dir.path() + "/run";
  ASSERT_TRUE(Session::create(config, {.run_directory = run}).value()->train({}).is_ok());
  ASSERT_TRUE(config.set("model.layers", "3").is_ok());
  const Status status = Session::create(config, {run, "auto", ""}).status();
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_NE(status.message().find("model.layers was 2 and is now 3"), std::string::npos)
      << status.message();
}

}  // namespace
}  // namespace raddle::session
