// SPDX-License-Identifier: Apache-2.0
// Sequences of one rank. First the gaps in which ranks wait for others of their group are filled,
// longest gap and longest sequence first; what is left goes, longest first, to the rank that is
// done earliest. Each rank's sequences are then packed into micro-batches.
#include <algorithm>
#include <numeric>
#include <tuple>

#include "runtime/balance/schedule.h"

namespace raddle::balance {
namespace {

class WholeSequences {
 public:
  WholeSequences(const Step& step, Schedule* schedule)
      : step_(step),
        schedule_(schedule),
        first_(schedule->first_whole),
        count_(step.order.size() - first_) {
    cost_.reserve(count_);
    for (size_t i = 0; i < count_; ++i) cost_.push_back(step.costs->whole_ps(tokens(i)));
    next_.resize(count_ + 1);
    std::iota(next_.begin(), next_.end(), 0);
  }

  void fill_gaps() {
    std::vector<Gap>& gaps = schedule_->gaps;
    std::ranges::sort(gaps, [](const Gap& a, const Gap& b) {
      return std::tuple(b.to - b.from, a.rank, a.from) < std::tuple(a.to - a.from, b.rank, b.from);
    });
    for (const Gap& gap : gaps) {
      if (next_unused(0) == count_) return;
      fill(gap);
    }
  }

  // The rest, to the ranks that are done earliest; a micro-batch's own cost is paid where one is
  // begun.
  void level() {
    const auto ranks = schedule_->clock.size();
    TimeHeap heap;
    heap.reserve(ranks);
    for (size_t r = 0; r < ranks; ++r) heap.push({schedule_->clock[r], static_cast<int32_t>(r)});
    std::vector<int64_t> room(ranks, 0);
    std::vector<int32_t> owner(count_, -1);
    for (size_t i = next_unused(0); i < count_; i = next_unused(i + 1)) {
      const TimeHeap::Entry rank = heap.top();
      int64_t& left = room[static_cast<size_t>(rank.index)];
      const bool opens = tokens(i) > left;
      left = (opens ? step_.capacity : left) - tokens(i);
      owner[i] = rank.index;
      heap.replace_top(rank.time + cost_[i] + (opens ? step_.costs->micro_batch_ps : 0));
    }
    pack_by_rank(owner);
  }

 private:
  int64_t tokens(size_t i) const { return step_.lengths[first_ + i]; }

  // The first from i on that is not placed.
  size_t next_unused(size_t i) {
    size_t end = i;
    while (next_[end] != static_cast<int32_t>(end)) end = static_cast<size_t>(next_[end]);
    while (next_[i] != static_cast<int32_t>(end)) {
      const auto step = static_cast<size_t>(next_[i]);
      next_[i] = static_cast<int32_t>(end);
      i = step;
    }
    return end;
  }

  void fill(const Gap& gap) {
    int64_t now = gap.from;
    Pack pack;
    int64_t room = 0;
    while (true) {
      const bool opens = pack.count == 0;
      if (opens) room = step_.capacity;
      const int64_t time = gap.to - now - (opens ? step_.costs->micro_batch_ps : 0);
      const size_t i = largest(room, time);
      if (i == count_ && opens) return;
      if (i == count_) {  // this micro-batch is full, or the gap is
        schedule_->packs.push_back(pack);
        pack = Pack();
        continue;
      }
      if (opens) {
        pack = {gap.rank, now, static_cast<int32_t>(schedule_->members.size()), 0};
        now += step_.costs->micro_batch_ps;
      }
      schedule_->members.push_back(static_cast<int32_t>(first_ + i));
      ++pack.count;
      now += cost_[i];
      room -= tokens(i);
      next_[i] = static_cast<int32_t>(i + 1);
    }
  }

