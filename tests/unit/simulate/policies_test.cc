// SPDX-License-Identifier: Apache-2.0
// Clocks and policies on steps that can be counted by hand.
#include "runtime/simulate/policies.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/balance/hybrid.h"
#include "runtime/simulate/length_sets.h"
#include "runtime/simulate/simulate.h"

namespace raddle::simulate {
namespace {

// 1 ps a token squared, 10 a token, 7 a micro-batch; a hop takes 1000 ps and hides what is less.
Profile small_profile() {
  Profile profile;
  profile.costs.attention_fs_per_token2 = 1000;
  profile.costs.linear_ps_per_token = 10;
  profile.costs.micro_batch_ps = 7;
  profile.costs.kv_bytes_per_token = 2;
  profile.costs.links = {{"all", 0, 1000, 0}};
  profile.backward_attention_permille = profile.backward_linear_permille = 0;
  profile.backward_hop_permille = 0;
  return profile;
}

int64_t last_clock(const Work& work) {
  int64_t last = 0;
  for (const RankTimes& rank : run(work)) last = std::max(last, rank.clock_ps);
  return last;
}

TEST(Work, AnItemBeginsWithTheLastOfItsRanks) {
  Work work;
  work.ranks = 3;
  const std::vector<int32_t> pair = {0, 1}, other = {1, 2};
  work.add(0, {100, 0, 0});
  work.add(pair, {10, 5, 15});
  work.add(other, {20, 0, 0});
  const auto ranks = run(work);
  EXPECT_EQ(ranks[0].clock_ps, 115);
  EXPECT_EQ(ranks[1].clock_ps, 135);
  EXPECT_EQ(ranks[2].clock_ps, 135);
  EXPECT_EQ(ranks[1].waiting_ps, 100);
  EXPECT_EQ(ranks[2].waiting_ps, 115);
  EXPECT_EQ(ranks[0].exposed_ps, 5);
  EXPECT_EQ(ranks[0].transfer_bound_ps, 15);
  EXPECT_EQ(ranks[1].compute_ps, 30);
}

TEST(LayerTime, HopsHideBehindBlocksOrNot) {
  const Profile profile = small_profile();
  const balance::LinkClass& link = profile.costs.links[0];
  const std::vector<int64_t> longs = {100}, shorts = {40, 40, 20};
  // A block of 50^2 hides a hop of 1000.
  const ItemTime hidden = ring_time(profile, longs, 2, link);
  EXPECT_EQ(hidden.compute_ps, 2 * 2500 + 10 * 50 + 7);
  EXPECT_EQ(hidden.exposed_ps, 0);
  EXPECT_EQ(hidden.transfer_bound_ps, 0);
  // 2 20^2 + 10^2 do not.
  const ItemTime bound = ring_time(profile, shorts, 2, link);
  EXPECT_EQ(bound.compute_ps, 2 * 900 + 10 * 50 + 7);
  EXPECT_EQ(bound.exposed_ps, 100);
  EXPECT_EQ(bound.transfer_bound_ps, 2 * 900 + 100);
}

TEST(LayerTime, BackwardIsAPassOfItsOwn) {
  Profile profile = small_profile();
  profile.layers = 3;
  profile.backward_attention_permille = 3000;
  profile.backward_linear_permille = 2000;
  profile.backward_hop_permille = 1000;
  const std::vector<int64_t> lengths = {40, 40, 20};
  const ItemTime time = ring_time(profile, lengths, 2, profile.costs.links[0]);
  EXPECT_EQ(time.compute_ps, 3 * (2 * 900 * 4 + (10 * 50 + 7) * 3));
  EXPECT_EQ(time.exposed_ps, 3 * 100) << "backward, blocks of 2700 hide the hop";
}

TEST(LayerTime, AllToAllHidesBehindNothing) {
  Profile profile = small_profile();
  profile.costs.all_to_all = {8, {{2, 1'000'000'000'000}, {4, 500'000'000'000}}};
  const std::vector<int64_t> lengths = {60, 40};
  const ItemTime time = all_to_all_time(profile, lengths, 4);
  EXPECT_EQ(time.compute_ps, (3600 + 1600) / 4 + 10 * 25 + 7);
  EXPECT_EQ(time.exposed_ps, 8 * 100 / 4 * 2) << "one byte in two picoseconds";
  EXPECT_EQ(all_to_all_time(profile, lengths, 2).exposed_ps, 8 * 100 / 2);
  EXPECT_EQ(all_to_all_time(profile, lengths, 1).exposed_ps, 0);
}

TEST(Policies, AStaticMeshCutsWhatDoesNotFit) {
  const Profile profile = small_profile();
  const std::vector<int64_t> lengths = {150, 100, 60};
  // Groups of two ranks hold 200: {150, 50}, {50, 60}. The first group begins with the first.
  const Work work = static_mesh({&profile, lengths, 4, 100, 200});
  ASSERT_EQ(work.items.size(), 2u);
  EXPECT_EQ(work.micro_batches, 4);
  EXPECT_EQ(work.items[0].time.compute_ps, (150 * 150 + 50 * 50) / 2 + 10 * 100 + 7);
  EXPECT_EQ(work.items[1].time.compute_ps, 2 * ((50 * 50 + 60 * 60) / 4) + 10 * 55 + 7);
  EXPECT_EQ(work.item_ranks, (std::vector<int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(work.kv_bytes, balance::static_kv_bytes(profile.costs, lengths, 4, 100));
}

TEST(Policies, NaiveGivesTheNextRanksInTurn) {
  const Profile profile = small_profile();
  const std::vector<int64_t> lengths = {60, 250, 50, 40, 120};
  // 250 on 0 1 2, 120 on 3 0, then packs {60, 40} and {50} on 1 and 2.
  const Work work = naive_hybrid({&profile, lengths, 4, 100, 250});
  EXPECT_EQ(work.item_ranks, (std::vector<int32_t>{0, 1, 2, 3, 0, 1, 2}));
  ASSERT_EQ(work.items.size(), 4u);
  EXPECT_EQ(work.items[2].time.compute_ps, 60 * 60 + 40 * 40 + 10 * 100 + 7);
  EXPECT_EQ(work.micro_batches, 7);
  EXPECT_EQ(work.kv_bytes, 2 * (250 * 2 + 120));
}

TEST(Policies, BalancedIsThePlansMakespan) {
  Profile profile = small_profile();
  profile.costs = balance::CostModel();
  for (const uint64_t seed : {1u, 2u, 3u}) {
    const auto lengths = draw_lengths(LengthSet::kByted, 256 << 10, 64 * 40'000, seed);
    const auto plan = balance::plan_hybrid(profile.costs, lengths, 64, 8192).value();
    const Work work = balanced_hybrid({&profile, lengths, 64, 8192, 256 << 10}).value();
    // Both round up: the plan each sequence, the simulator each micro-batch.
    EXPECT_LE(last_clock(work), plan.makespan_ps);
    EXPECT_GE(last_clock(work), plan.makespan_ps - static_cast<int64_t>(lengths.size()));
    EXPECT_EQ(work.kv_bytes, plan.kv_bytes);
    EXPECT_EQ(work.micro_batches, plan.micro_batches());
  }
}

TEST(Simulate, SharesAddUpAndRepeat) {
  const Profile& profile = *built_in_profile("bytescale-7b");
  const auto lengths = draw_lengths(LengthSet::kByted, 256 << 10, 64 * 65'536, 7);
  const auto outcomes = simulate(profile, lengths, 64, 8192, 0).value();
  const auto again = simulate(profile, lengths, 64, 8192, 0).value();
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes[0].policy, "static");
  EXPECT_EQ(outcomes[0].speedup, 1);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    EXPECT_EQ(outcome.step_ps, again[i].step_ps);
    EXPECT_GE(outcome.waiting_share, 0);
    EXPECT_LE(outcome.exposed_share + outcome.waiting_share, 1);
    EXPECT_LE(outcome.busy.least_ps, outcome.busy.mean_ps);
    EXPECT_LE(outcome.busy.mean_ps, outcome.busy.most_ps);
    EXPECT_LE(outcome.busy.most_ps + static_cast<double>(outcome.gradient_ps),
              static_cast<double>(outcome.step_ps));
    EXPECT_GE(outcome.exposed_share + 1e-9, 0);
    EXPECT_NEAR(outcome.speedup * static_cast<double>(outcome.step_ps),
                static_cast<double>(outcomes[0].step_ps), 1e3);
  }
}

TEST(Simulate, WhatCannotBeSimulated) {
  const Profile& profile = *built_in_profile("bytescale-7b");
  const std::vector<int64_t> lengths = {20'000};
  const auto refused = [&](int64_t ranks, int64_t capacity, int64_t context, const char* hint) {
    const auto status = simulate(profile, lengths, ranks, capacity, context).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument);
    EXPECT_NE(status.message().find(hint), std::string::npos) << status.message();
  };
  refused(2, 8192, 0, "at least 3 ranks");
  refused(4, 8192, 19'999, "longest is 19999, expected 0 or 20000 to 32768");
  refused(4, 8192, 32'769, "longest is 32769");
  refused(0, 8192, 0, "ranks is 0");
  EXPECT_FALSE(not_predicted().empty());
}

}  // namespace
}  // namespace raddle::simulate
