// SPDX-License-Identifier: Apache-2.0
// The parts of all ranks together are the attention of the whole sequence.
#include "tests/cts/kernels/attention_ring.h"

#include <cmath>

namespace raddle::test {
namespace {

std::vector<RingKernels> ring_kernels() {
  std::vector<RingKernels> all;
  const auto parts = kernels::attention_part_kernels();
  for (size_t i = 0; i < parts.size(); ++i) {
    all.push_back({parts[i], kernels::attention_dots_kernels()[i],
                   kernels::attention_part_grad_kernels()[i]});
  }
  return all;
}

// By the reference of the whole.
AttentionGradProblem solved(const Case& c) {
  AttentionGradProblem whole(c);
  KernelRunner runner(1);
  EXPECT_TRUE(runner.run(*kernels::attention_grad_kernels().back(), whole.args()).is_ok());
  return whole;
}

struct Errors {
  double out, lse, dqkv;
};

Errors errors_of(AttentionGradProblem* whole, int64_t degree, const RingKernels& kernels,
                 const RingMutation& mutation = {}) {
  AttentionRing ring(whole, degree, kernels, mutation);
  ring.forward();
  ring.backward();
  return {relative_error(ring.out(), whole->forward.out),
          relative_error(ring.lse(), whole->forward.lse), relative_error(ring.dqkv(), whole->dqkv)};
}

TEST(AttentionRing, OfAllRanksIsTheWhole) {
  for (const Case& c : read_cases(RADDLE_SOURCE_DIR, "kernels/attention_ring.cases")) {
    AttentionGradProblem whole = solved(c);
    for (const int64_t target : runnable_vector_targets()) {
      const VectorTarget restricted(target);
      for (const RingKernels& kernels : ring_kernels()) {
        SCOPED_TRACE(c.line() + " " + std::string(kernels.part->name) + " on " +
                     hwy::TargetName(target));
        const Errors errors = errors_of(&whole, c.integer("degree"), kernels);
        EXPECT_LE(errors.out, c.number("tol"));
        EXPECT_LE(errors.lse, c.number("tol"));
        EXPECT_LE(errors.dqkv, c.number("grad_tol"));
      }
    }
  }
}

TEST(AttentionRing, SameBitsOnAnyNumberOfThreads) {
  AttentionGradProblem whole(Case("lengths=700 heads=4 kv_heads=2 head_dim=24"));
  std::vector<Floats> first;
  for (const int threads : {1, 2, 3}) {
    AttentionRing ring(&whole, 2, ring_kernels().front(), {}, threads);
    ring.forward();
    ring.backward();
    const std::vector<Floats> results = {ring.out(), ring.lse(), ring.dqkv()};
    if (first.empty()) first = results;
    for (size_t i = 0; i < results.size(); ++i) EXPECT_TRUE(same_bits(results[i], first[i])) << i;
  }
}

TEST(AttentionRing, ReferenceGradientIsTheDerivative) {
  for (const char* line :
       {"lengths=7 heads=4 kv_heads=2 head_dim=3", "lengths=5 heads=2 head_dim=3 causal=0"}) {
    SCOPED_TRACE(line);
    AttentionGradProblem whole{Case(line)};
    AttentionRing ring(&whole, 2, ring_kernels().back());
    ring.forward();
    ring.backward();
    const Floats gradient = ring.dqkv();
    expect_gradient(
        whole.forward.qkv, gradient,
        [&] {
          ring.forward();
          return weighted_sum(ring.out(), whole.dout);
        },
        3e-3);
  }
}

void drop(balance::RingHop* hop, auto&& unwanted) {
  balance::RingHop kept = *hop;
  kept.count = 0;
  for (const balance::ChunkPair& pair : hop->pairs()) {
    if (!unwanted(pair)) kept.list[static_cast<size_t>(kept.count++)] = pair;
  }
  *hop = kept;
}

// Both must be wrong by far more than any rounding; NaN is.
void expect_wrong(const char* what, const RingMutation& mutation, bool also_out) {
  AttentionGradProblem whole = solved(Case("lengths=101 heads=4 kv_heads=2 head_dim=20"));
  for (const RingKernels& kernels : ring_kernels()) {
    SCOPED_TRACE(std::string(what) + " " + std::string(kernels.part->name));
    const Errors errors = errors_of(&whole, 3, kernels, mutation);
    EXPECT_FALSE(errors.dqkv <= 1e-2) << errors.dqkv;
    EXPECT_FALSE(also_out && errors.out <= 1e-2) << errors.out;
  }
}

TEST(AttentionRing, MistakesShow) {
  using balance::ChunkPair;
  using balance::RingHop;
  RingMutation no_diagonal, last_wins, wrong_keys, late_gradient, backwards, astray;
  no_diagonal.hop = [](RingHop* hop, int64_t) {
    drop(hop, [](const ChunkPair& pair) { return pair.diagonal && pair.query_chunk > 0; });
  };
  expect_wrong("a dropped diagonal", no_diagonal, true);
  last_wins.hop = [](RingHop* hop, int64_t) {
    for (ChunkPair& pair : hop->list) pair.opens_query = true;
  };
  expect_wrong("overwriting instead of merging", last_wins, true);
  backwards.hops_backwards = true;
  expect_wrong("hops in the wrong order", backwards, true);
  wrong_keys.hop = [](RingHop* hop, int64_t number) {
    if (number == 0) return;
    for (ChunkPair& pair : hop->list) pair.key_chunk = 5 - pair.key_chunk;
  };
  expect_wrong("the other chunk of the keys", wrong_keys, true);
  late_gradient.hop = [](RingHop* hop, int64_t) {
    for (ChunkPair& pair : hop->list) pair.opens_key = true;
  };
  expect_wrong("overwriting gradients of keys", late_gradient, false);
  astray.gradients_astray = true;
  expect_wrong("gradients of keys at another rank", astray, false);
}

}  // namespace
}  // namespace raddle::test
