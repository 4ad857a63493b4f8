// SPDX-License-Identifier: Apache-2.0
// Sequences that fit into a pod: ranks that reach each other over the fastest link. Most ranks
// first, each to the pod in which so many are free the earliest.
#include <algorithm>

#include "runtime/balance/schedule.h"

namespace raddle::balance {
namespace {

class Pods {
 public:
  Pods(const Step& step, Schedule* schedule) : step_(step), schedule_(schedule) {
    const auto pods = static_cast<size_t>(ceil_div(step.ranks, step.pod));
    by_clock_.resize(static_cast<size_t>(step.ranks));
    for (size_t i = 0; i < by_clock_.size(); ++i) by_clock_[i] = static_cast<int32_t>(i);
    for (size_t pod = 0; pod < pods; ++pod) sort(ranks_of(pod));
  }

  // For all sequences of one degree.
  void open(int64_t degree) {
    heap_ = TimeHeap();
    const auto pods = static_cast<size_t>(ceil_div(step_.ranks, step_.pod));
    for (size_t pod = 0; pod < pods; ++pod) {
      const auto ranks = ranks_of(pod);
      if (static_cast<int64_t>(ranks.size()) < degree) continue;
      heap_.push({clock(ranks[static_cast<size_t>(degree) - 1]), static_cast<int32_t>(pod)});
    }
  }

  void place(Gang gang) {
    const auto ranks = ranks_of(static_cast<size_t>(heap_.top().index));
    const auto degree = static_cast<size_t>(gang.degree);
    gang.start = heap_.top().time;
    gang.first_rank = static_cast<int64_t>(schedule_->gang_ranks.size());
    for (const int32_t rank : ranks.first(degree)) {
      if (clock(rank) < gang.start) schedule_->gaps.push_back({rank, clock(rank), gang.start});
      clock(rank) = gang.end();
      schedule_->gang_ranks.push_back(rank);
    }
    schedule_->gangs.push_back(gang);
    sort(ranks);
    heap_.replace_top(clock(ranks[degree - 1]));
  }

 private:
  std::span<int32_t> ranks_of(size_t pod) {
    const size_t first = pod * static_cast<size_t>(step_.pod);
    return std::span(by_clock_).subspan(
        first, std::min(static_cast<size_t>(step_.pod), by_clock_.size() - first));
  }
  int64_t& clock(int32_t rank) { return schedule_->clock[static_cast<size_t>(rank)]; }
  void sort(std::span<int32_t> ranks) {
    std::ranges::sort(ranks, [&](int32_t a, int32_t b) {
      return clock(a) != clock(b) ? clock(a) < clock(b) : a < b;
    });
  }

  const Step& step_;
  Schedule* schedule_;
  std::vector<int32_t> by_clock_;  // the ranks of each pod, least clock first
  TimeHeap heap_;                  // pods by the clock at which enough ranks are free
};

}  // namespace

void place_narrow(const Step& step, Schedule* schedule) {
  Pods pods(step, schedule);
  int32_t degree = 0;
  for (Gang gang : schedule->narrow) {
    if (gang.degree != degree) pods.open(gang.degree);
    degree = gang.degree;
    gang.time = step.time_ps(step.lengths[static_cast<size_t>(gang.place)], degree);
    pods.place(gang);
  }
}

}  // namespace raddle::balance