  // The longest unused sequence of at most so many tokens and so much time; costs fall with
  // lengths.
  size_t largest(int64_t room, int64_t time) {
    if (time <= 0) return count_;
    const auto by_cost =
        std::partition_point(cost_.begin(), cost_.end(), [&](int64_t cost) { return cost > time; });
    const auto begin = step_.lengths.begin() + static_cast<std::ptrdiff_t>(first_);
    const auto by_tokens =
        std::partition_point(begin, step_.lengths.end(), [&](int64_t t) { return t > room; });
    return next_unused(static_cast<size_t>(std::max(by_cost - cost_.begin(), by_tokens - begin)));
  }

  void pack_by_rank(const std::vector<int32_t>& owner) {
    const size_t ranks = schedule_->clock.size();
    std::vector<int32_t> begin(ranks + 1, 0);
    for (const int32_t rank : owner) {
      if (rank >= 0) ++begin[static_cast<size_t>(rank) + 1];
    }
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    std::vector<int32_t> own(static_cast<size_t>(begin.back()));
    std::vector<int32_t> at(begin.begin(), begin.end() - 1);
    for (size_t i = 0; i < count_; ++i) {
      if (owner[i] >= 0) {
        own[static_cast<size_t>(at[static_cast<size_t>(owner[i])]++)] = static_cast<int32_t>(i);
      }
    }
    for (size_t r = 0; r < ranks; ++r) {
      pack_rank(static_cast<int32_t>(r),
                std::span(own).subspan(static_cast<size_t>(begin[r]),
                                       static_cast<size_t>(begin[r + 1] - begin[r])));
    }
  }

  // First fit, longest first, looking at the last kOpen micro-batches only.
  void pack_rank(int32_t rank, std::span<const int32_t> own) {
    constexpr size_t kOpen = 32;
    rooms_.clear();
    bin_.assign(own.size(), 0);
    for (size_t k = 0; k < own.size(); ++k) {
      const int64_t wanted = tokens(static_cast<size_t>(own[k]));
      size_t bin = rooms_.size() > kOpen ? rooms_.size() - kOpen : 0;
      while (bin < rooms_.size() && rooms_[bin] < wanted) ++bin;
      if (bin == rooms_.size()) rooms_.push_back(step_.capacity);
      rooms_[bin] -= wanted;
      bin_[k] = static_cast<int32_t>(bin);
    }
    std::vector<int32_t>& members = schedule_->members;
    const auto first = static_cast<int32_t>(members.size());
    std::vector<int32_t> begin(rooms_.size() + 1, 0);
    for (const int32_t bin : bin_) ++begin[static_cast<size_t>(bin) + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    int64_t& clock = schedule_->clock[static_cast<size_t>(rank)];
    const size_t first_pack = schedule_->packs.size();
    for (size_t bin = 0; bin < rooms_.size(); ++bin) {
      schedule_->packs.push_back({rank, 0, first + begin[bin], begin[bin + 1] - begin[bin]});
    }
    members.resize(members.size() + own.size());
    std::vector<int64_t> time(rooms_.size(), step_.costs->micro_batch_ps);
    for (size_t k = 0; k < own.size(); ++k) {
      const auto bin = static_cast<size_t>(bin_[k]);
      members[static_cast<size_t>(first + begin[bin]++)] = static_cast<int32_t>(first_) + own[k];
      time[bin] += cost_[static_cast<size_t>(own[k])];
    }
    for (size_t bin = 0; bin < rooms_.size(); ++bin) {
      schedule_->packs[first_pack + bin].start = clock;
      clock += time[bin];
    }
  }

  const Step& step_;
  Schedule* schedule_;
  size_t first_, count_;       // sorted places of the sequences that are whole
  std::vector<int64_t> cost_;  // falling
  std::vector<int32_t> next_;  // i, or what to look at instead when i is placed
  std::vector<int64_t> rooms_;
  std::vector<int32_t> bin_;
};

}  // namespace

void place_whole(const Step& step, Schedule* schedule) {
  WholeSequences sequences(step, schedule);
  sequences.fill_gaps();
  sequences.level();
}

}  // namespace raddle::balance
