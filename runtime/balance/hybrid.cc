// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/hybrid.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <utility>

#include "runtime/balance/falling_order.h"
#include "runtime/balance/schedule.h"

namespace raddle::balance {
namespace {

// Many ranks in a pod make choosing them slow: a part of what the fastest link reaches will do.
int64_t pod_ranks(const CostModel& costs) {
  constexpr int64_t kAlike = 8, kMost = 64;
  const int64_t near = costs.links.front().ranks;
  if (near == 0) return kAlike;
  int64_t pod = std::min(near, kMost);
  while (near % pod != 0) --pod;
  return pod;
}

Step make_step(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
               int64_t capacity) {
  Step step;
  step.costs = &costs;
  step.ranks = ranks;
  step.capacity = capacity;
  step.order = falling_order(lengths);
  step.lengths.reserve(lengths.size());
  for (const int32_t i : step.order) step.lengths.push_back(lengths[static_cast<size_t>(i)]);
  step.pod = pod_ranks(costs);
  step.lower_bound = lower_bound_ps(costs, lengths, ranks, capacity);
  return step;
}

Schedule make_schedule(const Step& step, const Choice& choice) {
  Schedule schedule;
  schedule.clock.assign(static_cast<size_t>(step.ranks), 0);
  choose_degrees(step, choice, &schedule);
  place_wide(step, choice, &schedule);
  assign_ranks(step, &schedule);
  place_narrow(step, &schedule);
  place_whole(step, &schedule);
  return schedule;
}

// A micro-batch on its rank: a part of a group, or a pack.
struct Slot {
  int64_t start;
  int32_t group, part, pack;
};

class PlanWriter {
 public:
  PlanWriter(const Step& step, Schedule* schedule) : step_(step), schedule_(schedule) {}

  HybridPlan write() {
    plan_.ranks = step_.ranks;
    plan_.capacity = step_.capacity;
    std::ranges::sort(schedule_->gangs, [](const Gang& a, const Gang& b) {
      return std::tuple(a.start, a.place) < std::tuple(b.start, b.place);
    });
    count_slots();
    add_groups();
    add_packs();
    add_pieces();
    return std::move(plan_);
  }

 private:
  void count_slots() {
    plan_.rank_begin.assign(static_cast<size_t>(step_.ranks) + 1, 0);
    for (const int32_t rank : schedule_->gang_ranks)
      ++plan_.rank_begin[static_cast<size_t>(rank) + 1];
    for (const Pack& pack : schedule_->packs)
      ++plan_.rank_begin[static_cast<size_t>(pack.rank) + 1];
    std::partial_sum(plan_.rank_begin.begin(), plan_.rank_begin.end(), plan_.rank_begin.begin());
    at_.assign(plan_.rank_begin.begin(), plan_.rank_begin.end() - 1);
    slots_.resize(static_cast<size_t>(plan_.rank_begin.back()));
  }
  void add_slot(int32_t rank, const Slot& slot) {
    slots_[static_cast<size_t>(at_[static_cast<size_t>(rank)]++)] = slot;
  }
  void add_groups() {
    plan_.groups.reserve(schedule_->gangs.size());
    plan_.group_ranks.reserve(schedule_->gang_ranks.size());
    for (const Gang& gang : schedule_->gangs) {
      const auto index = static_cast<int32_t>(plan_.groups.size());
      plan_.groups.push_back({step_.order[static_cast<size_t>(gang.place)], gang.degree,
                              static_cast<int64_t>(plan_.group_ranks.size())});
      for (int32_t part = 0; part < gang.degree; ++part) {
        const int32_t rank =
            schedule_->gang_ranks[static_cast<size_t>(gang.first_rank) + static_cast<size_t>(part)];
        plan_.group_ranks.push_back(rank);
        add_slot(rank, {gang.start, index, part, -1});
      }
    }
  }
  void add_packs() {
    for (size_t i = 0; i < schedule_->packs.size(); ++i) {
      const Pack& pack = schedule_->packs[i];
      add_slot(pack.rank, {pack.start, -1, 0, static_cast<int32_t>(i)});
    }
  }
  void add_pieces() {
    plan_.micro_batch_begin.reserve(slots_.size() + 1);
    plan_.micro_batch_begin.push_back(0);
    plan_.pieces.reserve(schedule_->gang_ranks.size() + schedule_->members.size());
    for (size_t r = 0; r < static_cast<size_t>(step_.ranks); ++r) {
      const auto own = std::span(slots_).subspan(
          static_cast<size_t>(plan_.rank_begin[r]),
          static_cast<size_t>(plan_.rank_begin[r + 1] - plan_.rank_begin[r]));
      std::ranges::sort(own, {}, &Slot::start);  // no two begin at once: all take time
      for (const Slot& slot : own) {
        add_pieces_of(slot);
        plan_.micro_batch_begin.push_back(static_cast<int32_t>(plan_.pieces.size()));
      }
    }
  }
  void add_pieces_of(const Slot& slot) {
    if (slot.group >= 0) {
      plan_.pieces.push_back(
          {plan_.groups[static_cast<size_t>(slot.group)].sequence, slot.group, slot.part});
      return;
    }
    const Pack& pack = schedule_->packs[static_cast<size_t>(slot.pack)];
    for (int32_t k = 0; k < pack.count; ++k) {
      const int32_t place = schedule_->members[static_cast<size_t>(pack.first + k)];
      plan_.pieces.push_back({step_.order[static_cast<size_t>(place)], -1, 0});
    }
  }

