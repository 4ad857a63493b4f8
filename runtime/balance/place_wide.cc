// SPDX-License-Identifier: Apache-2.0
// Sequences that need more ranks than a pod has. Ranks are alike here, so a plan is a curve of free
// ranks over time: each sequence, longest first, begins as early as the curve allows.
#include <algorithm>
#include <utility>

#include "runtime/balance/schedule.h"
#include "runtime/base/random.h"

namespace raddle::balance {
namespace {

class FreeRanks {
 public:
  // Times in which fewer than `least` ranks are free are of no use to anybody.
  FreeRanks(int64_t ranks, int64_t least) : least_(least), spans_{{0, ranks}} {}

  // The earliest time from which `degree` ranks are free for `time`.
  int64_t earliest(int64_t degree, int64_t time) const {
    int64_t start = -1;
    for (size_t i = 0; i < spans_.size(); ++i) {
      if (spans_[i].free < degree) {
        start = -1;
        continue;
      }
      if (start < 0) start = spans_[i].start;
      if (i + 1 == spans_.size() || spans_[i + 1].start - start >= time) return start;
    }
    return start;  // not reached: the last span has all ranks free
  }

  void take(int64_t start, int64_t time, int64_t degree) {
    const size_t first = cut(start), last = cut(start + time);
    for (size_t i = first; i < last; ++i) {
      spans_[i].free -= degree;
      if (spans_[i].free < least_) spans_[i].free = 0;
    }
    // Equal neighbours become one, or the curve would grow with every sequence.
    const auto same = [](const Span& a, const Span& b) { return a.free == b.free; };
    const auto begin = spans_.begin() + static_cast<std::ptrdiff_t>(first > 0 ? first - 1 : 0);
    const auto end =
        spans_.begin() + static_cast<std::ptrdiff_t>(std::min(last + 1, spans_.size()));
    spans_.erase(std::unique(begin, end, same), end);
  }

 private:
  struct Span {
    int64_t start, free;
  };
  // The span that begins at `time`, made if there is none.
  size_t cut(int64_t time) {
    const auto after = std::upper_bound(spans_.begin(), spans_.end(), time,
                                        [](int64_t t, const Span& span) { return t < span.start; });
    const auto at = after - 1;
    const size_t index = static_cast<size_t>(at - spans_.begin());
    if (at->start == time) return index;
    spans_.insert(after, {time, at->free});
    return index + 1;
  }

  int64_t least_;
  std::vector<Span> spans_;
};

// Where two of the widest have to follow each other, both may have to be faster than either alone
// would.
std::vector<Gang> shaken(const Step& step, std::vector<Gang> wide, uint64_t seed) {
  constexpr size_t kWidest = 8;
  RandomStream random(seed, 0);
  const size_t count = std::min(kWidest, wide.size());
  for (size_t i = 0; i < count; ++i) {
    const int64_t sixteenths = 16 + static_cast<int64_t>(random.below(4) * random.below(4));
    const int64_t most = std::min(step.ranks, step.lengths[static_cast<size_t>(wide[i].place)]);
    wide[i].degree = static_cast<int32_t>(std::min(most, wide[i].degree * sixteenths / 16));
    std::swap(wide[i], wide[i - random.below(std::min<size_t>(i + 1, 3))]);
  }
  return wide;
}

}  // namespace

void place_wide(const Step& step, const Choice& choice, Schedule* schedule) {
  FreeRanks free(step.ranks, step.pod + 1);
  if (choice.seed != 0) schedule->wide = shaken(step, std::move(schedule->wide), choice.seed);
  for (const Gang& wide : schedule->wide) {
    const int64_t tokens = step.lengths[static_cast<size_t>(wide.place)];
    const auto on_ranks = [&](int64_t degree) {
      Gang gang = {wide.place, static_cast<int32_t>(degree)};
      gang.time = step.time_ps(tokens, degree);
      gang.start = free.earliest(degree, gang.time);
      return gang;
    };
    Gang best = on_ranks(wide.degree);
    if (choice.more_ranks) {
      for (int64_t sixteenths = 17; sixteenths <= 32; ++sixteenths) {
        const int64_t degree = wide.degree * sixteenths / 16;
        if (best.end() <= choice.limit_ps || degree > std::min(step.ranks, tokens)) break;
        const Gang other = on_ranks(degree);
        if (other.end() < best.end()) best = other;
      }
    }
    free.take(best.start, best.time, best.degree);
    schedule->gangs.push_back(best);
  }
}

}  // namespace raddle::balance
