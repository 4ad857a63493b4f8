// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/state_layout.h"

#include <gtest/gtest.h>

#include <set>

#include "kernels/ops/optimizer.h"
#include "runtime/plan/explain.h"
#include "runtime/plan/planner.h"
#include "runtime/plan/verify_program.h"
#include "tests/support/shared_state.h"
#include "tests/support/small_graphs.h"

namespace raddle::plan {
namespace {

constexpr Role kEvery[] = {Role::kMaster, Role::kGradient, Role::kMoment1, Role::kMoment2,
                           Role::kCompute};

StateLayout layout_of(const StateOptions& options, size_t alignment = 64) {
  return StateLayout::of(test::graph_of_blocks(), options, alignment);
}

// Every record has a place of its own in its block, on its alignment.
TEST(StateLayout, RecordsLieApartInTheirBlocks) {
  for (const size_t alignment : {size_t{64}, size_t{4096}}) {
    for (const int64_t ranks : {1, 3}) {
      const StateLayout layout = layout_of({.optimizer = true,
                                            .compute_copies = true,
                                            .rank = ranks - 1,
                                            .ranks = ranks,
                                            .shard_gradients = true},
                                           alignment);
      for (const Role role : kEvery) {
        size_t end = 0;
        for (int32_t p = 0; p < 6; ++p) {
          if (!layout.has(p, role)) continue;
          const StateRecord& record = layout.record(p, role);
          EXPECT_EQ(record.offset % alignment, 0u);
          EXPECT_GE(record.offset, end);
          end = record.offset + record.bytes();
          EXPECT_EQ(record.dtype, role == Role::kCompute ? DType::kBF16 : DType::kF32);
        }
        EXPECT_LE(end, layout.block_bytes(role)) << role_name(role);
      }
    }
  }
}

TEST(StateLayout, HasWhatTheOptionsSay) {
  const StateLayout plain = layout_of({});
  const StateLayout training = layout_of({.optimizer = true});
  for (int32_t p = 0; p < 6; ++p) {
    const bool frozen = p == 1 || p == 4;
    for (const Role role : kEvery) {
      EXPECT_EQ(plain.has(p, role), role == Role::kMaster);
      EXPECT_EQ(training.has(p, role),
                role == Role::kMaster || (role != Role::kCompute && !frozen));
    }
    EXPECT_TRUE(layout_of({.compute_copies = true}).has(p, Role::kCompute));
    EXPECT_EQ(training.record(p, Role::kMaster).trained, !frozen);
  }
  EXPECT_EQ(plain.block_bytes(Role::kMoment1), 0u);
}

// The elements of all ranks are every element once; a border is one of square_sum's blocks.
TEST(StateLayout, RanksShareOutWholeBlocks) {
  constexpr int64_t kTrained = 410900;
  for (const int64_t ranks : {1, 2, 3, 7, 11}) {
    std::vector<int64_t> covered(6, 0), saved(6, 0);
    int64_t flat = 0;  // trained elements so far
    for (int64_t rank = 0; rank < ranks; ++rank) {
      const StateLayout layout = layout_of({.optimizer = true, .rank = rank, .ranks = ranks});
      EXPECT_TRUE(flat % kernels::kUpdateBlockElements == 0 || flat == kTrained) << rank;
      for (int32_t p = 0; p < 6; ++p) {
        const auto at = static_cast<size_t>(p);
        const int64_t elements = layout.record(p, Role::kMaster).shard.end;
        const ElementRange mine = layout.saved_master(p);
        if (mine.count() > 0) {
          EXPECT_EQ(mine.begin, saved[at]);
          saved[at] = mine.end;
        }
        if (!layout.has(p, Role::kMoment1)) continue;
        EXPECT_EQ(layout.record(p, Role::kGradient).shard, (ElementRange{0, elements}));
        const ElementRange shard = layout.record(p, Role::kMoment1).shard;
        EXPECT_EQ(shard, layout.record(p, Role::kMoment2).shard);
        EXPECT_EQ(shard, mine);
        EXPECT_GE(shard.begin, 0);
        EXPECT_LE(shard.end, elements);
        if (shard.count() == 0) continue;
        EXPECT_EQ(shard.begin, covered[at]);
        covered[at] = shard.end;
        flat += shard.count();
      }
    }
    EXPECT_EQ(flat, kTrained);
    for (int32_t p = 0; p < 6; ++p) {
      const int64_t elements = layout_of({}).record(p, Role::kMaster).shard.end;
      EXPECT_EQ(saved[static_cast<size_t>(p)], elements);
      EXPECT_EQ(covered[static_cast<size_t>(p)], p == 1 || p == 4 ? 0 : elements);
    }
  }
}

TEST(StateLayout, AHashSaysWhatLiesWhere) {
  const auto hash = [](const StateOptions& options, size_t alignment = 64) {
    return layout_of(options, alignment).hash(Role::kMoment1);
  };
  const uint64_t one = hash({.optimizer = true});
  EXPECT_EQ(hash({.optimizer = true}), one);
  EXPECT_EQ(hash({.optimizer = true, .compute_copies = true}), one) << "other blocks";
  const std::set<uint64_t> all = {one,
                                  hash({}),
                                  hash({.optimizer = true}, 4096),
                                  hash({.optimizer = true, .rank = 0, .ranks = 2}),
                                  hash({.optimizer = true, .rank = 1, .ranks = 2}),
                                  layout_of({.optimizer = true}).hash(Role::kMoment2)};
  EXPECT_EQ(all.size(), 6u);
}

// A plan for a state with copies says that AdamW writes them, counts them, and is another plan.
TEST(StateLayout, APlanKnowsOfCopies) {
  const graph::Graph graph =
      graph::differentiate(test::small_graph(), graph::AutodiffOptions()).value();
  device::DeviceCaps caps;
  caps.has_avx2 = true;
  PlanOptions options;
  options.with_update = true;
  options.disabled_kernels = {"*:cpu", "*:onednn", "*:openblas"};
  const Program plain = plan_program(graph, caps, options).value();
  options.state.compute_copies = true;
  const Program copied = plan_program(graph, caps, options).value();
  EXPECT_TRUE(verify_program(copied).is_ok());
  EXPECT_NE(plain.hash, copied.hash);
  EXPECT_NE(plain.agreement_hash, copied.agreement_hash);
  EXPECT_EQ(copied.memory.gradients, plain.memory.gradients);
  EXPECT_GT(copied.memory.parameters, plain.memory.parameters);
  EXPECT_LE(copied.memory.parameters, 2 * plain.memory.parameters);
  size_t written = 0;
  for (const Use& use : copied.instructions.back().uses) {
    const Buffer& buffer = copied.buffer(use.buffer);
    if (buffer.space != Space::kState || buffer.role != Role::kCompute) continue;
    EXPECT_EQ(use.access, Access::kUpdate);
    ++written;
  }
  EXPECT_EQ(written, graph.parameters().size());
}

PlanOptions update_of(int64_t rank, int64_t ranks) {
  PlanOptions options;
  options.with_update = true;
  options.disabled_kernels = {"*:cpu", "*:onednn", "*:openblas"};
  options.state.rank = rank;
  options.state.ranks = ranks;
  return options;
}

TEST(StateLayout, AnUpdateOfASharedStateExchangesBetweenItsKernels) {
  const auto plan_of = [](int64_t rank) {
    return plan_program(test::graph_of_blocks(), device::DeviceCaps(), update_of(rank, 4)).value();
  };
  const Program program = plan_of(1);
  EXPECT_TRUE(verify_program(program).is_ok()) << verify_program(program).to_string();
  EXPECT_EQ(program.agreement_hash, plan_of(3).agreement_hash);
  std::vector<std::string> update;
  for (const Instruction& one : program.instructions) {
    if (one.segment == Segment::kUpdate && one.action != Action::kTag) update.push_back(one.name);
  }
  EXPECT_EQ(update,
            (std::vector<std::string>{"reduce_scatter gradients", "square_sum", "gather sums",
                                      "step_verdict", "adamw", "all_gather parameters"}));
  // Seven blocks: one rank has one, the others two.
  EXPECT_EQ(program.buffer(program.reports.all_sums).bytes, 8 * sizeof(double));
}

TEST(StateLayout, WhatCannotBeExchangedIsRefused) {
  const auto refusal = [](const device::DeviceCaps& caps, const PlanOptions& options) {
    const Status status = plan_program(test::graph_of_blocks(), caps, options).status();
    EXPECT_EQ(status.code(), Code::kUnimplemented);
    return status.message();
  };
  device::DeviceCaps apart;
  apart.host_memory = false;
  EXPECT_NE(refusal(apart, update_of(0, 4)).find("4 ranks"), std::string::npos);
  PlanOptions options = update_of(0, 3);
  options.state.shard_gradients = true;
  EXPECT_NE(refusal(device::DeviceCaps(), options).find("3 ranks"), std::string::npos);
}

// The parts of all ranks are end to end, hold every trained element once and are in bytes what the
// shares are in elements.
TEST(StateLayout, PartsOfRanksFollowEachOther) {
  for (const int64_t ranks : {1, 2, 3, 9}) {
    int64_t gradients = 0;
    size_t end = 0;
    for (int64_t rank = 0; rank < ranks; ++rank) {
      const StateLayout layout = layout_of({.optimizer = true, .rank = rank, .ranks = ranks});
      const StateLayout::Part part = layout.part_of(Role::kGradient, rank);
      EXPECT_LE(part.begin, part.end);
      if (part.begin == part.end) continue;
      EXPECT_GE(part.begin, end);
      end = part.end;
      for (size_t i = 0; i < test::graph_of_blocks().parameters().size(); ++i) {
        const auto parameter = static_cast<int32_t>(i);
        if (!layout.has(parameter, Role::kMoment1)) continue;
        const ElementRange share = layout.record(parameter, Role::kMoment1).shard;
        if (share.count() == 0) continue;
        const size_t at = layout.record(parameter, Role::kGradient).offset;
        EXPECT_GE(at + static_cast<size_t>(share.begin) * 4, part.begin);
        EXPECT_LE(at + static_cast<size_t>(share.end) * 4, part.end);
        gradients += share.count();
      }
      EXPECT_LE(layout.update_blocks_max(), (7 + ranks - 1) / ranks);
    }
    EXPECT_EQ(gradients, 410'900);
  }
}

}  // namespace
}  // namespace raddle::plan