  const Step& step_;
  Schedule* schedule_;
  HybridPlan plan_;
  std::vector<int32_t> at_;
  std::vector<Slot> slots_;
};

// Keeps the best of the schedules that it makes.
class Search {
 public:
  explicit Search(const Step& step) : step_(step) {}

  // True: close enough to the bound.
  bool attempt(const Choice& choice) {
    Schedule schedule = make_schedule(step_, choice);
    const int64_t time = *std::ranges::max_element(schedule.clock);
    if (best_time_ < 0 || time < best_time_) {
      best_ = std::move(schedule);
      best_time_ = time;
    }
    return best_time_ <= step_.lower_bound + step_.lower_bound / 256;
  }
  Schedule take() { return std::move(best_); }

 private:
  const Step& step_;
  Schedule best_;
  int64_t best_time_ = -1;
};

// What is best depends on the few longest sequences. Fewer schedules are tried for larger steps,
// which are easier; the first is nearly always good enough for them.
Schedule best_schedule(const Step& step) {
  const int64_t bound = step.lower_bound;
  Search search(step);
  const std::array<Choice, 8> choices = {{{bound + bound / 512, false},
                                          {bound + bound / 512, true},
                                          {bound + bound / 64, true},
                                          {bound + bound / 32, true},
                                          {bound + bound / 16, true},
                                          {bound - bound / 3, true},
                                          {bound - bound / 2, true},
                                          {bound + bound / 8, true}}};
  const int64_t size = static_cast<int64_t>(step.order.size()) + 4 * step.ranks;
  const auto tries = static_cast<size_t>(std::clamp<int64_t>(100'000 / size, 2, 8));
  for (size_t i = 0; i < tries; ++i) {
    if (search.attempt(choices[i])) return search.take();
  }
  for (const int64_t slack : {bound / 128, bound / 32}) {
    Choice choice = {bound + slack, true};
    for (const uint64_t seed : search_seeds(step, choice)) {
      choice.seed = seed;
      if (search.attempt(choice)) return search.take();
    }
  }
  return search.take();
}

}  // namespace

StatusOr<HybridPlan> plan_hybrid(const CostModel& costs, std::span<const int64_t> lengths,
                                 int64_t ranks, int64_t capacity) {
  RADDLE_RETURN_IF_ERROR(check_step(costs, lengths, ranks, capacity));
  const Step step = make_step(costs, lengths, ranks, capacity);
  Schedule schedule = best_schedule(step);
  HybridPlan plan = PlanWriter(step, &schedule).write();
  plan.lower_bound_ps = step.lower_bound;
  plan.makespan_ps = makespan_ps(costs, plan, lengths);
  plan.kv_bytes = kv_bytes(costs, plan, lengths);
  plan.static_kv_bytes = static_kv_bytes(costs, lengths, ranks, capacity);
  plan.hash = plan_hash(costs, plan, lengths);
  return plan;
}

}  // namespace raddle::balance
