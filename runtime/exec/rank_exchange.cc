// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/rank_exchange.h"

#include <algorithm>
#include <cstring>

namespace raddle::exec {

using plan::Role;

RankExchange::RankExchange(comm::Communicator& communicator, const plan::StateLayout& layout,
                           size_t losses)
    : communicator_(communicator),
      blocks_max_(static_cast<size_t>(layout.update_blocks_max())),
      losses_(losses),
      block_begin_(foreign_header_bytes(layout)) {
  const auto ranks = static_cast<size_t>(communicator.size());
  for (int64_t rank = 0; rank < communicator.size(); ++rank) {
    const auto in_window = [&](Role role) {
      const plan::StateLayout::Part part = layout.part_of(role, rank);
      return comm::Range{block_begin_ + part.begin, block_begin_ + part.end};
    };
    gradient_parts_.push_back(in_window(Role::kGradient));
    master_parts_.push_back(in_window(Role::kMaster));
  }
  record_.resize(blocks_max_ + losses_ + 1);
  records_.resize(record_.size() * ranks);
}

StatusOr<std::unique_ptr<RankExchange>> RankExchange::create(comm::Communicator& communicator,
                                                             const plan::StateLayout& layout,
                                                             size_t losses) {
  RADDLE_ASSERT(layout.options().ranks == communicator.size() &&
                layout.options().rank == communicator.rank());
  std::unique_ptr<RankExchange> made(new RankExchange(communicator, layout, losses));
  RADDLE_RETURN_IF_ERROR(communicator.reserve(made->record_.size() * sizeof(double)));
  RADDLE_ASSIGN_OR_RETURN(made->gradients_,
                          communicator.make_window(foreign_block_bytes(layout, Role::kGradient)));
  RADDLE_ASSIGN_OR_RETURN(made->masters_,
                          communicator.make_window(foreign_block_bytes(layout, Role::kMaster)));
  if (made->gradients_->fd() >= 0 && made->masters_->fd() >= 0) return made;
  return unimplemented("the transport {} has no windows that a state can lie in",
                       communicator.transport_name());
}

std::vector<ForeignBlock> RankExchange::blocks() const {
  // Both are new, and so zeroed; but for the header there is nothing to keep.
  return {{Role::kGradient, {gradients_->fd(), 0}, device::Contents::kZeroed},
          {Role::kMaster, {masters_->fd(), 0}, device::Contents::kZeroed}};
}

Status RankExchange::reduce_gradients() {
  return communicator_.reduce_scatter(communicator_.world(), comm::Element::kF32, *gradients_,
                                      gradient_parts_);
}

Status RankExchange::gather_masters() {
  return communicator_.all_gather(communicator_.world(), *masters_, master_parts_);
}

void RankExchange::clear_gradients() {
  std::memset(gradients_->address() + block_begin_, 0, gradients_->bytes() - block_begin_);
}

StatusOr<bool> RankExchange::vote(const Vote& mine, std::span<double> all_sums) {
  RADDLE_ASSERT(mine.block_sums.size() == blocks_max_ && mine.losses.size() == losses_);
  RADDLE_ASSERT(all_sums.size() * record_.size() == blocks_max_ * records_.size());
  const auto losses_at = static_cast<std::ptrdiff_t>(blocks_max_);
  std::copy(mine.block_sums.begin(), mine.block_sums.end(), record_.begin());
  std::copy(mine.losses.begin(), mine.losses.end(), record_.begin() + losses_at);
  record_.back() = mine.wants_stop ? 1 : 0;
  RADDLE_RETURN_IF_ERROR(communicator_.gather(communicator_.world(),
                                              std::as_bytes(std::span(record_)),
                                              std::as_writable_bytes(std::span(records_))));
  std::fill(mine.losses.begin(), mine.losses.end(), 0.0);
  bool stop = false;
  for (size_t at = 0, rank = 0; at < records_.size(); at += record_.size(), ++rank) {
    const std::span<const double> record(records_.data() + at, record_.size());
    std::copy_n(record.begin(), blocks_max_,
                all_sums.begin() + static_cast<std::ptrdiff_t>(rank * blocks_max_));
    for (size_t loss = 0; loss < losses_; ++loss) mine.losses[loss] += record[blocks_max_ + loss];
    stop = stop || record.back() != 0;
  }
  return stop;
}

}  // namespace raddle::exec
