// SPDX-License-Identifier: Apache-2.0
// Gradients of whole graphs against central differences of their own loss, through the real path.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/graph_runner.h"
#include "tests/support/small_graphs.h"

namespace raddle {
namespace {

struct Variant {
  test::SmallGraphOptions graph;
  const char* name;
};

class WholeGraphGradient : public ::testing::TestWithParam<Variant> {};

// Along random directions in one parameter at a time: (L(p + h d) - L(p - h d)) / 2h = <grad, d>.
TEST_P(WholeGraphGradient, MatchesCentralDifferences) {
  const graph::Graph graph = test::small_graph(GetParam().graph);
  test::GraphRunner runner(graph, {});
  set_small_batch(runner);
  ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
  for (size_t p = 0; p < runner.store().parameters().size(); ++p) {
    const auto index = static_cast<int32_t>(p);
    const std::vector<float> gradient = runner.gradient(index);
    const auto values = runner.store().values(index, exec::Role::kMaster);
    const std::vector<float> original(values.begin(), values.end());
    double norm = 0;
    for (float g : gradient) norm += static_cast<double>(g) * g;
    norm = std::sqrt(norm);
    ASSERT_GT(norm, 1e-7) << runner.store().parameters()[p].name << " has a vanishing gradient";
    // The direction of the gradient itself: the difference quotient must equal its norm.
    // Below, rounding of the fp32 loss dominates the quotient; above, its third derivative.
    const double h = 1e-3;
    double side[2];
    for (int s = 0; s < 2; ++s) {
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = original[i] + static_cast<float>((s == 0 ? h : -h) * gradient[i] / norm);
      }
      ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
      side[s] = runner.loss();
    }
    std::copy(original.begin(), original.end(), values.begin());
    const double quotient = (side[0] - side[1]) / (2 * h);
    EXPECT_NEAR(quotient / norm, 1.0, 0.02 + 2e-4 / norm) << runner.store().parameters()[p].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Graphs, WholeGraphGradient,
                         ::testing::Values(Variant{{}, "plain"}, Variant{{2, 3}, "vw_2_3"},
                                           Variant{{4, 8}, "vw_4_8"},
                                           Variant{{2, 3, false}, "vw_unfused"},
                                           Variant{{2, 4, true, false}, "static"},
                                           Variant{{2, 3, true, true, true}, "copies"}),
                         [](const auto& variant) { return std::string(variant.param.name); });

std::vector<std::vector<float>> all_gradients(test::GraphRunner& runner) {
  std::vector<std::vector<float>> out;
  for (size_t p = 0; p < runner.store().parameters().size(); ++p) {
    out.push_back(runner.gradient(static_cast<int32_t>(p)));
  }
  return out;
}

TEST(WholeGraph, RecomputationAndThreadsChangeNoBit) {
  const graph::Graph graph = test::small_graph({4, 8});
  std::vector<std::vector<float>> expected;
  for (const bool recompute : {false, true}) {
    for (const int threads : {1, 2, 3}) {
      test::GraphRunner runner(graph, {.recompute = recompute, .threads = threads});
      set_small_batch(runner);
      ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
      if (expected.empty()) expected = all_gradients(runner);
      EXPECT_EQ(all_gradients(runner), expected) << recompute << " " << threads;
    }
  }
}

TEST(WholeGraph, FusedAndSeparateSitesAgree) {
  test::GraphRunner fused(test::small_graph({2, 4, true}), {});
  test::GraphRunner separate(test::small_graph({2, 4, false}), {});
  for (test::GraphRunner* runner : {&fused, &separate}) {
    set_small_batch(*runner);
    ASSERT_TRUE(runner->executor().run_micro_batch(true).is_ok());
  }
  EXPECT_EQ(fused.loss(), separate.loss());
  EXPECT_EQ(all_gradients(fused), all_gradients(separate));
}

// Freezing one parameter after the other, each group of them, and all but one: what is left has the
// gradients that it has anyhow, bit for bit, from tuned kernels and references.
TEST_P(WholeGraphGradient, FrozenParametersChangeNoOther) {
  const graph::Graph graph = test::small_graph(GetParam().graph);
  const size_t parameters = graph.parameters().size();
  for (const bool reference : {false, true}) {
    test::GraphRunner::Options options;
    if (reference) options.disabled_kernels = {"*:cpu", "*:onednn", "*:openblas"};
    test::GraphRunner whole(graph, options);
    set_small_batch(whole);
    ASSERT_TRUE(whole.executor().run_micro_batch(true).is_ok());
    for (size_t chosen = 0; chosen < parameters; ++chosen) {
      for (const bool only : {false, true}) {
        options.frozen.assign(parameters, only ? 1 : 0);
        options.frozen[chosen] = only ? 0 : 1;
        test::GraphRunner part(graph, options);
        set_small_batch(part);
        ASSERT_TRUE(part.executor().run_micro_batch(true).is_ok());
        EXPECT_EQ(part.loss(), whole.loss());
        for (size_t p = 0; p < parameters; ++p) {
          const auto index = static_cast<int32_t>(p);
          if (options.frozen[p] != 0) {
            EXPECT_TRUE(part.gradient(index).empty());
          } else {
            EXPECT_EQ(part.gradient(index), whole.gradient(index))
                << whole.store().parameters()[p].name << (only ? " alone" : " without ")
                << whole.store().parameters()[chosen].name;
          }
        }
      }
    }
  }
}

TEST(WholeGraph, MicroBatchesAddUp) {
  const graph::Graph graph = test::small_graph();
  test::GraphRunner runner(graph, {});
  set_small_batch(runner, 0);
  ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
  const auto first = all_gradients(runner);
  set_small_batch(runner, 4);
  ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
  const auto second = all_gradients(runner);
  set_small_batch(runner, 0);
  ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
  set_small_batch(runner, 4);
  ASSERT_TRUE(runner.executor().run_micro_batch(false).is_ok());
  const auto both = all_gradients(runner);
  for (size_t p = 0; p < both.size(); ++p) {
    for (size_t i = 0; i < both[p].size(); ++i) {
      EXPECT_NEAR(both[p][i], first[p][i] + second[p][i], 1e-5f + 1e-5f * std::abs(both[p][i]));
    }
  }
}

}  // namespace
}  // namespace raddle
