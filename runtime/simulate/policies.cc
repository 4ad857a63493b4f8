// SPDX-License-Identifier: Apache-2.0
#include "runtime/simulate/policies.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include "runtime/balance/group_plan.h"
#include "runtime/balance/hybrid.h"

namespace raddle::simulate {
namespace {

using Pack = std::vector<int64_t>;

// Packs of `size` tokens, all of them full but the last.
std::vector<Pack> pack_in_order(std::span<const int64_t> lengths, int64_t size) {
  std::vector<Pack> packs(1);
  int64_t room = size;
  for (int64_t left : lengths) {
    while (left > 0) {
      if (room == 0) {
        packs.emplace_back();
        room = size;
      }
      const int64_t piece = std::min(left, room);
      packs.back().push_back(piece);
      left -= piece;
      room -= piece;
    }
  }
  return packs;
}

// Each into the pack that it fills best, or a new one.
std::vector<Pack> pack_best_fit(std::span<const int64_t> lengths, int64_t size) {
  std::vector<Pack> packs;
  std::multimap<int64_t, size_t> by_room;
  for (const int64_t length : lengths) {
    const auto best = by_room.lower_bound(length);
    size_t index = packs.size();
    int64_t room = size;
    if (best == by_room.end()) {
      packs.emplace_back();
    } else {
      room = best->first;
      index = best->second;
      by_room.erase(best);
    }
    packs[index].push_back(length);
    if (room > length) by_room.emplace(room - length, index);
  }
  return packs;
}

int64_t total(std::span<const int64_t> lengths) {
  return std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
}

ItemTime time_of(const Placing& placing, std::span<const int64_t> lengths,
                 std::span<const int32_t> ranks) {
  const auto degree = static_cast<int64_t>(ranks.size());
  return ring_time(*placing.profile, lengths, degree, placing.profile->costs.link_of(ranks));
}

// Walks the micro-batches of a plan so that each rank's come in its order: up to a group on all its
// ranks, then the group.
class PlanWalk {
 public:
  PlanWalk(const Placing& placing, const balance::HybridPlan& plan)
      : placing_(placing), plan_(plan), next_(plan.rank_begin.begin(), plan.rank_begin.end() - 1) {
    work_.ranks = plan.ranks;
    work_.micro_batches = plan.micro_batches();
    work_.kv_bytes = plan.kv_bytes;
  }

  Work walk() {
    for (size_t i = 0; i < plan_.groups.size(); ++i) run_group(static_cast<int32_t>(i));
    for (int32_t rank = 0; rank < plan_.ranks; ++rank) advance_to(rank, -1);
    return std::move(work_);
  }

 private:
  void run_group(int32_t index) {
    const balance::Group& group = plan_.groups[static_cast<size_t>(index)];
    const auto ranks = plan_.ranks_of(group);
    for (const int32_t rank : ranks) advance_to(rank, index);
    const int64_t length = placing_.lengths[static_cast<size_t>(group.sequence)];
    work_.add(ranks, time_of(placing_, std::span(&length, 1), ranks));
    // Whole sequences in the same micro-batch, whose cost the group has paid.
    for (const int32_t rank : ranks) add_whole(rank, next_[static_cast<size_t>(rank)]++, true);
  }

  void advance_to(int32_t rank, int32_t group) {
    const auto r = static_cast<size_t>(rank);
    while (next_[r] < plan_.rank_begin[r + 1] && !holds_group(next_[r], group)) {
      add_whole(rank, next_[r]++, false);
    }
  }

  bool holds_group(int32_t micro_batch, int32_t group) const {
    return group >= 0 &&
           std::ranges::any_of(plan_.pieces_of(micro_batch),
                               [&](const balance::Piece& p) { return p.group == group; });
  }

  void add_whole(int32_t rank, int32_t micro_batch, bool paid) {
    whole_.clear();
    for (const balance::Piece& piece : plan_.pieces_of(micro_batch)) {
      if (piece.group < 0) {
        whole_.push_back(placing_.lengths[static_cast<size_t>(piece.sequence)]);
      }
    }
    if (whole_.empty()) return;
    ItemTime time = time_of(placing_, whole_, std::span(&rank, 1));
    if (paid) time.compute_ps -= micro_batch_ps(*placing_.profile);
    work_.add(rank, time);
  }

