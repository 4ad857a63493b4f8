// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "runtime/balance/hybrid_plan.h"

namespace raddle::balance {
namespace {

Status check_shape(const HybridPlan& plan) {
  const auto ascending = [](const std::vector<int32_t>& offsets, size_t end) {
    return !offsets.empty() && offsets.front() == 0 && std::ranges::is_sorted(offsets) &&
           static_cast<size_t>(offsets.back()) == end;
  };
  if (plan.rank_begin.size() != static_cast<size_t>(plan.ranks) + 1 ||
      plan.micro_batch_begin.empty() ||
      !ascending(plan.rank_begin, plan.micro_batch_begin.size() - 1) ||
      !ascending(plan.micro_batch_begin, plan.pieces.size())) {
    return internal_error("the plan's offsets do not fit its lists");
  }
  return Status::ok();
}

Status check_groups(const HybridPlan& plan, std::span<const int64_t> lengths) {
  std::vector<int32_t> seen(static_cast<size_t>(plan.ranks), -1);
  for (size_t i = 0; i < plan.groups.size(); ++i) {
    const Group& group = plan.groups[i];
    if (group.sequence < 0 || static_cast<size_t>(group.sequence) >= lengths.size() ||
        group.degree < 2 || group.degree > lengths[static_cast<size_t>(group.sequence)]) {
      return internal_error("group {} has sequence {} on {} ranks", i, group.sequence,
                            group.degree);
    }
    for (const int32_t rank : plan.ranks_of(group)) {
      if (rank < 0 || rank >= plan.ranks ||
          seen[static_cast<size_t>(rank)] == static_cast<int>(i)) {
        return internal_error("group {} names rank {} wrongly or twice", i, rank);
      }
      seen[static_cast<size_t>(rank)] = static_cast<int32_t>(i);
    }
  }
  return Status::ok();
}

// Follows the plan rank by rank and counts what it places.
class Placement {
 public:
  Placement(const HybridPlan& plan, std::span<const int64_t> lengths)
      : plan_(plan), lengths_(lengths), placed_(lengths.size(), 0), parts_(plan.groups.size(), 0) {}

  Status add_rank(int32_t rank) {
    int32_t last_group = -1;
    const auto r = static_cast<size_t>(rank);
    for (int32_t m = plan_.rank_begin[r]; m < plan_.rank_begin[r + 1]; ++m) {
      int64_t tokens = 0, groups = 0;
      for (const Piece& piece : plan_.pieces_of(m)) {
        if (piece.sequence < 0 || static_cast<size_t>(piece.sequence) >= lengths_.size()) {
          return internal_error("micro-batch {} names sequence {}", m, piece.sequence);
        }
        if (piece.group >= 0) {
          RADDLE_RETURN_IF_ERROR(check_part(rank, piece));
          if (piece.group <= last_group) {
            return internal_error("rank {} has group {} after {}", rank, piece.group, last_group);
          }
          last_group = piece.group;
          ++groups;
        }
        tokens += add_tokens(piece);
      }
      if (tokens == 0 || tokens > plan_.capacity || groups > 1) {
        return internal_error("micro-batch {} of rank {} has {} tokens of {} and {} groups", m,
                              rank, tokens, plan_.capacity, groups);
      }
    }
    return Status::ok();
  }

  Status check_all() const {
    for (size_t i = 0; i < lengths_.size(); ++i) {
      if (placed_[i] != lengths_[i]) {
        return internal_error("{} of sequence {}'s {} tokens are placed", placed_[i], i,
                              lengths_[i]);
      }
    }
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i] != plan_.groups[i].degree) {
        return internal_error("{} of group {}'s {} parts are placed", parts_[i], i,
                              plan_.groups[i].degree);
      }
    }
    return Status::ok();
  }

 private:
  // That ranks differ within a group and each has the part of its place makes parts distinct.
  Status check_part(int32_t rank, const Piece& piece) {
    if (static_cast<size_t>(piece.group) >= plan_.groups.size()) {
      return internal_error("rank {} names group {}", rank, piece.group);
    }
    const Group& group = plan_.groups[static_cast<size_t>(piece.group)];
    if (group.sequence != piece.sequence || piece.part < 0 || piece.part >= group.degree ||
        plan_.ranks_of(group)[static_cast<size_t>(piece.part)] != rank) {
      return internal_error("rank {} has part {} of group {}, which is another's", rank, piece.part,
                            piece.group);
    }
    ++parts_[static_cast<size_t>(piece.group)];
    return Status::ok();
  }
  int64_t add_tokens(const Piece& piece) {
    const auto s = static_cast<size_t>(piece.sequence);
    int64_t tokens = lengths_[s];
    if (piece.group >= 0) {
      const int64_t degree = plan_.groups[static_cast<size_t>(piece.group)].degree;
      const auto ranges = part_tokens(lengths_[s], degree, piece.part);
      tokens = ranges[0].count() + ranges[1].count();
    }
    placed_[s] += tokens;
    return tokens;
  }

  const HybridPlan& plan_;
  std::span<const int64_t> lengths_;
  std::vector<int64_t> placed_;
  std::vector<int32_t> parts_;
};

}  // namespace

Status verify_plan(const HybridPlan& plan, std::span<const int64_t> lengths) {
  RADDLE_RETURN_IF_ERROR(check_shape(plan));
  RADDLE_RETURN_IF_ERROR(check_groups(plan, lengths));
  Placement placement(plan, lengths);
  for (int32_t rank = 0; rank < plan.ranks; ++rank) {
    RADDLE_RETURN_IF_ERROR(placement.add_rank(rank));
  }
  return placement.check_all();
}

}  // namespace raddle::balance
