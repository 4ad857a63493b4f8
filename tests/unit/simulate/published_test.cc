// SPDX-License-Identifier: Apache-2.0
// What the simulator says of runs that were published and that its profiles were not made from.
// Expected values are the published ones; the tolerances are what we claim.
#include <gtest/gtest.h>

#include <numeric>
#include <span>

#include "runtime/balance/cost_fit.h"
#include "runtime/simulate/length_sets.h"
#include "runtime/simulate/simulate.h"

namespace raddle::simulate {
namespace {

// Means over steps, by policy in the order of simulate().
struct Means {
  std::vector<double> step_ps, exposed_share, transfer_bound_share;
  double speedup(size_t policy) const { return step_ps[0] / step_ps[policy]; }
};

struct Run {
  const char* profile;
  LengthSet set;
  int64_t context, ranks, tokens, steps;
};

Means means_of(const Run& run) {
  Means means;
  const Profile& profile = *built_in_profile(run.profile);
  for (const auto& lengths : draw_steps(run.set, run.context, run.tokens, run.steps, 1)) {
    const auto outcomes = simulate(profile, lengths, run.ranks, 8192, run.context).value();
    means.step_ps.resize(outcomes.size());
    means.exposed_share.resize(outcomes.size());
    means.transfer_bound_share.resize(outcomes.size());
    for (size_t i = 0; i < outcomes.size(); ++i) {
      const auto share = 1 / static_cast<double>(run.steps);
      means.step_ps[i] += static_cast<double>(outcomes[i].step_ps) * share;
      means.exposed_share[i] += outcomes[i].exposed_share * share;
      means.transfer_bound_share[i] += outcomes[i].transfer_bound_share * share;
    }
  }
  return means;
}

constexpr int64_t kK = 1 << 10, kM = 1 << 20;

// ByteScale's ablation: LLaMA-7B, Byted, 2M, 1024 GPUs that hold 512 ranks, steps of 32M
// tokens. 2.92 is its 3.69 without what offload alone gave (2.01 / 1.59).
TEST(Published, BytescaleAblation) {
  const Means means = means_of({"bytescale-7b", LengthSet::kByted, 2 * kM, 512, 32 * kM, 200});
  EXPECT_NEAR(means.speedup(1) / 1.59, 1, .15) << "naive";
  EXPECT_NEAR(means.speedup(2) / 2.92, 1, .15) << "balanced";
  // "P2P bound" for 97.6 % of the time: of the micro-batches, as the static groups do wait here.
  EXPECT_NEAR(means.transfer_bound_share[0], .976, .10);
}

// Fig. 17: throughput at each context, relative to half of it, on GitHub.
TEST(Published, BytescaleSlopes) {
  std::vector<Means> means;
  for (const int64_t context : {256 * kK, 512 * kK, kM, 2 * kM}) {
    means.push_back(means_of({"bytescale-7b", LengthSet::kGithub, context, 512, 32 * kM, 20}));
  }
  const auto slope = [&](size_t policy) {
    return std::cbrt(means.back().step_ps[policy] / means.front().step_ps[policy]);
  };
  EXPECT_NEAR(slope(0) / 2, 1, .15) << "static: halved by each doubling";
  EXPECT_NEAR(slope(1) / 1.23, 1, .15) << "naive";
  EXPECT_NEAR(slope(2) / 1.08, 1, .15) << "balanced, which had offload too";
}

// FlexSP, GPT-7B, 384K on 64 ranks: 31 to 40 % of the time of one group of 64 is all-to-all, and 10
// to 14 % of that of its own plans.
TEST(Published, FlexspAllToAll) {
  const Means means = means_of({"flexsp-7b", LengthSet::kCommonCrawl, 384 * kK, 64, 512 * 4800, 5});
  EXPECT_GE(means.exposed_share[0], .31 - .06);
  EXPECT_LE(means.exposed_share[0], .40 + .06);
  EXPECT_GE(means.exposed_share[1], .10 - .06);
  EXPECT_LE(means.exposed_share[1], .14 + .06);
  EXPECT_GT(means.speedup(1), 1) << "published are 1.42 to 1.51, which does not come out";
}

// ByteScale's Fig. 6a: fitted at 16K and 32K, predicted at 64K and 128K.
TEST(Published, BytescaleLayerTimes) {
  const balance::CostModel& costs = built_in_profile("bytescale-fig6")->costs;
  const auto ms = [&](int64_t tokens) {
    return static_cast<double>(costs.whole_ps(tokens)) * 1e-9;
  };
  EXPECT_NEAR(ms(16 * kK), 4.8 + 3.6, .2);
  EXPECT_NEAR(ms(32 * kK), 14.1 + 7.5, .3);
  EXPECT_NEAR(ms(64 * kK) / (48.2 + 15.1), 1, .08);
  EXPECT_NEAR(ms(128 * kK) / (175.5 + 28.2), 1, .08);
  const std::vector<balance::Measured> attention = {{16 * kK, 4'800'000'000},
                                                    {32 * kK, 14'100'000'000}};
  const balance::Fit fit = balance::fit_quadratic(attention).value();
  EXPECT_NEAR(static_cast<double>(fit.time_ps(64 * kK)) / 48.2e9, 1, .08);
  EXPECT_NEAR(static_cast<double>(fit.time_ps(128 * kK)) / 175.5e9, 1, .08);
}

// Fig. 18a: 312K on 39 ranks takes 110 ms of attention a layer, all else 9 to 10 ms.
TEST(Published, BytescaleHops) {
  const balance::CostModel& costs = built_in_profile("bytescale-7b")->costs;
  const int64_t tokens = 312 * kK;
  const auto layer = static_cast<double>(costs.split_ps(tokens, 39, costs.links.back())) * 1e-9;
  EXPECT_NEAR(layer / (110 + 9.5), 1, .03);
}

}  // namespace
}  // namespace raddle::simulate
