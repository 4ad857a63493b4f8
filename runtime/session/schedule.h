// SPDX-License-Identifier: Apache-2.0
// The learning rate of a step: a pure function of the schedule and the step's number.
#pragma once

#include <cstdint>

#include "runtime/config/config.h"

namespace raddle::session {

struct Schedule {
  enum class Kind { kConstant, kCosine, kWarmupStableDecay };
  Kind kind = Kind::kCosine;
  double peak = 0;
  double min_ratio = 0;
  int64_t warmup_steps = 0;
  int64_t decay_steps = 0;  // 0: cosine, all after the warmup; wsd, a fifth of the run
  int64_t total_steps = 0;
};

Schedule schedule_from(const config::Config& config);  // schedule.*, optimizer.learning_rate

// Of step `step`, counted from 1. Rises linearly to the peak at the end of the warmup; after the
// decay it stays at peak * min_ratio.
double learning_rate(const Schedule& schedule, int64_t step);

}  // namespace raddle::session
