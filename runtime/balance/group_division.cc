// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/group_division.h"

#include <algorithm>

#include "runtime/balance/buckets.h"

namespace raddle::balance {
namespace {

struct Load {
  int64_t work_ps = 0, tokens = 0;
};

// Loads and times of groups as items come and go.
class Groups {
 public:
  Groups(const Division& division, const Degrees& degrees)
      : division_(division), degrees_(degrees), loads_(degrees.size()), times_(degrees.size(), 0) {}

  void add(const FlexItem& item, size_t group, int64_t sign) {
    loads_[group].work_ps += sign * item.work_ps;
    loads_[group].tokens += sign * item.tokens;
    times_[group] = time_with(group, 0, 0);
  }
  bool holds(size_t group, int64_t more_tokens) const {
    return loads_[group].tokens + more_tokens <= degrees_[group] * division_.capacity;
  }
  int64_t time_with(size_t group, int64_t more_work_ps, int64_t more_tokens) const {
    return division_.time_ps(loads_[group].work_ps + more_work_ps,
                             loads_[group].tokens + more_tokens, degrees_[group]);
  }
  size_t slowest() const {
    return static_cast<size_t>(std::ranges::max_element(times_) - times_.begin());
  }
  int64_t time(size_t group) const { return times_[group]; }
  size_t count() const { return degrees_.size(); }

 private:
  const Division& division_;
  const Degrees& degrees_;
  std::vector<Load> loads_;
  std::vector<int64_t> times_;
};

class Improver {
 public:
  Improver(const Division& division, Divided* divided)
      : division_(division), divided_(divided), groups_(division, divided->degrees) {
    constexpr int64_t kBuckets = 16;
    std::vector<int64_t> tokens;
    for (size_t i = 0; i < division.items.size(); ++i) {
      tokens.push_back(division.items[i].tokens);
      groups_.add(division.items[i], static_cast<size_t>(divided->group_of[i]), 1);
    }
    const Cuts begin = bucket_lengths(tokens, kBuckets).begin;
    for (size_t b = 0; b + 1 < begin.size(); ++b) {
      bucket_of_.insert(bucket_of_.end(), static_cast<size_t>(begin[b + 1] - begin[b]), b);
    }
    buckets_ = begin.size() - 1;
  }

  void run() {
    constexpr int kRounds = 200;
    for (int round = 0; round < kRounds && step(); ++round) {
    }
    divided_->time_ps = groups_.time(groups_.slowest());
  }

 private:
  static constexpr int32_t kNone = -1;

  // One item of each bucket that the group has, and kNone: sequences of a bucket are alike.
  std::vector<std::vector<int32_t>> samples() const {
    std::vector<std::vector<int32_t>> by_group(groups_.count(), {kNone});
    std::vector<bool> seen(groups_.count() * buckets_, false);
    for (size_t i = 0; i < division_.items.size(); ++i) {
      const auto group = static_cast<size_t>(divided_->group_of[i]);
      if (seen[group * buckets_ + bucket_of_[i]]) continue;
      seen[group * buckets_ + bucket_of_[i]] = true;
      by_group[group].push_back(static_cast<int32_t>(i));
    }
    return by_group;
  }

  const FlexItem& item_at(int32_t i) const {
    static constexpr FlexItem kNothing;
    return i == kNone ? kNothing : division_.items[static_cast<size_t>(i)];
  }

  // The exchange after which the slower of the two groups is fastest. False: none helps.
  bool step() {
    const auto by_group = samples();
    const size_t slow = groups_.slowest();
    int64_t best = groups_.time(slow);
    int32_t best_out = kNone, best_in = kNone;
    size_t best_group = slow;
    for (size_t other = 0; other < groups_.count(); ++other) {
      if (other == slow || groups_.time(other) >= best) continue;  // it would get more
      for (const int32_t out : by_group[slow]) {
        if (out == kNone) continue;
        for (const int32_t in : by_group[other]) {
          const int64_t work = item_at(in).work_ps - item_at(out).work_ps;
          if (work >= 0) continue;
          const int64_t tokens = item_at(in).tokens - item_at(out).tokens;
          if (!groups_.holds(slow, tokens) || !groups_.holds(other, -tokens)) continue;
          const int64_t time = std::max(groups_.time_with(slow, work, tokens),
                                        groups_.time_with(other, -work, -tokens));
          if (time >= best) continue;
          best = time;
          best_out = out;
          best_in = in;
          best_group = other;
        }
      }
    }
    if (best_out == kNone) return false;
    put(best_out, slow, best_group);
    if (best_in != kNone) put(best_in, best_group, slow);
    return true;
  }

  void put(int32_t i, size_t from, size_t to) {
    groups_.add(item_at(i), from, -1);
    groups_.add(item_at(i), to, 1);
    divided_->group_of[static_cast<size_t>(i)] = static_cast<int32_t>(to);
  }

  const Division& division_;
  Divided* divided_;
  Groups groups_;
  std::vector<size_t> bucket_of_;
  size_t buckets_ = 0;
};

}  // namespace

std::optional<Divided> deal(const Division& division, const Degrees& degrees) {
  Divided divided = {degrees, {}, 0};
  Groups groups(division, divided.degrees);
  for (const FlexItem& item : division.items) {
    int64_t best_time = INT64_MAX;
    size_t best = 0;
    for (size_t group = 0; group < groups.count(); ++group) {
      if (!groups.holds(group, item.tokens)) continue;
      const int64_t time = groups.time_with(group, item.work_ps, item.tokens);
      if (time >= best_time) continue;
      best_time = time;
      best = group;
    }
    if (best_time == INT64_MAX) return std::nullopt;
    groups.add(item, best, 1);
    divided.group_of.push_back(static_cast<int32_t>(best));
  }
  divided.time_ps = groups.time(groups.slowest());
  return divided;
}

void improve(const Division& division, Divided* divided) { Improver(division, divided).run(); }

}  // namespace raddle::balance
