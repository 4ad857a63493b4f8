// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace raddle::session {

Schedule schedule_from(const config::Config& config) {
  Schedule schedule;
  const std::string& kind = config.get_string("schedule.kind");
  if (kind == "constant") schedule.kind = Schedule::Kind::kConstant;
  if (kind == "wsd") schedule.kind = Schedule::Kind::kWarmupStableDecay;
  RADDLE_ASSERT(schedule.kind != Schedule::Kind::kCosine || kind == "cosine");
  schedule.peak = config.get_double("optimizer.learning_rate");
  schedule.min_ratio = config.get_double("schedule.min_ratio");
  schedule.warmup_steps = config.get_int("schedule.warmup_steps");
  schedule.decay_steps = config.get_int("schedule.decay_steps");
  schedule.total_steps = config.get_int("train.steps");
  return schedule;
}

double learning_rate(const Schedule& s, int64_t step) {
  RADDLE_ASSERT(step >= 1);
  if (step <= s.warmup_steps) {
    return s.peak * static_cast<double>(step) / static_cast<double>(s.warmup_steps);
  }
  if (s.kind == Schedule::Kind::kConstant) return s.peak;
  const bool cosine = s.kind == Schedule::Kind::kCosine;
  const int64_t after_warmup = std::max<int64_t>(1, s.total_steps - s.warmup_steps);
  const int64_t automatic = cosine ? after_warmup : std::max<int64_t>(1, s.total_steps / 5);
  const int64_t length = s.decay_steps > 0 ? s.decay_steps : automatic;
  // A cosine decays right after the warmup, a warmup-stable-decay schedule at the end of the run.
  const int64_t begin = cosine ? s.warmup_steps : std::max(s.warmup_steps, s.total_steps - length);
  const double done =
      std::clamp(static_cast<double>(step - begin) / static_cast<double>(length), 0.0, 1.0);
  const double share = cosine ? 0.5 * (1 + std::cos(std::numbers::pi * done)) : 1 - done;
  return s.peak * (s.min_ratio + (1 - s.min_ratio) * share);
}

}  // namespace raddle::session
