// SPDX-License-Identifier: Apache-2.0
// Times the training steps of a config's model on random tokens, with nothing around it: no data,
// no schedule, one micro-batch a step.
#pragma once

#include <cstdint>

#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"
#include "runtime/config/config.h"

namespace raddle::session {

struct StepBenchOptions {
  int64_t batch = 0, sequence = 0;  // sequences of a step, tokens of each
  int64_t warmup = 0, steps = 0;    // 0: a few
};

// As raddle_step_bench_t.
struct StepBench {
  int64_t steps = 0, tokens_per_step = 0, parameter_elements = 0, flops_per_step = 0,
          peak_rss_bytes = 0;
  double step_ms_median = 0, step_ms_min = 0, step_ms_max = 0, first_step_ms = 0, plan_ms = 0,
         create_ms = 0, tokens_per_second = 0;
};

// The config's model with nothing around it: no data, no schedule, one micro-batch a step.
// INVALID_ARGUMENT: sizes out of range.
StatusOr<config::Config> step_bench_config(const config::Config& config,
                                           const StepBenchOptions& options);

StatusOr<StepBench> bench_step(const config::Config& config, const StepBenchOptions& options,
                               StopToken* stop);

}  // namespace raddle::session
