// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/graph_runner.h"
#include "tests/support/small_graphs.h"

namespace raddle {
namespace {

kernels::StepScalars scalars_of(int step) {
  kernels::StepScalars s{};
  s.learning_rate = 0.01f;
  s.beta1 = 0.9f;
  s.beta2 = 0.95f;
  s.eps = 1e-8f;
  s.bias_correction1 = static_cast<float>(1 - std::pow(0.9, step));
  s.bias_correction2 = static_cast<float>(1 - std::pow(0.95, step));
  s.max_norm = 1.0f;
  return s;
}

TEST(Step, TrainingLowersTheLossAndIsReproducible) {
  std::vector<double> losses[2];
  for (auto& run : losses) {
    test::GraphRunner runner(test::small_graph({2, 4}), {});
    set_small_batch(runner);
    for (int step = 1; step <= 30; ++step) {
      ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
      run.push_back(runner.loss());
      ASSERT_TRUE(runner.executor().run_update(scalars_of(step)).is_ok());
      EXPECT_EQ(runner.report().verdict.non_finite, 0);
    }
  }
  EXPECT_LT(losses[0].back(), 0.5 * losses[0].front());
  EXPECT_EQ(losses[0], losses[1]);
}

// Two steps of AdamW as it is written down, in double, for a parameter of its own rate and decay,
// one that is frozen, and the rest.
TEST(Step, GroupsHaveTheirOwnRateAndDecayAndFrozenOnesStay) {
  const graph::Graph graph = test::small_graph();
  test::GraphRunner::Options options;
  options.frozen.assign(graph.parameters().size(), 0);
  options.frozen[3] = 1;
  test::GraphRunner runner(graph, options);
  exec::StateStore& store = runner.store();
  store.set_update(2, 0.25f, 0.5f);
  runner.rebind();
  set_small_batch(runner);
  const size_t count = store.parameters().size();
  std::vector<std::vector<double>> master(count), m(count), v(count);
  for (size_t p = 0; p < count; ++p) {
    const auto values = store.values(static_cast<int32_t>(p), exec::Role::kMaster);
    master[p].assign(values.begin(), values.end());
    m[p].assign(values.size(), 0);
    v[p].assign(values.size(), 0);
  }
  const std::vector<double> frozen = master[3];
  for (int step = 1; step <= 2; ++step) {
    ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
    double squares = 0;
    for (size_t p = 0; p < count; ++p) {
      for (const float g : runner.gradient(static_cast<int32_t>(p))) squares += double{g} * g;
    }
    const double clip = std::min(1.0, 1.0 / std::sqrt(squares));
    ASSERT_LT(clip, 1.0) << "the norm must matter";
    const kernels::StepScalars s = scalars_of(step);
    ASSERT_TRUE(runner.executor().run_update(s).is_ok());
    EXPECT_NEAR(runner.report().verdict.norm, std::sqrt(squares), 1e-5 * std::sqrt(squares));
    for (size_t p = 0; p < count; ++p) {
      const std::vector<float> gradient = runner.gradient(static_cast<int32_t>(p));
      const double rate = s.learning_rate * (p == 2 ? 0.25 : 1.0);
      const double decay = p == 2 ? 0.5 : store.parameters()[p].decay ? 0.1 : 0.0;
      const auto now = store.values(static_cast<int32_t>(p), exec::Role::kMaster);
      for (size_t i = 0; i < gradient.size(); ++i) {
        const double g = clip * gradient[i];
        m[p][i] = 0.9 * m[p][i] + 0.1 * g;
        v[p][i] = 0.95 * v[p][i] + 0.05 * g * g;
        const double mean = m[p][i] / (1 - std::pow(0.9, step));
        const double root = std::sqrt(v[p][i] / (1 - std::pow(0.95, step))) + 1e-8;
        master[p][i] -= rate * (mean / root + decay * master[p][i]);
        ASSERT_NEAR(now[i], master[p][i], 2e-6) << store.parameters()[p].name << " " << i;
      }
    }
  }
  const auto still = store.values(3, exec::Role::kMaster);
  EXPECT_TRUE(std::equal(still.begin(), still.end(), frozen.begin(), frozen.end()));
}

TEST(Step, ANonFiniteGradientLeavesTheStateAlone) {
  test::GraphRunner runner(test::small_graph(), {});
  set_small_batch(runner);
  ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
  runner.store().values(3, exec::Role::kGradient)[0] = std::numeric_limits<float>::infinity();
  const auto values = runner.store().values(0, exec::Role::kMaster);
  const std::vector<float> before(values.begin(), values.end());
  ASSERT_TRUE(runner.executor().run_update(scalars_of(1)).is_ok());
  EXPECT_EQ(runner.report().verdict.non_finite, 1);
  EXPECT_EQ(std::vector<float>(values.begin(), values.end()), before);
}

TEST(Step, ATokenStopsBetweenInstructions) {
  test::GraphRunner runner(test::small_graph(), {});
  set_small_batch(runner);
  StopToken stop;
  stop.cancel();
  runner.executor().set_stop(&stop);
  EXPECT_EQ(runner.executor().run_micro_batch(true).code(), Code::kCancelled);
  runner.executor().set_stop(nullptr);
  EXPECT_TRUE(runner.executor().run_micro_batch(true).is_ok());
}

TEST(Step, TheTraceNamesThePlansInstructions) {
  test::GraphRunner runner(test::small_graph(), {});
  set_small_batch(runner);
  TraceRecorder trace(1000);
  runner.executor().set_trace(&trace);
  ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
  EXPECT_GT(trace.size(), 20u);
  EXPECT_NE(trace.to_json().find("\"name\":\"linear layers.1.down\""), std::string::npos);
}

TEST(Step, AStoreOfAnotherModelIsRefused) {
  test::GraphRunner plain(test::small_graph(), {});
  test::GraphRunner wide(test::small_graph({2, 4}), {});
  const auto made = exec::StepExecutor::create(wide.program(), plain.store(), 0, plain.device());
  EXPECT_EQ(made.status().code(), Code::kFailedPrecondition);
  EXPECT_NE(made.status().message().find("expand"), std::string::npos);
}

}  // namespace
}  // namespace raddle
