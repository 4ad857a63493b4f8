// SPDX-License-Identifier: Apache-2.0
// The stages of plan_hybrid, longest sequences first. Each stage takes the state that the one
// before left and adds to it:
//   choose_degrees on how many ranks each sequence is
//   place_wide     when each sequence of many ranks begins, by counting free ranks only
//   assign_ranks   which ranks it gets
//   place_narrow   sequences of few ranks, each inside a pod of ranks that are close to each other
//   place_whole    sequences of one rank: into gaps, then where there is least to do
// Internal to runtime/balance.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/balance/cost_model.h"
#include "runtime/balance/hybrid_plan.h"
#include "runtime/balance/time_heap.h"

namespace raddle::balance {

// A step to plan. A place is an index into the lengths in falling order, of equals the earlier
// first.
struct Step {
  const CostModel* costs = nullptr;
  std::vector<int32_t> order;    // place -> sequence
  std::vector<int64_t> lengths;  // by place
  int64_t ranks = 0, capacity = 0;
  int64_t pod = 0;  // ranks [k pod, (k + 1) pod) reach each other over the fastest link
  int64_t lower_bound = 0;

  // Of a sequence on so many ranks, as the stages count on it.
  int64_t time_ps(int64_t tokens, int64_t degree) const {
    const LinkClass& link = degree <= pod ? costs->links.front() : costs->links.back();
    return costs->split_ps(tokens, degree, link) + costs->micro_batch_ps;
  }
};

struct Gang {
  int32_t place = 0;
  int32_t degree = 0;
  int64_t start = 0, time = 0;
  int64_t first_rank = 0;  // into gang_ranks
  int64_t end() const { return start + time; }
};

// A rank waits for others of its group from `from` to `to`.
struct Gap {
  int32_t rank = 0;
  int64_t from = 0, to = 0;
};

// Sequences that a rank computes in one micro-batch: members[first .. first + count), places.
struct Pack {
  int32_t rank = 0;
  int64_t start = 0;
  int32_t first = 0, count = 0;
};

struct Schedule {
  std::vector<Gang> wide,
      narrow;              // to place: more ranks than a pod has, and fewer; most ranks first
  size_t first_whole = 0;  // places from here on have one rank

  std::vector<Gang> gangs;
  std::vector<int32_t> gang_ranks;
  std::vector<int64_t> clock;  // of each rank, when it has done what it has
  std::vector<Gap> gaps;
  std::vector<Pack> packs;
  std::vector<int32_t> members;
};

// How place_wide chooses. What is best depends on the few longest sequences, so several are tried.
struct Choice {
  int64_t limit_ps = 0;     // sequences get the fewest ranks that are done in this time
  bool more_ranks = false;  // and more where they then end before the limit
  uint64_t seed = 0;        // not 0: the widest get more ranks and change places at random
};

// The seeds with which place_wide does best, best first.
std::vector<uint64_t> search_seeds(const Step& step, const Choice& choice);

void choose_degrees(const Step& step, const Choice& choice, Schedule* schedule);
void place_wide(const Step& step, const Choice& choice, Schedule* schedule);
void assign_ranks(const Step& step, Schedule* schedule);
void place_narrow(const Step& step, Schedule* schedule);
void place_whole(const Step& step, Schedule* schedule);

}  // namespace raddle::balance
