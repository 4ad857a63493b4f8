// SPDX-License-Identifier: Apache-2.0
// Steps whose sequences are spread over ranks by a plan of each step: loss and every gradient are
// those of one rank, whatever the mesh. The rate is 0, so that every step is compared by itself.
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "runtime/base/random.h"
#include "runtime/session/session.h"
#include "tests/support/on_ranks.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using testing::HasSubstr;

// Many short documents, some long ones, some of a single letter.
std::string documents(const test::TempDir& dir, uint64_t seed) {
  const std::string path = dir.path() + "/documents" + std::to_string(seed) + ".jsonl";
  std::ofstream out(path);
  RandomStream random(seed, 0);
  for (int i = 0; i < 400; ++i) {
    const bool is_long = random.below(8) == 0;
    const size_t length = is_long ? 30 + random.below(90) : 1 + random.below(12);
    std::string text;
    for (size_t c = 0; c < length; ++c) text += static_cast<char>('a' + random.below(26));
    out << "{\"text\": \"" << text << "\"}\n";
  }
  return path;
}

struct Setting {
  int32_t ranks;
  int64_t capacity, micro_batches;
  int steps;
  const char* attention = "ring";
  const char *heads = "4", *kv_heads = "2";
};

config::Config recipe(const std::string& data, const Setting& setting) {
  config::Config config = test::tiny(data);
  const auto set = [&](const char* key, const std::string& value) {
    EXPECT_TRUE(config.set(key, value).is_ok()) << key;
  };
  set("model.heads", setting.heads);
  set("model.kv_heads", setting.kv_heads);
  set("model.head_dim", "8");
  set("mesh.attention", setting.attention);
  set("optimizer.learning_rate", "0");
  set("train.micro_batch_tokens", "96");
  set("train.micro_batches", std::to_string(setting.micro_batches));
  set("mesh.placement", "hybrid");
  set("mesh.capacity", std::to_string(setting.capacity));
  set("runtime.threads", "1");
  return config;
}

// Of one step: its loss and the gradients of all parameters, end to end.
struct Step {
  double loss = 0, norm = 0;
  std::vector<std::vector<float>> gradients;
};

std::vector<Step> steps_of_one(const config::Config& config, int steps) {
  auto session = Session::create(config, {}).value();
  std::vector<Step> out;
  for (int i = 0; i < steps; ++i) {
    StepMetrics metrics;
    EXPECT_TRUE(session->step_on_data(&metrics).is_ok());
    Step step{metrics.loss, metrics.grad_norm, {}};
    const auto store = session->state();
    for (size_t p = 0; p < store->parameters().size(); ++p) {
      const auto values = store->values(static_cast<int32_t>(p), exec::Role::kGradient);
      step.gradients.emplace_back(values.begin(), values.end());
    }
    out.push_back(std::move(step));
  }
  return out;
}

// A rank has the sum of its share.
void expect_gradients(exec::StateStore& store, const Step& expected) {
  for (size_t p = 0; p < store.parameters().size(); ++p) {
    const auto parameter = static_cast<int32_t>(p);
    const exec::ElementRange share = store.record(parameter, exec::Role::kMoment1).shard;
    const auto values = store.values(parameter, exec::Role::kGradient);
    for (int64_t i = share.begin; i < share.end; ++i) {
      const auto at = static_cast<size_t>(i);
      ASSERT_NEAR(values[at], expected.gradients[p][at], 1e-5 * expected.norm)
          << store.parameters()[p].name << " " << i;
    }
  }
}

// Returns the bytes that went between ranks in attention.
int64_t compare(const config::Config& config, const Setting& setting,
                std::vector<double>* losses = nullptr) {
  const std::vector<Step> expected = steps_of_one(config, setting.steps);
  std::mutex mutex;
  int64_t bytes = 0;
  test::on_ranks(setting.ranks, [&](comm::Communicator& communicator) {
    SessionOptions options;
    options.communicator = &communicator;
    auto session = Session::create(config, options);
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    for (const Step& step : expected) {
      StepMetrics metrics;
      const Status status = (*session)->step_on_data(&metrics);
      ASSERT_TRUE(status.is_ok()) << status.to_string();
      EXPECT_NEAR(metrics.loss, step.loss, 1e-5 * step.loss);
      EXPECT_NEAR(metrics.grad_norm, step.norm, 1e-5 * step.norm);
      expect_gradients(*(*session)->state(), step);
      if (losses != nullptr && communicator.rank() == 0) losses->push_back(metrics.loss);
    }
    const std::lock_guard lock(mutex);
    for (int32_t peer = 0; peer < setting.ranks; ++peer) {
      bytes += communicator.traffic(peer, comm::Kind::kExchange).bytes_out;
    }
  });
  return bytes;
}

// Each step has another mesh. With capacities below a sixth of the longest sequence, degrees go up
// to 6; with few micro-batches some ranks have nothing to do.
TEST(Hybrid, RandomMeshesGiveTheGradientsOfOneRank) {
  const test::TempDir dir;
  const Setting settings[] = {{2, 40, 1, 90}, {3, 24, 2, 90}, {4, 40, 2, 80},
                              {5, 16, 1, 90}, {6, 13, 2, 80}, {6, 96, 1, 70}};
  int steps = 0;
  for (const Setting& setting : settings) {
    SCOPED_TRACE(testing::Message() << setting.ranks << " ranks of " << setting.capacity);
    const config::Config config = recipe(
        documents(dir, static_cast<uint64_t>(setting.ranks * 100 + setting.capacity)), setting);
    const int64_t bytes = compare(config, setting);
    if (setting.capacity < 64) {
      EXPECT_GT(bytes, 0) << "nothing was spread";
    }
    steps += setting.steps;
    if (HasFailure()) return;
  }
  EXPECT_GE(steps, 500);
}

