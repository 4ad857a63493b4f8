// SPDX-License-Identifier: Apache-2.0
// Gradients of a graph against central differences of its own loss, through the real path.
#pragma once

#include <cmath>

#include "tests/support/graph_runner.h"

namespace raddle::test {

// One parameter at a time along the direction of its gradient: (L(p + h d) - L(p - h d)) / 2h must
// be the norm of the gradient, d being the gradient over its norm.
inline void expect_central_differences(GraphRunner& runner) {
  ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
  for (size_t p = 0; p < runner.store().parameters().size(); ++p) {
    const auto index = static_cast<int32_t>(p);
    const std::string& name = runner.store().parameters()[p].name;
    const std::vector<float> gradient = runner.gradient(index);
    const std::vector<float> original = runner.values(index, exec::Role::kMaster);
    const auto set = [&](const std::vector<float>& values) {
      ASSERT_TRUE(runner.store().write(index, exec::Role::kMaster, 0, values).is_ok());
    };
    std::vector<float> values = original;
    double norm = 0;
    for (const float g : gradient) norm += static_cast<double>(g) * g;
    norm = std::sqrt(norm);
    ASSERT_GT(norm, 1e-7) << name << " has a vanishing gradient";
    // Below this step, rounding of the fp32 loss dominates; above, the third derivative.
    const double h = 1e-3;
    double side[2];
    for (int s = 0; s < 2; ++s) {
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = original[i] + static_cast<float>((s == 0 ? h : -h) * gradient[i] / norm);
      }
      set(values);
      ASSERT_TRUE(runner.executor().run_micro_batch(true).is_ok());
      side[s] = runner.loss();
    }
    set(original);
    const double quotient = (side[0] - side[1]) / (2 * h);
    EXPECT_NEAR(quotient / norm, 1.0, 0.02 + 2e-4 / norm) << name;
  }
}

}  // namespace raddle::test
