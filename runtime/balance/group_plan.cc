// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/group_plan.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/balance/buckets.h"
#include "runtime/balance/falling_order.h"
#include "runtime/balance/group_division.h"
#include "runtime/base/hash.h"

namespace raddle::balance {
namespace {

// The best of what is dealt to each candidate's groups: a few of them are improved, and then sizes
// next to the best are tried while that helps. Nothing: none had room.
std::optional<Divided> divide(const Division& division) {
  constexpr size_t kImproved = 4;
  constexpr int kRounds = 6;
  std::vector<Divided> dealt;
  const auto faster = [](const Divided& a, const Divided& b) { return a.time_ps < b.time_ps; };
  for (const Degrees& degrees : candidate_degrees(division)) {
    if (auto divided = deal(division, degrees)) dealt.push_back(std::move(*divided));
  }
  if (dealt.empty()) return std::nullopt;
  std::ranges::stable_sort(dealt, faster);
  dealt.resize(std::min(dealt.size(), kImproved));
  for (Divided& divided : dealt) improve(division, &divided);
  Divided best = *std::ranges::min_element(dealt, faster);
  for (int round = 0; round < kRounds; ++round) {
    const int64_t before = best.time_ps;
    for (const Degrees& degrees : neighbours(division, Degrees(best.degrees))) {
      auto divided = deal(division, degrees);
      if (!divided) continue;
      improve(division, &*divided);
      if (faster(*divided, best)) best = std::move(*divided);
    }
    if (best.time_ps == before) break;
  }
  return best;
}

// A step in so many micro-batches.
struct Attempt {
  Cuts cuts;
  std::vector<Divided> divided;
  int64_t time_ps = 0;
};

class Planner {
 public:
  Planner(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks, int64_t capacity,
          GroupSizes sizes)
      : division_{&costs, {}, ranks, capacity, sizes} {
    for (const int32_t i : falling_order(lengths)) {
      const int64_t tokens = lengths[static_cast<size_t>(i)];
      items_.push_back({i, tokens, costs.whole_ps(tokens)});
      falling_.push_back(tokens);
    }
  }

  // Fewer micro-batches are better, but a few more can be dealt better.
  GroupPlan plan() {
    constexpr int64_t kMore = 4;
    const int64_t tokens = std::accumulate(falling_.begin(), falling_.end(), int64_t{0});
    const int64_t fewest = ceil_div(tokens, division_.ranks * division_.capacity);
    const auto most = static_cast<int64_t>(items_.size());
    for (int64_t count = fewest; count <= most; ++count) {
      attempt(count);
      attempt_equal(count);
      if (count >= fewest + kMore && !best_.cuts.empty()) break;
      // What is hard to pack may need many more.
      if (count > fewest + kMore) count = std::min(most - 1, count + count / 8);
    }
    return write();
  }

 private:
  // Cuts the step; false if a chunk is more than all ranks hold.
  bool cut(int64_t count, Cuts* cuts) const {
    *cuts = chunk_lengths(falling_, count);
    for (size_t m = 0; m + 1 < cuts->size(); ++m) {
      int64_t tokens = 0;
      for (const FlexItem& item : chunk(*cuts, m)) tokens += item.tokens;
      if (tokens > division_.ranks * division_.capacity) return false;
    }
    return true;
  }
  std::span<const FlexItem> chunk(const Cuts& cuts, size_t m) const {
    return std::span(items_).subspan(static_cast<size_t>(cuts[m]),
                                     static_cast<size_t>(cuts[m + 1] - cuts[m]));
  }

  template <class Divide>
  void attempt_with(int64_t count, const Divide& divide_one, Attempt* best) {
    Attempt made;
    if (!cut(count, &made.cuts)) return;
    for (size_t m = 0; m + 1 < made.cuts.size(); ++m) {
      division_.items = chunk(made.cuts, m);
      std::optional<Divided> divided = divide_one(division_);
      if (!divided) return;
      made.time_ps += divided->time_ps;
      made.divided.push_back(std::move(*divided));
    }
    if (best->cuts.empty() || made.time_ps < best->time_ps) *best = std::move(made);
  }

  void attempt(int64_t count) {
    attempt_with(
        count, [](const Division& division) { return divide(division); }, &best_);
  }

  // Groups that all have one size, the same in all micro-batches.
  void attempt_equal(int64_t count) {
    for (int64_t degree = 1; degree <= division_.ranks; ++degree) {
      if (division_.ranks % degree != 0) continue;
      if (division_.sizes == GroupSizes::kPowersOfTwo && (degree & (degree - 1)) != 0) continue;
      const Degrees degrees(static_cast<size_t>(division_.ranks / degree),
                            static_cast<int32_t>(degree));
      attempt_with(
          count,
          [&](const Division& division) {
            auto divided = deal(division, degrees);
            if (divided) improve(division, &*divided);
            return divided;
          },
          &equal_);
    }
  }

