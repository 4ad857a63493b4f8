// SPDX-License-Identifier: Apache-2.0
// The events of a step: items, each a micro-batch on one rank or on the ranks of a group, and what
// every rank's clock says when all are done.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/simulate/layer_time.h"

namespace raddle::simulate {

struct Item {
  int64_t first_rank = 0;  // into Work::item_ranks
  int32_t degree = 1;
  ItemTime time;
};

// Each rank runs its items in the order of the list.
struct Work {
  int64_t ranks = 0;
  std::vector<Item> items;
  std::vector<int32_t> item_ranks;
  int64_t micro_batches = 0;  // counted on each rank
  int64_t kv_bytes = 0;       // rings only: of one layer's forward pass

  void add(std::span<const int32_t> ranks, const ItemTime& time);
  void add(int32_t rank, const ItemTime& time) { add(std::span(&rank, 1), time); }
};

struct RankTimes {
  int64_t clock_ps = 0;  // when it has done all its items
  int64_t compute_ps = 0, exposed_ps = 0, transfer_bound_ps = 0;
  int64_t waiting_ps = 0;  // for other ranks of a group; what is left at the end not counted
};

// An item begins when the last of its ranks gets there, and ends on all at once.
std::vector<RankTimes> run(const Work& work);

}  // namespace raddle::simulate
