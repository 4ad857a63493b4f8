// SPDX-License-Identifier: Apache-2.0
// Gives the sequences of place_wide their ranks. They are walked in the order of their starts; free
// ranks are kept as runs of neighbours that became free at the same time. The last that became free
// go first: so few ranks wait long rather than many a little, and a long gap is of use to others.
#include <algorithm>
#include <tuple>

#include "runtime/balance/schedule.h"

namespace raddle::balance {
namespace {

struct Run {
  int64_t since;
  int32_t first, count;
};

class FreePool {
 public:
  FreePool(const Step& step, Schedule* schedule) : schedule_(schedule) {
    runs_.push_back({0, 0, static_cast<int32_t>(step.ranks)});
    held_.resize(schedule->gangs.size());
    schedule->clock.assign(static_cast<size_t>(step.ranks), 0);
  }

  void begin(size_t index) {
    Gang& gang = schedule_->gangs[index];
    while (!ends_.empty() && ends_.top().time <= gang.start) {
      const auto ended = static_cast<size_t>(ends_.top().index);
      for (Run& run : held_[ended]) runs_.push_back({ends_.top().time, run.first, run.count});
      ends_.pop();
    }
    gang.first_rank = static_cast<int64_t>(schedule_->gang_ranks.size());
    for (int32_t wanted = gang.degree; wanted > 0;) {
      RADDLE_ASSERT(!runs_.empty());
      Run& run = runs_.back();
      const int32_t taken = std::min(wanted, run.count);
      hold(index, {run.since, run.first, taken});
      run.first += taken;
      run.count -= taken;
      if (run.count == 0) runs_.pop_back();
      wanted -= taken;
    }
    ends_.push({gang.end(), static_cast<int32_t>(index)});
  }

 private:
  void hold(size_t index, const Run& run) {
    const Gang& gang = schedule_->gangs[index];
    held_[index].push_back(run);
    for (int32_t rank = run.first; rank < run.first + run.count; ++rank) {
      schedule_->gang_ranks.push_back(rank);
      schedule_->clock[static_cast<size_t>(rank)] = gang.end();
      if (run.since < gang.start) schedule_->gaps.push_back({rank, run.since, gang.start});
    }
  }

  Schedule* schedule_;
  std::vector<Run> runs_;  // the last that became free last
  std::vector<std::vector<Run>> held_;
  TimeHeap ends_;
};

}  // namespace

void assign_ranks(const Step& step, Schedule* schedule) {
  std::ranges::sort(schedule->gangs, [](const Gang& a, const Gang& b) {
    return std::tuple(a.start, a.place) < std::tuple(b.start, b.place);
  });
  FreePool pool(step, schedule);
  for (size_t i = 0; i < schedule->gangs.size(); ++i) pool.begin(i);
}

}  // namespace raddle::balance
