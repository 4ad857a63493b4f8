// SPDX-License-Identifier: Apache-2.0
// A state in memory of a parent process outlives the process that trains it, however that ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>

#include "runtime/base/bf16.h"
#include "tests/support/graph_runner.h"
#include "tests/support/memory_file.h"
#include "tests/support/small_graphs.h"

namespace raddle::exec {
namespace {

using device::Contents;
using test::GraphRunner;
using ::testing::HasSubstr;

constexpr Role kOutliving[] = {Role::kMaster, Role::kMoment1, Role::kMoment2};

kernels::StepScalars scalars(int step) {
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

void train(GraphRunner& runner, int first, int last) {
  for (int step = first; step <= last; ++step) {
    set_small_batch(runner, step);
    ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
    ASSERT_TRUE(runner.executor().run_update(scalars(step)).is_ok());
  }
  ASSERT_TRUE(runner.executor().finish().is_ok());
}

graph::Graph differentiated() {
  return graph::differentiate(test::small_graph(), graph::AutodiffOptions()).value();
}

// The memory of a parent, with a place for the block of each role.
struct Owned {
  explicit Owned(const StateOptions& options, size_t alignment = device::kBufferAlignment)
      : layout(plan::StateLayout::of(differentiated(), options, alignment)) {}
  std::vector<ForeignBlock> blocks(std::span<const Role> roles, Contents contents) const {
    std::vector<ForeignBlock> out;
    size_t offset = kPlaces;
    for (const Role role : roles) {
      out.push_back({role, {file.fd(), offset}, contents});
      EXPECT_LE(foreign_block_bytes(layout, role), kPlaces);
      offset += kPlaces;
    }
    return out;
  }
  static constexpr size_t kPlaces = 1 << 20;
  const plan::StateLayout layout;
  const test::MemoryFile file{6 * kPlaces};
};

// Trains in a child that never gets to its end.
void train_and_be_killed(const Owned& owned, const std::string& device) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    GraphRunner runner(test::small_graph(),
                       {.foreign = owned.blocks(kOutliving, Contents::kZeroed), .device = device});
    train(runner, 1, 3);
    const char done = testing::Test::HasFailure() ? 'x' : 'd';
    (void)!write(ready[1], &done, 1);
    for (;;) pause();
  }
  close(ready[1]);
  char done = 0;
  ASSERT_EQ(read(ready[0], &done, 1), 1) << "the child ended early";
  close(ready[0]);
  EXPECT_EQ(done, 'd');
  ASSERT_EQ(kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
}

class ForeignState : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(On, ForeignState, testing::Values("cpu", "guarded"),
                         [](const auto& one) { return one.param; });

TEST_P(ForeignState, OutlivesAProcessThatIsKilledAndTrainsOn) {
  const size_t alignment = GetParam() == "cpu" ? device::kBufferAlignment : 4096;
  const Owned owned({.optimizer = true}, alignment);
  train_and_be_killed(owned, GetParam());
  if (HasFatalFailure()) return;
  // No thread of this process was there when it forked.
  GraphRunner expected(test::small_graph(), {.device = GetParam()});
  train(expected, 1, 3);
  GraphRunner next(test::small_graph(), {.initialize = false,
                                         .foreign = owned.blocks(kOutliving, Contents::kKept),
                                         .device = GetParam()});
  const auto compare = [&](const char* when) {
    for (const Role role : kOutliving) {
      EXPECT_TRUE(next.store().is_foreign(role));
      for (size_t p = 0; p < next.store().parameters().size(); ++p) {
        const auto parameter = static_cast<int32_t>(p);
        ASSERT_EQ(next.values(parameter, role), expected.values(parameter, role)) << when;
      }
    }
  };
  compare("after the child");
  EXPECT_FALSE(next.store().is_foreign(Role::kGradient));
  train(expected, 4, 5);
  train(next, 4, 5);
  compare("after two further steps");
}

TEST(ForeignBlocks, MapTheMemoryOfAnotherStore) {
  const Owned owned({.optimizer = true});
  const auto device = open_device({.threads = 1}).value();
  const Role masters[] = {Role::kMaster};
  const auto open = [&](Contents contents) {
    return StateStore::create(differentiated(), {.optimizer = true}, *device,
                              owned.blocks(masters, contents))
        .value();
  };
  StateStore writer = open(Contents::kZeroed);
  StateStore reader = open(Contents::kKept);
  writer.values(2, Role::kMaster)[1] = 4.5f;
  EXPECT_EQ(reader.values(2, Role::kMaster)[1], 4.5f);
  const StateStore again = open(Contents::kZeroed);
  EXPECT_EQ(reader.values(2, Role::kMaster)[1], 0.0f);
}

// The copies that were kept may be of the step before: they are made anew before they are used.
TEST(ForeignBlocks, CopiesThatWereKeptFollowTheMastersThatWere) {
  const StateOptions options{.optimizer = true, .compute_copies = true};
  const Role roles[] = {Role::kMaster, Role::kCompute};
  for (const std::string name : {"cpu", "guarded"}) {
    const auto device = open_device({.threads = 1, .name = name}).value();
    const Owned owned(options, device->caps().buffer_alignment);
    const std::vector<float> values = {1.5f, 2.5f};
    {
      StateStore store = StateStore::create(differentiated(), options, *device,
                                            owned.blocks(roles, Contents::kZeroed))
                             .value();
      ASSERT_TRUE(store.write(2, Role::kMaster, 0, values).is_ok());
      const uint16_t behind[] = {f32_to_bf16(8), f32_to_bf16(8)};
      ASSERT_TRUE(device->write(store.address(2, Role::kCompute), behind, sizeof(behind)).is_ok());
    }
    StateStore store =
        StateStore::create(differentiated(), options, *device, owned.blocks(roles, Contents::kKept))
            .value();
    std::vector<float> there(2);
    ASSERT_TRUE(store.read(2, Role::kCompute, 0, there).is_ok());
    EXPECT_EQ(there, values) << name;
  }
}

class ForeignBlockErrors : public testing::Test {
 protected:
  Status make(const std::vector<ForeignBlock>& blocks, const StateOptions& options = kTraining) {
    return StateStore::create(differentiated(), options, *device_, blocks).status();
  }
  void expect_refused(const Status& status, Code code, const std::string& part) {
    EXPECT_EQ(status.code(), code) << status.to_string();
    EXPECT_THAT(status.message(), HasSubstr(part));
  }
  static constexpr StateOptions kTraining{.optimizer = true};
  const std::unique_ptr<device::Device> device_ = open_device({.threads = 1}).value();
  const Owned owned_{kTraining};
};

TEST_F(ForeignBlockErrors, WhatIsKeptMustBeTheSameState) {
  const Role moments[] = {Role::kMoment1};
  expect_refused(make(owned_.blocks(moments, Contents::kKept)), Code::kFailedPrecondition,
                 "holds no state");
  ASSERT_TRUE(make(owned_.blocks(moments, Contents::kZeroed)).is_ok());
  EXPECT_TRUE(make(owned_.blocks(moments, Contents::kKept)).is_ok());
  std::vector<ForeignBlock> other = owned_.blocks(moments, Contents::kKept);
  other[0].role = Role::kMoment2;
  expect_refused(make(other), Code::kFailedPrecondition, "those of role 'moment2' holds other");
  expect_refused(
      make(owned_.blocks(moments, Contents::kKept), {.optimizer = true, .rank = 0, .ranks = 2}),
      Code::kFailedPrecondition, "holds other ones");
}

TEST_F(ForeignBlockErrors, PlacesMustFit) {
  const Role two[] = {Role::kMoment1, Role::kMoment2};
  auto blocks = owned_.blocks(two, Contents::kZeroed);
  blocks[1].memory.offset = blocks[0].memory.offset + 4096;
  expect_refused(make(blocks), Code::kInvalidArgument, "lie on each other");
  std::swap(blocks[0], blocks[1]);
  expect_refused(make(blocks), Code::kInvalidArgument, "lie on each other");
  blocks[1].role = blocks[0].role;
  expect_refused(make(blocks), Code::kInvalidArgument, "twice for role 'moment2'");
  blocks.resize(1);
  blocks[0].memory.offset = 6 * Owned::kPlaces - 4096;
  expect_refused(make(blocks), Code::kInvalidArgument, "ftruncate");
  blocks[0].role = Role::kCompute;
  expect_refused(make(blocks), Code::kInvalidArgument, "does not have");
}

}  // namespace
}  // namespace raddle::exec
