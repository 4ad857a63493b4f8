// SPDX-License-Identifier: Apache-2.0
// RankExchange: what one rank exchanges with the others in a step. Gradients and masters lie in
// windows of the communicator, so that peers read them in place; the rest goes as one short record
// a rank.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "runtime/exec/foreign_block.h"
#include "runtime/plan/state_layout.h"

namespace raddle::exec {

class RankExchange {
 public:
  // By all ranks together, before the state is made. `layout` is this rank's, which says how many
  // ranks there are; the communicator is borrowed. `losses` of the graph.
  static StatusOr<std::unique_ptr<RankExchange>> create(comm::Communicator& communicator,
                                                        const plan::StateLayout& layout,
                                                        size_t losses);

  comm::Communicator& communicator() { return communicator_; }
  // Where the state's gradients and masters are to lie.
  std::vector<ForeignBlock> blocks() const;

  // To this rank's part of the gradients the sum of all ranks'.
  Status reduce_gradients();
  // The masters that every rank has updated, to all.
  Status gather_masters();
  // Of a rank that has no micro-batch in this step.
  void clear_gradients();

  // What a rank says before the update: its sums of squares by block, its losses, and whether it
  // wants to stop after this step.
  struct Vote {
    std::span<const double> block_sums;
    std::span<double> losses;  // becomes their sum over all ranks, in their order
    bool wants_stop = false;
  };
  // `all_sums` of all ranks, rank by rank. True: somebody wants to stop.
  StatusOr<bool> vote(const Vote& mine, std::span<double> all_sums);

 private:
  RankExchange(comm::Communicator& communicator, const plan::StateLayout& layout, size_t losses);

  comm::Communicator& communicator_;
  const size_t blocks_max_, losses_;
  size_t block_begin_ = 0;  // of a role's block in its window
  std::unique_ptr<comm::Window> gradients_, masters_;
  std::vector<comm::Range> gradient_parts_, master_parts_;  // by rank
  std::vector<double> record_, records_;
};

}  // namespace raddle::exec
