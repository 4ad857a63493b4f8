// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/step_bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/random.h"
#include "runtime/models/build_model.h"
#include "runtime/session/model_of.h"
#include "runtime/session/session.h"

namespace raddle::session {
namespace {

using config::Config;

constexpr int64_t kDefaultWarmup = 2, kDefaultSteps = 10;
constexpr int64_t kStepsMax = 1000000;

double milliseconds_since(int64_t begin) { return 1e-6 * static_cast<double>(now_ns() - begin); }

int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{1024} * usage.ru_maxrss;  // Linux counts in KiB
}

struct RandomBatch {
  std::vector<int32_t> tokens, cu_seqlens;
  RandomBatch(int64_t batch, int64_t sequence, int64_t vocab_size) {
    RADDLE_ASSERT(vocab_size > 0);
    RandomStream random(1, 0);
    for (int64_t i = 0; i < batch * sequence; ++i) {
      tokens.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(vocab_size))));
    }
    for (int64_t i = 0; i <= batch; ++i) cu_seqlens.push_back(static_cast<int32_t>(i * sequence));
  }
  CallerBatch view() const {
    CallerBatch view;
    view.tokens = tokens;
    view.cu_seqlens = cu_seqlens;
    return view;
  }
};

// The step's own time, seen from outside.
StatusOr<double> time_step(Session& session, const CallerBatch& batch, StopToken* stop) {
  RADDLE_RETURN_IF_ERROR(check_stop(stop, "measuring"));
  StepMetrics metrics;
  const int64_t begin = now_ns();
  RADDLE_RETURN_IF_ERROR(session.step({&batch, 1}, &metrics, stop));
  return milliseconds_since(begin);
}

StatusOr<StepBench> measure(const Config& config, const StepBenchOptions& options,
                            StopToken* stop) {
  const int64_t batch = options.batch, sequence = options.sequence;
  const int64_t warmup = options.warmup == 0 ? kDefaultWarmup : options.warmup;
  const int64_t steps = options.steps == 0 ? kDefaultSteps : options.steps;
  StepBench result;
  int64_t begin = now_ns();
  {
    RADDLE_ASSIGN_OR_RETURN(const auto program, plan_training(config, nullptr));
    result.plan_ms = milliseconds_since(begin);
  }
  begin = now_ns();
  RADDLE_ASSIGN_OR_RETURN(const auto session, Session::create(config, {.stop = stop}));
  result.create_ms = milliseconds_since(begin);
  const auto info = session->info();
  const RandomBatch random(batch, sequence, info.vocab_size);
  RADDLE_ASSIGN_OR_RETURN(result.first_step_ms, time_step(*session, random.view(), stop));
  for (int64_t i = 1; i < warmup; ++i) {
    RADDLE_RETURN_IF_ERROR(time_step(*session, random.view(), stop).status());
  }
  std::vector<double> times;
  for (int64_t i = 0; i < steps; ++i) {
    RADDLE_ASSIGN_OR_RETURN(const double time, time_step(*session, random.view(), stop));
    times.push_back(time);
  }
  RADDLE_ASSERT(!times.empty());
  std::sort(times.begin(), times.end());
  RADDLE_ASSIGN_OR_RETURN(const auto model, session::model_of(config));
  const double flops = models::flops_per_token(model, sequence);
  result.steps = steps;
  result.tokens_per_step = batch * sequence;
  result.parameter_elements = info.parameter_elements;
  result.flops_per_step = static_cast<int64_t>(flops * static_cast<double>(batch * sequence));
  result.peak_rss_bytes = peak_rss_bytes();
  result.step_ms_min = times.front();
  result.step_ms_max = times.back();
  result.step_ms_median = (times[times.size() / 2] + times[(times.size() - 1) / 2]) / 2;
  result.tokens_per_second =
      1e3 * static_cast<double>(result.tokens_per_step) / result.step_ms_median;
  return result;
}

}  // namespace

StatusOr<Config> step_bench_config(const Config& given, const StepBenchOptions& options) {
  constexpr int64_t kSizeMax = int64_t{1} << 24;
  const auto& [batch, sequence, warmup, steps] = options;
  if (batch < 1 || batch > kSizeMax || sequence < 1 || sequence > kSizeMax) {
    return invalid_argument("batch is {} and sequence is {}, expected 1 to {}", batch, sequence,
                            kSizeMax);
  }
  if (warmup < 0 || steps < 0 || warmup > kStepsMax / 4 || steps > kStepsMax / 4) {
    return invalid_argument("warmup is {} and steps is {}, expected 0 to {}", warmup, steps,
                            kStepsMax / 4);
  }
  Config config = given;
  for (const auto& [key, value] :
       {std::pair{"data.path", std::string()}, std::pair{"data.validation_path", std::string()},
        std::pair{"data.sequence_length", std::to_string(sequence)},
        std::pair{"train.micro_batches", std::string("1")},
        std::pair{"train.micro_batch_tokens", std::to_string(batch * sequence)},
        std::pair{"train.steps", std::to_string(kStepsMax)},
        std::pair{"schedule.kind", std::string("constant")},
        std::pair{"schedule.warmup_steps", std::string("0")}}) {
    RADDLE_RETURN_IF_ERROR(config.set(key, value));
  }
  RADDLE_RETURN_IF_ERROR(config.validate());
  return config;
}

StatusOr<StepBench> bench_step(const Config& config, const StepBenchOptions& options,
                               StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const Config used, step_bench_config(config, options));
  return measure(used, options, stop);
}

}  // namespace raddle::session
