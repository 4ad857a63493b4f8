// SPDX-License-Identifier: Apache-2.0
// Gradients of whole graphs against central differences of their own loss, through the real path.
#include "tests/support/central_differences.h"
#include "tests/support/small_graphs.h"

namespace raddle {
namespace {

struct Variant {
  test::SmallGraphOptions graph;
  const char* name;
};

class WholeGraphGradient : public ::testing::TestWithParam<Variant> {};

TEST_P(WholeGraphGradient, MatchesCentralDifferences) {
  test::GraphRunner runner(test::small_graph(GetParam().graph), {});
  set_small_batch(runner);
  test::expect_central_differences(runner);
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