  const Placing& placing_;
  const balance::HybridPlan& plan_;
  std::vector<int32_t> next_;
  Pack whole_;
  Work work_;
};

}  // namespace

Work static_mesh(const Placing& placing) {
  const Profile& profile = *placing.profile;
  const int64_t degree =
      balance::static_degree(std::span(&placing.context, 1), placing.ranks, placing.capacity);
  const auto packs = pack_in_order(placing.lengths, degree * placing.capacity);
  Work work;
  work.ranks = placing.ranks;
  work.micro_batches = static_cast<int64_t>(packs.size()) * degree;
  std::vector<int32_t> ranks(static_cast<size_t>(degree));
  for (size_t i = 0; i < packs.size(); ++i) {
    const int64_t group = static_cast<int64_t>(i) % (placing.ranks / degree);
    std::iota(ranks.begin(), ranks.end(), static_cast<int32_t>(group * degree));
    if (profile.exchanges_heads()) {
      work.add(ranks, all_to_all_time(profile, packs[i], degree));
      continue;
    }
    const balance::LinkClass& link = profile.static_link && degree > profile.costs.links[0].ranks
                                         ? *profile.static_link
                                         : profile.costs.link_of(ranks);
    work.add(ranks, ring_time(profile, packs[i], degree, link));
    work.kv_bytes += total(packs[i]) * (degree - 1) * profile.costs.kv_bytes_per_token;
  }
  return work;
}

Work naive_hybrid(const Placing& placing) {
  Work work;
  work.ranks = placing.ranks;
  int64_t next = 0;
  std::vector<int32_t> ranks;
  const auto give = [&](std::span<const int64_t> lengths, int64_t degree) {
    ranks.clear();
    for (int64_t i = 0; i < degree; ++i) {
      ranks.push_back(static_cast<int32_t>(next++ % placing.ranks));
    }
    work.add(ranks, time_of(placing, lengths, ranks));
    work.micro_batches += degree;
    work.kv_bytes += total(lengths) * (degree - 1) * placing.profile->costs.kv_bytes_per_token;
  };
  std::vector<int64_t> small;
  for (const int64_t& length : placing.lengths) {
    const int64_t degree = balance::ceil_div(length, placing.capacity);
    if (degree == 1) {
      small.push_back(length);
    } else {
      give(std::span(&length, 1), degree);
    }
  }
  for (const Pack& pack : pack_best_fit(small, placing.capacity)) give(pack, 1);
  return work;
}

StatusOr<Work> balanced_hybrid(const Placing& placing) {
  RADDLE_ASSIGN_OR_RETURN(const balance::HybridPlan plan,
                          balance::plan_hybrid(placing.profile->costs, placing.lengths,
                                               placing.ranks, placing.capacity));
  return PlanWalk(placing, plan).walk();
}

StatusOr<Work> flexible_groups(const Placing& placing) {
  RADDLE_ASSIGN_OR_RETURN(
      const balance::GroupPlan plan,
      balance::plan_groups(placing.profile->costs, placing.lengths, placing.ranks, placing.capacity,
                           balance::GroupSizes::kPowersOfTwo));
  Work work;
  work.ranks = plan.ranks;
  std::vector<int32_t> all(static_cast<size_t>(plan.ranks));
  std::iota(all.begin(), all.end(), 0);
  Pack lengths;
  int32_t micro_batch = 0;
  for (const balance::FlexGroup& group : plan.groups) {
    if (group.micro_batch != micro_batch) work.add(all, ItemTime());
    micro_batch = group.micro_batch;
    lengths.clear();
    for (int32_t i = group.first; i < group.first + group.count; ++i) {
      const auto sequence = static_cast<size_t>(plan.sequences[static_cast<size_t>(i)]);
      lengths.push_back(placing.lengths[sequence]);
    }
    const std::span ranks = std::span(all).subspan(static_cast<size_t>(group.first_rank),
                                                   static_cast<size_t>(group.degree));
    work.add(ranks, all_to_all_time(*placing.profile, lengths, group.degree));
    work.micro_batches += group.degree;
  }
  return work;
}

}  // namespace raddle::simulate
