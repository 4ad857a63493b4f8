// SPDX-License-Identifier: Apache-2.0
// How many ranks a sequence is cut over: the fewest that hold it, and more where it would else be
// the last to end.
#include <algorithm>

#include "runtime/balance/schedule.h"

namespace raddle::balance {
namespace {

// The fewest ranks on which the sequence is done within the limit; the fastest if none is.
int64_t degree_within(const Step& step, int64_t tokens, int64_t limit) {
  int64_t best = ceil_div(tokens, step.capacity);
  int64_t best_time = step.time_ps(tokens, best);
  const int64_t most = std::min(step.ranks, tokens);
  for (int64_t degree = best + 1; degree <= most && best_time > limit; ++degree) {
    const int64_t time = step.time_ps(tokens, degree);
    // Hops outweigh what more ranks save, and do so the more. A pod's end is a step of its own.
    if (degree > 2 * std::max(best, step.pod) && time > best_time + best_time / 16) break;
    if (time >= best_time) continue;
    best = degree;
    best_time = time;
  }
  return best;
}

}  // namespace

void choose_degrees(const Step& step, const Choice& choice, Schedule* schedule) {
  size_t place = 0;
  for (; place < step.lengths.size(); ++place) {
    const int64_t tokens = step.lengths[place];
    // A sequence that one rank holds, and all shorter ones, are done in time on one.
    if (tokens <= step.capacity && step.time_ps(tokens, 1) <= choice.limit_ps) break;
    const int64_t degree = degree_within(step, tokens, choice.limit_ps);
    if (degree == 1) break;  // nor would more ranks end it or a shorter one sooner
    (degree > step.pod ? schedule->wide : schedule->narrow)
        .push_back({static_cast<int32_t>(place), static_cast<int32_t>(degree)});
  }
  schedule->first_whole = place;
  for (auto* gangs : {&schedule->wide, &schedule->narrow}) {
    std::ranges::stable_sort(*gangs, std::greater<>(), &Gang::degree);
  }
}

}  // namespace raddle::balance