// Degrees that divide the heads, and others, which take the ring.
TEST(Hybrid, HeadsInPlaceOfKeysGiveTheSameGradients) {
  const test::TempDir dir;
  const Setting settings[] = {{2, 40, 1, 10, "ulysses"},
                              {3, 24, 2, 10, "ulysses", "6", "3"},
                              {4, 24, 1, 10, "ulysses", "4", "4"},
                              {6, 13, 2, 8, "ulysses", "12", "6"},
                              {6, 13, 1, 8, "auto", "12", "6"}};
  for (Setting setting : settings) {
    SCOPED_TRACE(testing::Message() << setting.ranks << " ranks of " << setting.capacity);
    const std::string data = documents(dir, static_cast<uint64_t>(setting.ranks));
    const int64_t bytes = compare(recipe(data, setting), setting);
    if (setting.attention == std::string("auto")) continue;  // by what its costs say
    setting.attention = "ring";
    EXPECT_NE(bytes, compare(recipe(data, setting), setting)) << "nothing was by heads";
    if (HasFailure()) return;
  }
}

TEST(Hybrid, TheSameMeshGivesTheSameBits) {
  const test::TempDir dir;
  for (const char* attention : {"ring", "ulysses"}) {
    const Setting setting = {3, 24, 2, 6, attention, "6", "3"};
    const config::Config config = recipe(documents(dir, 7), setting);
    std::vector<double> first, second;
    compare(config, setting, &first);
    compare(config, setting, &second);
    EXPECT_EQ(first, second);
  }
}

// Recomputed blocks run attention twice.
TEST(Hybrid, RecomputedBlocksMeetTheOtherRanksAgain) {
  const test::TempDir dir;
  const Setting setting = {3, 24, 1, 6};
  config::Config config = recipe(documents(dir, 8), setting);
  ASSERT_TRUE(config.set("train.recompute", "block").is_ok());
  EXPECT_GT(compare(config, setting), 0);
}

// How many hops are computed before their rank has asked for the next one's keys.
int hops_without_next(const std::string& trace, int* hops) {
  const auto json = nlohmann::json::parse(trace);
  int asked = 0, computed = 0, bare = 0;  // of a sequence
  std::vector<int> asked_before;          // by hop
  for (const auto& event : json["traceEvents"]) {
    if (event["cat"] != "ring") continue;
    const std::string name = event["name"];
    if (name == "ask for keys") ++asked;
    if (name == "attention of a hop") {
      ++computed;
      asked_before.push_back(asked);
    }
    if (name != "wait: others take all") continue;
    for (int hop = 0; hop + 1 < computed; ++hop) {
      bare += asked_before[static_cast<size_t>(hop)] < hop + 1;
    }
    *hops += computed;
    asked = computed = 0;
    asked_before.clear();
  }
  return bare;
}

// In the order of a trace, which is that of the ends.
TEST(Hybrid, KeysOfTheNextHopAreAskedForBeforeOneIsComputed) {
  const test::TempDir dir;
  const Setting setting = {4, 20, 1, 1};
  config::Config config = recipe(documents(dir, 10), setting);
  ASSERT_TRUE(config.set("train.steps", "6").is_ok());
  test::on_ranks(setting.ranks, [&](comm::Communicator& communicator) {
    SessionOptions options;
    options.communicator = &communicator;
    options.trace_path = dir / "trace.json";
    auto session = Session::create(config, options);
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    ASSERT_TRUE((*session)->train({}).is_ok());
  });
  int hops = 0;
  for (const char* rank : {"", ".rank1", ".rank2", ".rank3"}) {
    EXPECT_EQ(hops_without_next(test::read_file(dir / ("trace.json" + std::string(rank))), &hops),
              0);
  }
  EXPECT_GT(hops, 100);
}

TEST(Hybrid, WhatCannotBeSpreadIsRefused) {
  const test::TempDir dir;
  const Setting setting = {2, 24, 1, 1};  // sequences of 64 tokens do not fit on two ranks of 24
  const std::string data = documents(dir, 9);
  const auto refusal = [&](const config::Config& config) {
    std::vector<Status> found(2);
    test::on_ranks(2, [&](comm::Communicator& communicator) {
      SessionOptions options;
      options.communicator = &communicator;
      auto session = Session::create(config, options);
      Status status = session.status();
      for (int i = 0; i < 20 && status.is_ok(); ++i) status = (*session)->step_on_data(nullptr);
      found[static_cast<size_t>(communicator.rank())] = status;
    });
    EXPECT_EQ(found[0].code(), found[1].code());
    return found[0].to_string();
  };
  config::Config config = recipe(data, setting);
  EXPECT_THAT(refusal(config), HasSubstr("INVALID_ARGUMENT"));
  ASSERT_TRUE(config.set("mesh.capacity", "64").is_ok());
  ASSERT_TRUE(config.set("model.mtp.heads", "1").is_ok());
  EXPECT_THAT(refusal(config), HasSubstr("multi-token"));
  ASSERT_TRUE(config.set("model.mtp.heads", "0").is_ok());
  ASSERT_TRUE(config.set("train.precision", "bf16").is_ok());
  EXPECT_THAT(refusal(config), HasSubstr("F32 only"));
}

}  // namespace
}  // namespace raddle::session