  GroupPlan write() {
    GroupPlan plan;
    plan.ranks = division_.ranks;
    plan.capacity = division_.capacity;
    plan.equal_groups_ps = equal_.cuts.empty() ? 0 : equal_.time_ps;
    const Attempt& chosen = !equal_.cuts.empty() && equal_.time_ps < best_.time_ps ? equal_ : best_;
    plan.micro_batches = static_cast<int64_t>(chosen.divided.size());
    plan.time_ps = chosen.time_ps;
    for (size_t m = 0; m < chosen.divided.size(); ++m) {
      write_groups(static_cast<int32_t>(m), chosen.divided[m], chunk(chosen.cuts, m), &plan);
    }
    return plan;
  }

  void write_groups(int32_t m, const Divided& divided, std::span<const FlexItem> items,
                    GroupPlan* plan) const {
    int32_t rank = 0;
    for (size_t g = 0; g < divided.degrees.size(); ++g) {
      FlexGroup group = {m, rank, divided.degrees[g], static_cast<int32_t>(plan->sequences.size()),
                         0, 0};
      rank += group.degree;
      int64_t work = 0, tokens = 0;
      for (size_t i = 0; i < items.size(); ++i) {
        if (divided.group_of[i] != static_cast<int32_t>(g)) continue;
        plan->sequences.push_back(items[i].sequence);
        ++group.count;
        work += items[i].work_ps;
        tokens += items[i].tokens;
      }
      if (group.count == 0) continue;  // ranks that have nothing to do
      group.time_ps = division_.time_ps(work, tokens, group.degree);
      plan->groups.push_back(group);
    }
  }

  Division division_;
  std::vector<FlexItem> items_;
  std::vector<int64_t> falling_;
  Attempt best_, equal_;
};

uint64_t hash_of(const CostModel& costs, const GroupPlan& plan, std::span<const int64_t> lengths) {
  StreamingHash hash;
  const uint64_t of_costs = costs.hash();
  hash.update(&of_costs, sizeof(of_costs));
  hash.update(&plan.ranks, sizeof(plan.ranks));
  hash.update(&plan.capacity, sizeof(plan.capacity));
  hash.update(lengths.data(), lengths.size_bytes());
  for (const FlexGroup& group : plan.groups) {
    for (const int64_t value : {int64_t{group.micro_batch}, int64_t{group.first_rank},
                                int64_t{group.degree}, int64_t{group.count}}) {
      hash.update(&value, sizeof(value));
    }
  }
  hash.update(plan.sequences.data(), plan.sequences.size() * sizeof(int32_t));
  return hash.digest();
}

}  // namespace

int64_t group_time_ps(const CostModel& costs, int64_t work_ps, int64_t tokens, int64_t degree) {
  return ceil_div(work_ps, degree) + costs.all_to_all.time_ps(tokens, degree) +
         costs.micro_batch_ps;
}

StatusOr<GroupPlan> plan_groups(const CostModel& costs, std::span<const int64_t> lengths,
                                int64_t ranks, int64_t capacity, GroupSizes sizes) {
  RADDLE_RETURN_IF_ERROR(check_step(costs, lengths, ranks, capacity));
  if (!costs.all_to_all.used()) {
    return invalid_argument(
        "the cost model has no all_to_all, which groups of different sizes are chosen by; give "
        "bytes_per_token and the bandwidth of groups");
  }
  const int64_t longest = *std::ranges::max_element(lengths);
  int64_t widest = ranks;
  while (sizes == GroupSizes::kPowersOfTwo && (widest & (widest - 1)) != 0) widest &= widest - 1;
  if (longest > widest * capacity) {
    return invalid_argument(
        "a sequence has {} tokens, more than the {} that the largest group of {} ranks holds with "
        "a capacity of {}; cut it, or allow groups of any size",
        longest, widest * capacity, widest, capacity);
  }
  GroupPlan plan = Planner(costs, lengths, ranks, capacity, sizes).plan();
  plan.hash = hash_of(costs, plan, lengths);
  return plan;
}

Status verify_groups(const GroupPlan& plan, std::span<const int64_t> lengths) {
  std::vector<int> placed(lengths.size(), 0);
  int32_t micro_batch = -1, next_rank = 0;
  for (const FlexGroup& group : plan.groups) {
    if (group.micro_batch != micro_batch) next_rank = 0;
    if (group.micro_batch < micro_batch || group.first_rank < next_rank || group.degree < 1 ||
        group.first_rank + group.degree > plan.ranks) {
      return internal_error("a group of micro-batch {} begins on rank {}, expected {} or more",
                            group.micro_batch, group.first_rank, next_rank);
    }
    micro_batch = group.micro_batch;
    next_rank = group.first_rank + group.degree;
    int64_t tokens = 0;
    for (int32_t i = group.first; i < group.first + group.count; ++i) {
      const auto s = static_cast<size_t>(plan.sequences[static_cast<size_t>(i)]);
      ++placed[s];
      tokens += lengths[s];
    }
    if (tokens > group.degree * plan.capacity) {
      return internal_error("a group of {} ranks has {} tokens, over the capacity of {} each",
                            group.degree, tokens, plan.capacity);
    }
  }
  const auto wrong = std::ranges::find_if(placed, [](int count) { return count != 1; });
  if (wrong == placed.end()) return Status::ok();
  return internal_error("sequence {} is placed {} times", wrong - placed.begin(), *wrong);
}

}  // namespace raddle::balance
