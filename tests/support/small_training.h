// SPDX-License-Identifier: Apache-2.0
// A few training steps of a small graph on any device, for tests that compare devices.
#pragma once

#include <cmath>
#include <vector>

#include "tests/support/graph_runner.h"
#include "tests/support/small_graphs.h"

namespace raddle::test {

inline kernels::StepScalars scalars(int step) {
  kernels::StepScalars s{};
  s.learning_rate = 0.01f;
  s.beta1 = 0.9f;
  s.beta2 = 0.95f;
  s.eps = 1e-8f;
  s.bias_correction1 = static_cast<float>(1 - std::pow(0.9, step));
  s.bias_correction2 = static_cast<float>(1 - std::pow(0.95, step));
  s.max_norm = 1.0f;
  return s;
}

struct Trained {
  std::vector<double> losses;
  std::vector<float> norms;
  std::vector<std::vector<float>> weights;
  friend bool operator==(const Trained&, const Trained&) = default;
};

// Steps of two micro-batches, nothing waited for in between but what the executor waits for itself.
inline Trained train(GraphRunner& runner, int steps) {
  Trained run;
  for (int step = 1; step <= steps; ++step) {
    for (int i = 0; i < 2; ++i) {
      set_small_batch(runner, 3 * step + i);
      EXPECT_TRUE(runner.executor().run_micro_batch(i == 0).is_ok());
    }
    EXPECT_TRUE(runner.executor().run_update(scalars(step)).is_ok());
    if (step % 2 == 0) continue;
    run.losses.push_back(runner.loss());
    run.norms.push_back(runner.report().verdict.norm);
  }
  for (size_t p = 0; p < runner.store().parameters().size(); ++p) {
    run.weights.push_back(runner.values(static_cast<int32_t>(p), exec::Role::kMaster));
  }
  return run;
}

}  // namespace raddle::test
