// SPDX-License-Identifier: Apache-2.0
// Tries place_wide alone with many seeds, which is fast where few sequences are wide; and only
// there do the widest decide how long a step takes.
#include <algorithm>

#include "runtime/balance/schedule.h"

namespace raddle::balance {
namespace {

struct Score {
  int64_t time;
  uint64_t seed;
  friend bool operator<(const Score& a, const Score& b) {
    return a.time != b.time ? a.time < b.time : a.seed < b.seed;
  }
};

int64_t work_of(std::span<const Gang> gangs) {
  int64_t work = 0;
  for (const Gang& gang : gangs) work += gang.degree * gang.time;
  return work;
}

}  // namespace

std::vector<uint64_t> search_seeds(const Step& step, const Choice& choice) {
  constexpr int64_t kPlacements = 40'000;  // steps of place_wide in all
  constexpr size_t kBest = 3;
  Schedule degrees;
  choose_degrees(step, choice, &degrees);
  const auto wide = static_cast<int64_t>(degrees.wide.size());
  const int64_t tries = wide == 0 ? 0 : std::min<int64_t>(kPlacements / wide, 400);
  int64_t others = 0;
  for (const Gang& gang : degrees.narrow) {
    others +=
        gang.degree * step.time_ps(step.lengths[static_cast<size_t>(gang.place)], gang.degree);
  }
  for (size_t i = degrees.first_whole; i < step.lengths.size(); ++i) {
    others += step.costs->whole_ps(step.lengths[i]);
  }
  std::vector<Score> scores;
  for (int64_t seed = 1; seed <= tries; ++seed) {
    Schedule schedule;
    schedule.wide = degrees.wide;
    Choice shaken = choice;
    shaken.seed = static_cast<uint64_t>(seed);
    place_wide(step, shaken, &schedule);
    int64_t time = (work_of(schedule.gangs) + others) / step.ranks;
    for (const Gang& gang : schedule.gangs) time = std::max(time, gang.end());
    scores.push_back({time, shaken.seed});
  }
  std::ranges::sort(scores, std::less<>());
  std::vector<uint64_t> seeds;
  for (size_t i = 0; i < std::min(kBest, scores.size()); ++i) seeds.push_back(scores[i].seed);
  return seeds;
}

}  // namespace raddle::balance
