// SPDX-License-Identifier: Apache-2.0
// What a step and an evaluation are reported with: to callers, and as lines of metrics.jsonl.
#pragma once

#include <cstdint>

namespace raddle::runs {

struct StepMetrics {
  int64_t step = 0;
  double loss = 0, total_loss = 0, grad_norm = 0, learning_rate = 0;
  int64_t step_tokens = 0, tokens = 0;
  double step_ms = 0, tokens_per_second = 0, flops_per_second = 0;
  int64_t skipped_total = 0;
  bool skipped = false;
};

struct Evaluation {
  int64_t step = 0;
  double loss = 0;  // mean over tokens
  int64_t tokens = 0;
  int64_t bytes = 0;  // of text that the target tokens stand for; 0 without a tokenizer
  double seconds = 0;
};

}  // namespace raddle::runs
